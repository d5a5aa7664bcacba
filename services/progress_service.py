"""Progress: a completed mission is booked once, with its essence, the streaks and the index, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest, JobInvalid, JobRejected
from models.essence_entry import EssenceEntryModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.streak import StreakModel
from schemas.events import Envelope, Event, UserId
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionCompleted, MissionStatus
from schemas.progress import DciRead, ProgressRead, ProgressUpdated, StreakRead
from schemas.quests import QuestUnlocked
from services import character_service
from services.answers import response_rate
from services.dci import DEFAULT_WINDOW, WINDOWS, calculate_dci, ended_mission
from services.essence import calculate_reward
from services.hidden_quests import AUTHOR, Standing, unlocked_quests
from services.local_time import local_day
from services.mission_service import NO_SUCH_MISSION, completion_refusal, find_mission
from services.quest_supply import ask_when_low
from services.streaks import Streak, calculate_streak, living_days, next_milestone, reached_milestone
from services.user_service import lock_user, read_time_zone

COMPLETION_REASON = "mission_completed"
"""Why a ledger entry was made, once per mission."""

MAX_CLOCK_LEAD = timedelta(hours=1)
"""How far a publisher's clock may run ahead of ours: a completion of tomorrow would spoil the streak for good."""


async def save_completion(session: AsyncSession, event: Envelope[MissionCompleted], _result: None) -> Sequence[Event]:
    """Complete the mission, book its essence, recompute the streaks; tell how the person stands after it.

    The day is that of the event's time in the person's own zone, so a completion that is told late counts where it
    belongs. An event that completed the mission before changes nothing. Raises `JobRejected` unless the mission is theirs
    and active, `JobInvalid` for an event of the future.
    """
    if event.time > datetime.now(UTC) + MAX_CLOCK_LEAD:
        raise JobInvalid("The completion lies in the future: the publisher's clock is wrong.")
    user = await lock_user(session, event.user_id)
    mission = await find_mission(session, user.id, event.data.mission_id)
    if mission is None:
        raise JobRejected(NO_SUCH_MISSION)
    if mission.status is MissionStatus.COMPLETED and mission.ended_at == event.time:
        return []
    if refusal := completion_refusal(mission):
        raise JobRejected(refusal)
    day = local_day(event.time, user.time_zone)
    mission.status, mission.reflection = MissionStatus.COMPLETED, event.data.reflection
    mission.ended_at, mission.ended_on = event.time, day
    session.add(
        EssenceEntryModel(
            user_id=user.id, mission_id=mission.id, amount=mission.essence_reward, reason=COMPLETION_REASON
        )
    )
    days_before, streak = await _update_streaks(session, user.id, mission.category)
    unlocked = await _unlock_quests(session, user.id, streak.days)
    await character_service.on_mission_completed(session, user.id, mission.category, at=event.time)
    dci = await _read_dci(session, user.id, streak.days, window_days=DEFAULT_WINDOW, today=streak.last_day or day)
    updated = [
        ProgressUpdated(
            user_id=user.id,
            mission_id=mission.id,
            essence_earned=mission.essence_reward,
            essence_total=await _essence(session, user.id),
            streak_days=streak.days,
            milestone=reached_milestone(days_before, streak.days),
            dci=dci.value,
            dci_zone=dci.zone,
        )
    ]
    await ask_when_low(session, user, event)
    return [*updated, *unlocked]


async def read_progress(
    session: AsyncSession, user_id: UserId, *, window_days: int = DEFAULT_WINDOW, now: datetime
) -> ProgressRead:
    """How the person stands at `now`: the overall streak first, then one per category, zero where there is none.

    Raises `InvalidRequest` when `window_days` is none of the windows on offer.
    """
    if window_days not in WINDOWS:
        raise InvalidRequest(f"The window must be one of {', '.join(map(str, WINDOWS))} days.")
    today = local_day(now, await read_time_zone(session, user_id))
    rows = {row.category: row for row in await _streaks(session, user_id)}
    streaks = [_streak_read(category, rows.get(category), today) for category in (None, *ValueCategory)]
    completed = await session.scalar(
        select(func.count()).where(MissionModel.user_id == user_id, MissionModel.status == MissionStatus.COMPLETED)
    )
    return ProgressRead(
        essence=await _essence(session, user_id),
        missions_completed=completed or 0,
        streaks=streaks,
        dci=await _read_dci(session, user_id, streaks[0].days, window_days=window_days, today=today),
    )


