"""What a person decides about quests and missions, and what becomes of a mission that was left behind.

Every decision is made under the person's lock, and before anything changes, so that a rejected one leaves the shared
transaction clean. A decision about a quest can be taken back for REOPEN_WITHIN, while its mission waits. A mission that
is active for longer than MAX_MISSION_DURATION is asked about once (`mission.overdue`), outside the quiet hours, and
abandoned when it is still active ANSWER_WITHIN later.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import Conflict, JobRejected, NotFound
from models.mission import MissionModel
from models.quest import QuestModel
from models.user import UserModel
from producers.outbox import enqueue
from schemas.events import Envelope, Event, UserId
from schemas.missions import (
    MAX_MISSION_DURATION,
    MissionAbandoned,
    MissionCheckDue,
    MissionOverdue,
    MissionPlanned,
    MissionStarted,
    MissionStatus,
)
from schemas.quests import QuestAccepted, QuestDeclined, QuestReopened, QuestStatus
from services.initiation_service import refuse_in_quiet_hours
from services.local_time import local_day
from services.mission_service import abandon_refusal, find_mission, other_active, own_mission, start_refusal
from services.quest_service import NO_SUCH_QUEST, decision_refusal, find_quest, mission_of
from services.quest_supply import ask_when_low
from services.user_service import lock_user, quiet_hours_of

JOB_TYPE = "mission-lifecycle"

REOPEN_WITHIN = timedelta(hours=1)
"""A decision about a quest can be taken back for so long; later it was no slip."""

ANSWER_WITHIN = timedelta(hours=4)
"""How long a mission that was asked about stays active."""

GIVEN_WAY = "It was active for very long, and you started something else."
LEFT_BEHIND = "It was active for very long, and nothing was heard of it."

Decision = QuestAccepted | QuestDeclined | QuestReopened | MissionStarted | MissionAbandoned | MissionCheckDue


async def check_reopenable(
    session: AsyncSession, user_id: UserId, quest_id: UUID, *, now: datetime | None = None
) -> None:
    """Raises `NotFound` unless the quest is theirs, `Conflict` unless its decision can be taken back."""
    quest = await find_quest(session, user_id, quest_id)
    if quest is None:
        raise NotFound(NO_SUCH_QUEST)
    if refusal := _reopen_refusal(quest, await mission_of(session, quest), now or datetime.now(UTC)):
        raise Conflict(refusal)


async def save_decision(session: AsyncSession, event: Envelope[Decision], _result: None) -> Sequence[Event]:
    """What was decided about a quest or mission, unless the rules say no: then `JobRejected` tells the person why.

    A decision that stands already, because this very event was handled before, is no reason to say no.
    Raises `JobSnoozed` when a mission is to be asked about in the person's quiet hours.
    """
    user = await lock_user(session, event.user_id)
    match event.data:
        case QuestAccepted() as accepted:
            caused = await _accept(session, accepted, event.time)
        case QuestDeclined() as declined:
            decision = (QuestStatus.DECLINED, event.time)
            if quest := await _open_quest(session, declined.user_id, declined.quest_id, decision):
                quest.status, quest.decided_at = decision
            caused = []
        case QuestReopened() as reopened:
            return await _reopen(session, reopened, event.time)  # it raises the supply
        case MissionStarted() as started:
            return await _start(session, started, event)  # leaves the supply as it is
        case MissionCheckDue() as due:
            return await _look_after(session, user, due, event)
        case MissionAbandoned() as abandoned:
            caused = await _abandon(session, user, abandoned, event.time)
    await ask_when_low(session, user, event)
    return caused


async def _accept(session: AsyncSession, accepted: QuestAccepted, moment: datetime) -> Sequence[Event]:
    decision = (QuestStatus.ACCEPTED, moment)
    quest = await _open_quest(session, accepted.user_id, accepted.quest_id, decision)
    if quest is None:
        return []
    if await session.get(MissionModel, accepted.mission_id) is not None:
        # Ids are minted once; one that is taken says nothing about whose it is.
        raise JobRejected("This mission cannot be planned. Accept the quest again.")
    quest.status, quest.decided_at = decision
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


async def _reopen(session: AsyncSession, reopened: QuestReopened, moment: datetime) -> Sequence[Event]:
    quest = await find_quest(session, reopened.user_id, reopened.quest_id)
    if quest is None:
        raise JobRejected(NO_SUCH_QUEST)
    mission = await mission_of(session, quest)
    if refusal := _reopen_refusal(quest, mission, moment):
        raise JobRejected(refusal)
    if mission is not None:
        # Nothing was done for it: it leaves no trace, least of all in the index as an abandoned one.
        await session.delete(mission)
    quest.status, quest.decided_at = QuestStatus.PROPOSED, None
    await session.flush()
    return []


async def _start(session: AsyncSession, started: MissionStarted, event: Envelope[Decision]) -> Sequence[Event]:
    mission = await own_mission(session, started.user_id, started.mission_id)
    if mission.started_at == event.time:
        return []
    active = [] if started.alongside else await other_active(session, mission)
    if refusal := start_refusal(mission, active, event.time):
        raise JobRejected(refusal)
    mission.status, mission.started_at = MissionStatus.ACTIVE, event.time
    await _look_again(session, event, mission, at=event.time + MAX_MISSION_DURATION, asked=False)
    # What still is among the active ones is overdue; an event ends it, as any other abandoning.
    return [MissionAbandoned(user_id=started.user_id, mission_id=overdue.id, reason=GIVEN_WAY) for overdue in active]


async def _look_after(
    session: AsyncSession, user: UserModel, due: MissionCheckDue, event: Envelope[Decision]
) -> Sequence[Event]:
    """Ask about a mission that is active for too long, or abandon it when that was asked before."""
    mission = await find_mission(session, user.id, due.mission_id)
    if mission is None or mission.status is not MissionStatus.ACTIVE:
        return []
    now = datetime.now(UTC)
    # Who sleeps can neither answer nor is to find it abandoned.
    refuse_in_quiet_hours(quiet_hours_of(user), now)
    if due.asked:
        return [MissionAbandoned(user_id=user.id, mission_id=mission.id, reason=LEFT_BEHIND)]
    answer_by = now + ANSWER_WITHIN
    await _look_again(session, event, mission, at=answer_by, asked=True)
    return [MissionOverdue(user_id=user.id, mission_id=mission.id, title=mission.title, answer_by=answer_by)]


async def _look_again(
    session: AsyncSession, event: Envelope[Decision], mission: MissionModel, *, at: datetime, asked: bool
) -> None:
    """Owe the look at `mission` to its moment."""
    due = MissionCheckDue(user_id=mission.user_id, mission_id=mission.id, asked=asked)
    await enqueue(session, [replace(event.caused(due, job_type=JOB_TYPE, index=0), time=at)], available_at=at)


async def _abandon(
    session: AsyncSession, user: UserModel, abandoned: MissionAbandoned, moment: datetime
) -> Sequence[Event]:
    mission = await own_mission(session, user.id, abandoned.mission_id)
    if mission.status is MissionStatus.ABANDONED and mission.ended_at == moment:
        return []
    if refusal := abandon_refusal(mission):
        raise JobRejected(refusal)
    mission.status, mission.abandon_reason = MissionStatus.ABANDONED, abandoned.reason
    mission.ended_at, mission.ended_on = moment, local_day(moment, user.time_zone)
    return []


async def _open_quest(
    session: AsyncSession, user_id: UserId, quest_id: UUID, decision: tuple[QuestStatus, datetime]
) -> QuestModel | None:
    """The quest, which is still to be decided about; None when this very decision stands."""
    quest = await find_quest(session, user_id, quest_id)
    if quest is None:
        raise JobRejected(NO_SUCH_QUEST)
    if (quest.status, quest.decided_at) == decision:
        return None
    if refusal := decision_refusal(quest):
        raise JobRejected(refusal)
    return quest


def _reopen_refusal(quest: QuestModel, mission: MissionModel | None, moment: datetime) -> str | None:
    if quest.status not in (QuestStatus.ACCEPTED, QuestStatus.DECLINED) or quest.decided_at is None:
        return f"This quest is {quest.status.value}: there is nothing to take back."
    if moment - quest.decided_at > REOPEN_WITHIN:
        return "You decided about this quest too long ago to take it back."
    if mission is not None and mission.status is not MissionStatus.PENDING:
        return f"Its mission is {mission.status.value} already."
    return None
