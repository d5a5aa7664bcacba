"""Missions: accepted quests on their way: pending → active → completed | abandoned.

The edge asks the `check_…` functions before it publishes; the saves decide again under the person's lock. Every save
decides before it changes anything, so a rejected one leaves the shared transaction clean. Completion belongs to
`services.progress_service`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import Conflict, JobRejected, NotFound
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.streak import StreakModel
from models.user import UserModel
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus, ValueCategory
from schemas.missions import (
    MissionAbandoned,
    MissionBriefed,
    MissionPlanned,
    MissionRead,
    MissionStarted,
    MissionStatus,
)
from schemas.pages import Page
from schemas.quests import EnergyLevel, QuestAccepted, QuestDeclined, QuestStatus
from services.local_time import local_day, local_time
from services.paging import read_page
from services.quest_service import decision_refusal, find_quest
from services.quest_supply import OPEN_MISSIONS, ask_when_low
from services.streaks import is_at_risk
from services.triad import Candidate, rank_triad
from services.user_service import lock_user, read_time_zone

MAX_MISSION_DURATION = timedelta(hours=4)
"""A mission that has been active for longer was left behind: it no longer keeps another from starting, and is
abandoned when one does."""

OVERDUE_REASON = "It was active for very long, and you started something else."

TRIAD_CANDIDATES = 100
"""The newest pending missions that the triad chooses from."""

NO_SUCH_MISSION = "No such mission."
NO_SUCH_QUEST = "No such quest."


@dataclass(frozen=True, slots=True)
class BriefingContext:
    """What the mission agent knows of a mission. Goal and its why are None where the quest served none."""

    title: str
    description: str
    duration_minutes: int
    energy_level: EnergyLevel
    category: ValueCategory
    rationale: str
    goal_title: str | None
    goal_why: str | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class WrittenBriefing:
    """The mission agent's answer, and the chat model that gave it."""

    text: str
    model: str


async def list_missions(
    session: AsyncSession, user_id: UserId, *, status: MissionStatus | None, limit: int, cursor: str | None
) -> Page[MissionRead]:
    """The person's missions, newest first. Raises `InvalidRequest` for a malformed cursor or limit."""
    query = select(MissionModel).where(MissionModel.user_id == user_id)
    if status is not None:
        query = query.where(MissionModel.status == status)
    return await read_page(session, query, MissionModel, MissionRead, limit=limit, cursor=cursor)


async def find_mission(session: AsyncSession, user_id: UserId, mission_id: UUID) -> MissionModel | None:
    """The mission, when it is this person's."""
    query = select(MissionModel).where(MissionModel.id == mission_id, MissionModel.user_id == user_id)
    return await session.scalar(query)


async def get_mission(session: AsyncSession, user_id: UserId, mission_id: UUID) -> MissionModel:
    """The person's mission. Raises `NotFound` unless it is theirs."""
    mission = await find_mission(session, user_id, mission_id)
    if mission is None:
        raise NotFound(NO_SUCH_MISSION)
    return mission


async def triad(session: AsyncSession, user_id: UserId, *, now: datetime | None = None) -> list[MissionRead]:
    """The up to three pending missions to look at `now`, ranked high, medium, low (see `services.triad`)."""
    clock = local_time(now or datetime.now(UTC), await read_time_zone(session, user_id))
    pending = await session.execute(
        select(MissionModel, func.coalesce(GoalModel.status == GoalStatus.ACTIVE, False))
        .join(QuestModel, QuestModel.id == MissionModel.quest_id)
        .outerjoin(GoalModel, GoalModel.id == QuestModel.goal_id)
        .where(MissionModel.user_id == user_id, MissionModel.status == MissionStatus.PENDING)
        .order_by(MissionModel.created_at.desc(), MissionModel.id.desc())
        .limit(TRIAD_CANDIDATES)
    )
    streaks = await session.scalars(select(StreakModel).where(StreakModel.user_id == user_id))
    ranked = rank_triad(
        [Candidate(mission, serves_goal) for mission, serves_goal in pending],
        clock=clock.time(),
        at_risk={s.category for s in streaks if s.category and is_at_risk(s.days, s.last_day, clock.date())},
    )
    return [MissionRead.model_validate(mission) for mission in ranked]


async def check_startable(
    session: AsyncSession, user_id: UserId, mission_id: UUID, *, alongside: bool, now: datetime | None = None
) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` when it cannot be started now."""
    mission = await get_mission(session, user_id, mission_id)
    active = [] if alongside else await _other_active(session, mission)
    if refusal := _start_refusal(mission, active, now or datetime.now(UTC)):
        raise Conflict(refusal)


async def check_completable(session: AsyncSession, user_id: UserId, mission_id: UUID) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` unless it is active."""
    if refusal := completion_refusal(await get_mission(session, user_id, mission_id)):
        raise Conflict(refusal)


async def check_abandonable(session: AsyncSession, user_id: UserId, mission_id: UUID) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` when it has ended."""
    if refusal := _abandon_refusal(await get_mission(session, user_id, mission_id)):
        raise Conflict(refusal)


def completion_refusal(mission: MissionModel) -> str | None:
    """Why this mission cannot be completed; None when it can."""
    if mission.status is MissionStatus.ACTIVE:
        return None
    if mission.status is MissionStatus.PENDING:
        return "This mission is not started yet. Start it first."
    return f"This mission is {mission.status.value} already."


