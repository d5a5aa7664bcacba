"""Missions: accepted quests on their way: pending → active → completed | abandoned.

The edge asks the `check_…` functions before it publishes; the saves decide again under the person's lock: those of
`services.mission_lifecycle`, and for completion `services.progress_service`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import Conflict, JobRejected, NotFound
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.streak import StreakModel
from schemas.events import UserId
from schemas.goals import GoalStatus
from schemas.missions import MAX_MISSION_DURATION, MissionRead, MissionStatus, TriadMission, TriadRank
from schemas.pages import Page
from services.local_time import local_time
from services.paging import read_page
from services.quest_supply import OPEN_MISSIONS
from services.streaks import is_at_risk
from services.triad import Candidate, rank_triad
from services.user_service import read_time_zone

TRIAD_CANDIDATES = 100
"""The newest pending missions that the triad chooses from."""

NO_SUCH_MISSION = "No such mission."


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


async def triad(session: AsyncSession, user_id: UserId, *, now: datetime | None = None) -> list[TriadMission]:
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
    return [
        TriadMission(**MissionRead.model_validate(found.mission).model_dump(), rank=rank, reasons=list(found.reasons))
        for rank, found in zip(TriadRank, ranked, strict=False)
    ]


async def check_startable(
    session: AsyncSession, user_id: UserId, mission_id: UUID, *, alongside: bool, now: datetime | None = None
) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` when it cannot be started now."""
    mission = await get_mission(session, user_id, mission_id)
    active = [] if alongside else await other_active(session, mission)
    if refusal := start_refusal(mission, active, now or datetime.now(UTC)):
        raise Conflict(refusal)


async def check_completable(session: AsyncSession, user_id: UserId, mission_id: UUID) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` unless it is active."""
    if refusal := completion_refusal(await get_mission(session, user_id, mission_id)):
        raise Conflict(refusal)


async def check_abandonable(session: AsyncSession, user_id: UserId, mission_id: UUID) -> None:
    """Raises `NotFound` unless the mission is theirs, `Conflict` when it has ended."""
    if refusal := abandon_refusal(await get_mission(session, user_id, mission_id)):
        raise Conflict(refusal)


def completion_refusal(mission: MissionModel) -> str | None:
    """Why this mission cannot be completed; None when it can."""
    if mission.status is MissionStatus.ACTIVE:
        return None
    if mission.status is MissionStatus.PENDING:
        return "This mission is not started yet. Start it first."
    return f"This mission is {mission.status.value} already."


async def own_mission(session: AsyncSession, user_id: UserId, mission_id: UUID) -> MissionModel:
    """The person's mission, for a job about it. Raises `JobRejected` unless it is theirs."""
    mission = await find_mission(session, user_id, mission_id)
    if mission is None:
        raise JobRejected(NO_SUCH_MISSION)
    return mission


async def other_active(session: AsyncSession, mission: MissionModel) -> Sequence[MissionModel]:
    """The person's active missions beside this one."""
    others = await session.scalars(
        select(MissionModel).where(
            MissionModel.user_id == mission.user_id,
            MissionModel.status == MissionStatus.ACTIVE,
            MissionModel.id != mission.id,
        )
    )
    return others.all()


def start_refusal(mission: MissionModel, active: Sequence[MissionModel], moment: datetime) -> str | None:
    """Why this mission cannot be started while these are `active`; None when it can."""
    if mission.status is not MissionStatus.PENDING:
        return f"This mission is {mission.status.value} already."
    for other in active:
        if other.started_at is None or moment - other.started_at <= MAX_MISSION_DURATION:
            return f"“{other.title}” is active. Complete or abandon it first, or start this one alongside."
    return None


def abandon_refusal(mission: MissionModel) -> str | None:
    """Why this mission cannot be abandoned; None when it can."""
    return None if mission.status in OPEN_MISSIONS else f"This mission is {mission.status.value} already."
