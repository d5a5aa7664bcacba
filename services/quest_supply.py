"""Supply: when a person runs low on missions, quests are asked for on their behalf.

The settlement that lowered the supply asks, by `QuestRequested` with reason `low_supply`, when all of this holds:

- fewer than ENOUGH_MISSIONS missions are open
- no proposal waits for an answer: who has not looked at the last ones is not helped by more
- the person has an active goal: quests come from goals
- nothing was asked for on that day of theirs yet

An accepted or declined quest lowers the supply too, when it was the last proposal. The event's id is derived from person
and day, so however often it is asked for, it is one event. Hidden quests are a gift and count for nothing here.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.schedule_mark import ScheduleMarkModel
from models.user import UserModel
from producers.outbox import enqueue
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus
from schemas.ids import derived_id
from schemas.missions import MissionStatus
from schemas.quests import QuestRequested, QuestStatus
from services.local_time import local_day

ENOUGH_MISSIONS = 5
"""With so many open missions and proposals, nothing is generated that the person did not ask for."""

PROPOSAL_LIFETIME = timedelta(days=7)
"""A proposal that was not answered for so long counts no more, and expires when new ones are saved."""

OPEN_MISSIONS = (MissionStatus.PENDING, MissionStatus.ACTIVE)

LOW_SUPPLY = "quest-low-supply"
"""The kind of mark under which `schedule_marks` remembers the day."""


def is_enough(reason: str, *, missions: int, proposals: int) -> bool:
    """Whether quests asked for this `reason` are not needed (any more). What a person asks for is always needed."""
    match reason:
        case "nightly":
            return missions + proposals >= ENOUGH_MISSIONS
        case "low_supply":
            return missions >= ENOUGH_MISSIONS or proposals > 0
        case _:
            return False


async def ask_when_low(session: AsyncSession, user: UserModel, cause: Envelope[Event]) -> None:
    """Owe `QuestRequested` to Kafka when the supply is low. The caller holds the lock of `user`."""
    # What the caller changed must be counted.
    await session.flush()
    now = datetime.now(UTC)
    if not await _is_low(session, user.id, now):
        return
    # Of the day on which it is asked, not of an event told late.
    day = local_day(now, user.time_zone)
    mark = insert(ScheduleMarkModel).values(user_id=user.id, kind=LOW_SUPPLY, period=day)
    mark = mark.on_conflict_do_update(
        index_elements=["user_id", "kind"], set_={"period": day}, where=ScheduleMarkModel.period < day
    )
    if await session.scalar(mark.returning(ScheduleMarkModel.period)) is None:
        return
    requested = Envelope.mint(
        QuestRequested(user_id=user.id, reason="low_supply"),
        event_id=derived_id("low-supply", user.id, day.isoformat()),
        correlation_id=cause.correlation_id,
    )
    await enqueue(session, [replace(requested, causation_id=cause.id, traceparent=cause.traceparent)])


async def _is_low(session: AsyncSession, user_id: UserId, moment: datetime) -> bool:
    missions = (
        select(func.count())
        .where(MissionModel.user_id == user_id, MissionModel.status.in_(OPEN_MISSIONS))
        .scalar_subquery()
    )
    proposal = exists().where(
        QuestModel.user_id == user_id,
        QuestModel.status == QuestStatus.PROPOSED,
        QuestModel.created_at >= moment - PROPOSAL_LIFETIME,
        QuestModel.hidden_trigger.is_(None),
    )
    goal = exists().where(GoalModel.user_id == user_id, GoalModel.status == GoalStatus.ACTIVE)
    return bool(await session.scalar(select((missions < ENOUGH_MISSIONS) & ~proposal & goal)))