async def briefing_context(session: AsyncSession, user_id: UserId, mission_id: UUID) -> BriefingContext:
    """What the mission agent needs to brief the person. Raises `JobRejected` when there is no such open mission."""
    # The start itself is another group's job, which may come later: a pending mission is briefed too.
    found = await session.execute(
        select(MissionModel, QuestModel.rationale, GoalModel.title, GoalModel.why)
        .join(QuestModel, QuestModel.id == MissionModel.quest_id)
        .outerjoin(GoalModel, GoalModel.id == QuestModel.goal_id)
        .where(
            MissionModel.id == mission_id,
            MissionModel.user_id == user_id,
            MissionModel.status.in_(OPEN_MISSIONS),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise JobRejected("No such open mission.")
    mission, rationale, goal_title, goal_why = row
    return BriefingContext(
        title=mission.title,
        description=mission.description,
        duration_minutes=mission.duration_minutes,
        energy_level=mission.energy_level,
        category=mission.category,
        rationale=rationale,
        goal_title=goal_title,
        goal_why=goal_why,
        time_zone=await read_time_zone(session, user_id),
    )


async def save_briefing(
    session: AsyncSession, event: Envelope[MissionStarted], result: WrittenBriefing
) -> Sequence[Event]:
    """Keep the text and leave the status, which another group decides. Raises `JobRejected` unless it is theirs."""
    await lock_user(session, event.user_id)
    mission = await _own_mission(session, event.user_id, event.data.mission_id)
    mission.briefing = result.text
    mission.briefing_model = result.model
    return [
        MissionBriefed(user_id=event.user_id, mission_id=mission.id, briefing=result.text, model=result.model),
    ]


Decision = QuestAccepted | QuestDeclined | MissionStarted | MissionAbandoned


async def save_decision(session: AsyncSession, event: Envelope[Decision], _result: None) -> Sequence[Event]:
    """What the person decided about a quest or mission, unless the rules say no: then `JobRejected` tells them why."""
    user = await lock_user(session, event.user_id)
    match event.data:
        case QuestAccepted() as accepted:
            caused = await _accept(session, accepted, event.time)
        case QuestDeclined() as declined:
            quest = await _open_quest(session, declined.user_id, declined.quest_id)
            quest.status, quest.decided_at, caused = QuestStatus.DECLINED, event.time, []
        case MissionStarted() as started:
            return await _start(session, started, event.time)  # leaves the supply as it is
        case MissionAbandoned() as abandoned:
            caused = await _abandon(session, user, abandoned, event.time)
    await ask_when_low(session, user, event)
    return caused


async def _accept(session: AsyncSession, accepted: QuestAccepted, moment: datetime) -> Sequence[Event]:
    quest = await _open_quest(session, accepted.user_id, accepted.quest_id)
    if await session.get(MissionModel, accepted.mission_id) is not None:
        # Ids are minted once; one that is taken says nothing about whose it is.
        raise JobRejected("This mission cannot be planned. Accept the quest again.")
    quest.status, quest.decided_at = QuestStatus.ACCEPTED, moment
    session.add(
        MissionModel(
            id=accepted.mission_id,
            user_id=accepted.user_id,
            quest_id=quest.id,
            title=quest.title,
            description=quest.description,
            duration_minutes=quest.duration_minutes,
            energy_level=quest.energy_level,
            essence_reward=quest.essence_reward,
            category=quest.category,
        )
    )
    return [MissionPlanned(user_id=accepted.user_id, mission_id=accepted.mission_id, quest_id=quest.id)]


async def _start(session: AsyncSession, started: MissionStarted, moment: datetime) -> Sequence[Event]:
    mission = await _own_mission(session, started.user_id, started.mission_id)
    active = [] if started.alongside else await _other_active(session, mission)
    if refusal := _start_refusal(mission, active, moment):
        raise JobRejected(refusal)
    mission.status, mission.started_at = MissionStatus.ACTIVE, moment
    # What still is among the active ones is overdue; an event ends it, as any other abandoning.
    return [
        MissionAbandoned(user_id=started.user_id, mission_id=overdue.id, reason=OVERDUE_REASON) for overdue in active
    ]


async def _abandon(
    session: AsyncSession, user: UserModel, abandoned: MissionAbandoned, moment: datetime
) -> Sequence[Event]:
    mission = await _own_mission(session, user.id, abandoned.mission_id)
    if refusal := _abandon_refusal(mission):
        raise JobRejected(refusal)
    mission.status, mission.abandon_reason = MissionStatus.ABANDONED, abandoned.reason
    mission.ended_at, mission.ended_on = moment, local_day(moment, user.time_zone)
    return []


async def _open_quest(session: AsyncSession, user_id: UserId, quest_id: UUID) -> QuestModel:
    quest = await find_quest(session, user_id, quest_id)
    if quest is None:
        raise JobRejected(NO_SUCH_QUEST)
    if refusal := decision_refusal(quest):
        raise JobRejected(refusal)
    return quest


async def _own_mission(session: AsyncSession, user_id: UserId, mission_id: UUID) -> MissionModel:
    mission = await find_mission(session, user_id, mission_id)
    if mission is None:
        raise JobRejected(NO_SUCH_MISSION)
    return mission


async def _other_active(session: AsyncSession, mission: MissionModel) -> Sequence[MissionModel]:
    others = await session.scalars(
        select(MissionModel).where(
            MissionModel.user_id == mission.user_id,
            MissionModel.status == MissionStatus.ACTIVE,
            MissionModel.id != mission.id,
        )
    )
    return others.all()


def _start_refusal(mission: MissionModel, active: Sequence[MissionModel], moment: datetime) -> str | None:
    if mission.status is not MissionStatus.PENDING:
        return f"This mission is {mission.status.value} already."
    for other in active:
        if other.started_at is None or moment - other.started_at <= MAX_MISSION_DURATION:
            return f"“{other.title}” is active. Complete or abandon it first, or start this one alongside."
    return None


def _abandon_refusal(mission: MissionModel) -> str | None:
    return None if mission.status in OPEN_MISSIONS else f"This mission is {mission.status.value} already."
