"""Planning nudges: what the nudge agent needs to know of a person and their day, and what of its answer is scheduled.

A scheduled nudge owes its delivery to the outbox: a `NudgeDue` for each channel, due at its moment and void after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import JobRejected
from models.goal import GoalModel
from models.mission import MissionModel
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from producers.outbox import enqueue
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus
from schemas.ids import derived_id
from schemas.missions import MissionStatus
from schemas.nudges import NudgeChannel, NudgeDue, NudgeSchedulingDue, NudgeStatus
from services.nudge_timing import choose_moments, expiry_of, usual_times
from services.quiet_hours import QuietHours
from services.user_service import lock_user, quiet_hours_of, read_quiet_hours

HABIT_DAYS = 30
"""How far back completions say when the person usually does something."""

CONTEXT_TITLES = 5
"""The newest goals, and the newest pending missions, that the nudge agent is told of."""

RECENT_NUDGES = 5
"""The latest texts, which new ones must not repeat."""

JOB_TYPE = "nudge-scheduling"


@dataclass(frozen=True, slots=True)
class NudgeContext:
    """What the nudge agent knows of a person, and the moments that it writes for: none, when there is nothing to do."""

    moments: tuple[datetime, ...]
    quiet: QuietHours
    goals: tuple[tuple[str, str], ...]
    pending: tuple[str, ...]
    recent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedNudge:
    text: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class PlannedNudges:
    """The nudge agent's answer, and the chat model that gave it."""

    nudges: tuple[PlannedNudge, ...]
    model: str


async def gather_context(session: AsyncSession, user_id: UserId, day: date, now: datetime) -> NudgeContext:
    """What to go by for the nudges of `day`. Raises `JobRejected` unless the person opted in."""
    preferences = await session.get(NudgePreferencesModel, user_id)
    if preferences is None or not preferences.opted_in:
        raise JobRejected("Nudges are switched off.")
    quiet = await read_quiet_hours(session, user_id)
    room = preferences.max_per_day - await _count_of_day(session, user_id, day)
    completions = await session.scalars(
        select(MissionModel.ended_at).where(
            MissionModel.user_id == user_id,
            MissionModel.status == MissionStatus.COMPLETED,
            MissionModel.ended_on > day - timedelta(days=HABIT_DAYS),
            MissionModel.ended_at.is_not(None),
        )
    )
    usual = usual_times([moment for moment in completions if moment is not None], quiet.time_zone)
    goals = await session.execute(
        select(GoalModel.title, GoalModel.why)
        .where(GoalModel.user_id == user_id, GoalModel.status == GoalStatus.ACTIVE)
        .order_by(GoalModel.created_at.desc(), GoalModel.id.desc())
        .limit(CONTEXT_TITLES)
    )
    pending = await session.scalars(
        select(MissionModel.title)
        .where(MissionModel.user_id == user_id, MissionModel.status == MissionStatus.PENDING)
        .order_by(MissionModel.created_at.desc(), MissionModel.id.desc())
        .limit(CONTEXT_TITLES)
    )
    recent = await session.scalars(
        select(NudgeModel.text)
        .where(NudgeModel.user_id == user_id)
        .order_by(NudgeModel.created_at.desc(), NudgeModel.id.desc())
        .limit(RECENT_NUDGES)
    )
    return NudgeContext(
        moments=choose_moments(day=day, now=now, quiet=quiet, usual=usual, count=max(0, room)),
        quiet=quiet,
        goals=tuple((title, why) for title, why in goals),
        pending=tuple(pending),
        recent=tuple(recent),
    )


async def save_nudges(
    session: AsyncSession, event: Envelope[NudgeSchedulingDue], plan: PlannedNudges
) -> Sequence[Event]:
    """Schedule the planned nudges, as many as the day has room for, and owe their delivery to their moment.

    Raises `JobRejected` when the person opted out meanwhile.
    """
    user_id, day = event.user_id, event.data.day
    user = await lock_user(session, user_id)
    preferences = await session.get(NudgePreferencesModel, user_id, populate_existing=True)
    if preferences is None or not preferences.opted_in:
        raise JobRejected("Nudges are switched off.")
    if await _is_planned(session, event):
        return []
    quiet, now = quiet_hours_of(user), datetime.now(UTC)
    await _expire_undelivered(session, user_id, now)
    room = max(0, preferences.max_per_day - await _count_of_day(session, user_id, day))
    fresh = [planned for planned in plan.nudges if planned.moment > now and quiet.end_after(planned.moment) is None]
    for number, planned in enumerate(fresh[:room]):
        nudge = NudgeModel(
            id=derived_id("nudge", str(event.id), str(number)),
            user_id=user_id,
            day=day,
            text=planned.text,
            model=plan.model,
            status=NudgeStatus.SCHEDULED,
            scheduled_for=planned.moment,
            expires_at=expiry_of(planned.moment, quiet),
            source_event_id=event.id,
        )
        session.add(nudge)
        # One event per channel: a webhook that is down holds up nothing but itself.
        due = [
            NudgeDue(user_id=user_id, nudge_id=nudge.id, channel=NudgeChannel(name)) for name in preferences.channels
        ]
        await enqueue(
            session,
            [
                replace(
                    event.caused(data, job_type=JOB_TYPE, index=number * len(NudgeChannel) + index),
                    # It happens then, and not now.
                    time=planned.moment,
                    expiry_time=nudge.expires_at,
                )
                for index, data in enumerate(due)
            ],
            available_at=planned.moment,
        )
    return []


async def _is_planned(session: AsyncSession, event: Envelope[NudgeSchedulingDue]) -> bool:
    """Whether this very event was worked on before, and runs again."""
    query = select(NudgeModel.id).where(NudgeModel.user_id == event.user_id, NudgeModel.source_event_id == event.id)
    return await session.scalar(query.limit(1)) is not None


async def _count_of_day(session: AsyncSession, user_id: UserId, day: date) -> int:
    count = await session.scalar(select(func.count()).where(NudgeModel.user_id == user_id, NudgeModel.day == day))
    return count or 0


async def _expire_undelivered(session: AsyncSession, user_id: UserId, now: datetime) -> None:
    """Events that expire on their way are never handled, and so leave their nudge as it was."""
    await session.execute(
        update(NudgeModel)
        .where(NudgeModel.user_id == user_id, NudgeModel.status == NudgeStatus.SCHEDULED, NudgeModel.expires_at <= now)
        .values(status=NudgeStatus.EXPIRED)
    )