async def _unlock_quests(session: AsyncSession, user_id: UserId, streak_days: int) -> list[QuestUnlocked]:
    """Propose the hidden quests that the person has just unlocked. The completed mission is flushed."""
    known = set(
        await session.scalars(
            select(QuestModel.hidden_trigger).where(
                QuestModel.user_id == user_id, QuestModel.hidden_trigger.is_not(None)
            )
        )
    )
    completed = await session.execute(
        select(MissionModel.category, func.count())
        .where(MissionModel.user_id == user_id, MissionModel.status == MissionStatus.COMPLETED)
        .group_by(MissionModel.category)
    )
    standing = Standing(streak_days=streak_days, completed=dict(completed.all()))
    unlocked = []
    for hidden in unlocked_quests(standing, {name for name in known if name is not None}):
        quest = QuestModel(
            id=new_id(),
            user_id=user_id,
            hidden_trigger=hidden.name,
            essence_reward=calculate_reward(hidden.draft.duration_minutes, hidden.draft.energy_level),
            model=AUTHOR,
            **hidden.draft.model_dump(),
        )
        session.add(quest)
        unlocked.append(QuestUnlocked(user_id=user_id, quest_id=quest.id, trigger=hidden.name))
    return unlocked


async def _update_streaks(session: AsyncSession, user_id: UserId, category: ValueCategory) -> tuple[int, Streak]:
    """Recompute the overall streak and that of `category` from all days: an event told late may link two runs.

    Returns the overall streak, after the days it had before.
    """
    # The mission just completed must be among them.
    await session.flush()
    completed = await session.execute(
        select(MissionModel.ended_on, MissionModel.category)
        .where(
            MissionModel.user_id == user_id,
            MissionModel.status == MissionStatus.COMPLETED,
            MissionModel.ended_on.is_not(None),
        )
        .distinct()
    )
    days = [(day, of) for day, of in completed if day is not None]
    rows = {row.category: row for row in await _streaks(session, user_id)}
    days_before = rows[None].days if None in rows else 0
    overall = calculate_streak(day for day, _ in days)
    _write_streak(session, user_id, None, rows.get(None), overall)
    of_category = calculate_streak(day for day, of in days if of is category)
    _write_streak(session, user_id, category, rows.get(category), of_category)
    return days_before, overall


def _write_streak(
    session: AsyncSession, user_id: UserId, category: ValueCategory | None, row: StreakModel | None, streak: Streak
) -> None:
    if row is None:
        row = StreakModel(user_id=user_id, category=category)
        session.add(row)
    if streak.last_day is not None:
        row.days, row.best_days, row.last_day = streak.days, streak.best_days, streak.last_day


async def _streaks(session: AsyncSession, user_id: UserId) -> Iterable[StreakModel]:
    return await session.scalars(select(StreakModel).where(StreakModel.user_id == user_id))


async def _essence(session: AsyncSession, user_id: UserId) -> int:
    total = await session.scalar(select(func.sum(EssenceEntryModel.amount)).where(EssenceEntryModel.user_id == user_id))
    return total or 0


async def _read_dci(
    session: AsyncSession, user_id: UserId, streak_days: int, *, window_days: int, today: date
) -> DciRead:
    """The index over the last `window_days` days of the person's calendar, `today` included."""
    ended = await session.scalars(
        select(MissionModel).where(
            MissionModel.user_id == user_id,
            MissionModel.ended_on > today - timedelta(days=window_days),
            MissionModel.ended_on <= today,
        )
    )
    return calculate_dci(
        streak_days=streak_days,
        window_days=window_days,
        missions=[ended_mission(mission) for mission in ended],
        response_rate=await response_rate(session, user_id, after=today - timedelta(days=window_days), until=today),
    )


def _streak_read(category: ValueCategory | None, row: StreakModel | None, today: date) -> StreakRead:
    if row is None:
        return StreakRead(category=category, days=0, best_days=0, last_day=None, next_milestone=next_milestone(0))
    days = living_days(row.days, row.last_day, today)
    return StreakRead(
        category=category,
        days=days,
        best_days=row.best_days,
        last_day=row.last_day,
        next_milestone=next_milestone(days),
    )
