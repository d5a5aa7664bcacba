import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from producers.recurring import RECURRING, Recurring
from producers.scheduler import BATCH, Scheduler
from schemas.characters import CharacterInitiationDue
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import derived_id, new_id
from schemas.memories import MemoryConsolidationDue
from services import goal_service, user_service
from tests.support.memories import fact, remember
from tests.support.nudges import opt_in
from tests.support.person import Person
from tests.support.waiting import until

Sessions = async_sessionmaker[AsyncSession]

MORNING = Recurring(
    kind="test-morning",
    at=time(6),
    event=lambda user_id, day: CharacterInitiationDue(user_id=user_id, day=day),
    worth_for=timedelta(hours=12),
)
NIGHT = Recurring(
    kind="test-night",
    at=time(2, 30),
    event=lambda user_id, _day: MemoryConsolidationDue(user_id=user_id),
    worth_for=timedelta(hours=22),
)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture(autouse=True)
async def _nobody_else(engine: AsyncEngine) -> AsyncIterator[None]:
    """Each test has the scheduler to itself."""
    yield
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM users"))
        await connection.execute(text("DELETE FROM outbox_events"))


async def person_since(sessions: Sessions, moment: datetime, time_zone: str = "UTC") -> str:
    """A person whom the scheduler has not seen yet."""
    user_id = f"person-{new_id()}"
    await Person(sessions, user_id).lives_in(time_zone)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE users SET created_at = :moment, next_due_at = :moment WHERE id = :id"),
            {"moment": moment, "id": user_id},
        )
    return user_id


async def moves(sessions: Sessions, user_id: str, time_zone: str, now: datetime) -> None:
    await Person(sessions, user_id).lives_in(time_zone)
    # The database's clock is not the test's.
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE users SET next_due_at = :now WHERE id = :id AND next_due_at >= transaction_timestamp() - "
                "interval '1 minute'"
            ),
            {"now": now, "id": user_id},
        )


async def written(sessions: Sessions, user_id: str | None = None) -> list[tuple[str, UUID]]:
    """Topic and event id of what is owed to Kafka, in order."""
    async with sessions() as session:
        rows = await session.execute(text("SELECT topic, key, headers FROM outbox_events ORDER BY id"))
        return [
            (row.topic, UUID(row.headers["ce_id"])) for row in rows if user_id is None or row.key == user_id.encode()
        ]


def event_id(kind: Recurring, user_id: str, day: date) -> UUID:
    return derived_id("scheduled", kind.kind, user_id, day.isoformat())


async def test_each_day_has_one_event_at_its_hour(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now, "Europe/Berlin")  # 02:00 there
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    for _ in range(3 * 24 * 4):
        await scheduler.tick()
        await scheduler.tick()
        clock.pass_by(minutes=15)
    days = [date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 12)]
    assert await written(sessions, user_id) == [
        (CharacterInitiationDue.type, event_id(MORNING, user_id, day)) for day in days
    ]


async def test_nothing_is_read_of_who_is_not_due(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    await person_since(sessions, clock.now)
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    assert [await scheduler.tick(), await scheduler.tick()] == [1, 0]
    clock.pass_by(hours=5, minutes=59)
    assert await scheduler.tick() == 0
    clock.pass_by(minutes=1)
    assert [await scheduler.tick(), await scheduler.tick()] == [1, 0]


async def test_two_schedulers_and_restarts_write_each_event_once(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    people = [await person_since(sessions, clock.now) for _ in range(40)]
    for _ in range(3):
        # New ones each time: nothing lives in the process.
        schedulers = [Scheduler(engine, recurring=[MORNING, NIGHT], clock=clock) for _ in range(3)]
        while any(await asyncio.gather(*(scheduler.tick() for scheduler in schedulers))):
            pass
        clock.pass_by(hours=12)
    events = [event for _, event in await written(sessions)]
    # At midnight nothing, at noon both of the day, at the next midnight nothing.
    expected = [event_id(kind, user_id, date(2026, 6, 10)) for user_id in people for kind in (NIGHT, MORNING)]
    assert sorted(events) == sorted(expected)


async def test_a_crash_before_the_commit_leaves_the_person_due(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now - timedelta(days=1))

    def crash(_user_id: str, _day: date) -> CharacterInitiationDue:
        raise RuntimeError("crash")

    broken = Recurring(kind=MORNING.kind, at=MORNING.at, event=crash, worth_for=MORNING.worth_for)
    with pytest.raises(RuntimeError):
        await Scheduler(engine, recurring=[broken], clock=clock).tick()
    assert await written(sessions) == []
    await Scheduler(engine, recurring=[MORNING], clock=clock).tick()
    assert await written(sessions, user_id) == [
        (CharacterInitiationDue.type, event_id(MORNING, user_id, date(2026, 6, 10)))
    ]


async def test_of_missed_days_only_the_latest_is_caught_up(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now)
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    await scheduler.tick()
    clock.pass_by(days=5, hours=9)
    await scheduler.tick()
    assert [event for _, event in await written(sessions, user_id)] == [event_id(MORNING, user_id, date(2026, 6, 15))]


async def test_what_is_not_worth_it_any_more_is_left_out(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now)
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    await scheduler.tick()
    clock.pass_by(hours=18)
    await scheduler.tick()
    assert await written(sessions, user_id) == []
    clock.pass_by(hours=12)
    await scheduler.tick()
    assert [event for _, event in await written(sessions, user_id)] == [event_id(MORNING, user_id, date(2026, 6, 11))]


async def test_an_event_says_when_it_expires(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    await person_since(sessions, clock.now - timedelta(days=1))
    await Scheduler(engine, recurring=[MORNING], clock=clock).tick()
    async with sessions() as session:
        headers = await session.scalar(text("SELECT headers FROM outbox_events"))
    assert datetime.fromisoformat(headers["ce_expirytime"]) == datetime(2026, 6, 10, 18, tzinfo=UTC)


async def test_who_has_just_come_is_not_owed_the_hours_before(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 9, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now)
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    await scheduler.tick()
    assert await written(sessions, user_id) == []
    clock.pass_by(hours=21)
    await scheduler.tick()
    assert [event for _, event in await written(sessions, user_id)] == [event_id(MORNING, user_id, date(2026, 6, 11))]


@pytest.mark.parametrize(
    ("time_zone", "begin"),
    [
        ("Europe/Berlin", datetime(2026, 3, 27, 12, tzinfo=UTC)),  # 02:30 is skipped on the 29th
        ("Europe/Berlin", datetime(2026, 10, 23, 12, tzinfo=UTC)),  # 02:30 comes twice on the 25th
        ("Australia/Lord_Howe", datetime(2026, 10, 2, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 6, 12, tzinfo=UTC)),
    ],
)
async def test_days_on_which_the_clocks_change_have_one_event(
    engine: AsyncEngine, sessions: Sessions, time_zone: str, begin: datetime
) -> None:
    clock = Clock(begin)
    user_id = await person_since(sessions, clock.now, time_zone)
    scheduler = Scheduler(engine, recurring=[NIGHT], clock=clock)
    for _ in range(5 * 24 * 2):
        await scheduler.tick()
        clock.pass_by(minutes=30)
    events = [event for _, event in await written(sessions, user_id)]
    first = begin.date()
    assert events == [event_id(NIGHT, user_id, first + timedelta(days=n)) for n in range(1, 6)][: len(events)]
    assert len(events) == 5


@pytest.mark.parametrize("route", [("Asia/Tokyo", "America/Los_Angeles"), ("America/Los_Angeles", "Asia/Tokyo")])
async def test_who_travels_has_each_of_their_days_at_most_once(
    engine: AsyncEngine, sessions: Sessions, route: tuple[str, str]
) -> None:
    clock = Clock(datetime(2026, 6, 10, 0, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now, route[0])
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    for half_hour in range(6 * 48):
        if half_hour % 48 == 40:
            await moves(sessions, user_id, route[half_hour // 48 % 2 - 1], clock.now)
        await scheduler.tick()
        clock.pass_by(minutes=30)
    events = [event for _, event in await written(sessions, user_id)]
    days = {event_id(MORNING, user_id, date(2026, 6, 9) + timedelta(days=n)): n for n in range(9)}
    order = [days[event] for event in events]
    assert order == sorted(set(order))
    assert len(order) >= 4


async def test_more_people_than_fit_into_a_batch_are_all_served(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    count = BATCH + 30
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO users (id, created_at, next_due_at) SELECT 'many-' || n, :day, :day "
                "FROM generate_series(1, :count) n"
            ),
            {"day": clock.now - timedelta(days=1), "count": count},
        )
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    assert [await scheduler.tick(), await scheduler.tick(), await scheduler.tick()] == [BATCH, 30, 0]
    assert len(await written(sessions)) == count


async def test_somebody_who_is_busy_is_skipped_and_served_later(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now - timedelta(days=1))
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    async with sessions.begin() as session:
        await user_service.lock_user(session, user_id)
        assert await scheduler.tick() == 0
    assert await scheduler.tick() == 1
    assert len(await written(sessions, user_id)) == 1


async def test_the_platforms_kinds_concern_those_whom_they_concern(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 10, 30, tzinfo=UTC))
    nobody, everything = [await person_since(sessions, clock.now - timedelta(days=2)) for _ in range(2)]
    await opt_in(sessions, everything)
    await remember(sessions, everything, fact("Prefers tea"))
    async with sessions.begin() as session:
        goal = GoalCreate(title="Run", category=ValueCategory.HEALTH)
        await goal_service.create_goal(session, everything, goal)
        await session.execute(text("DELETE FROM outbox_events"))
        await session.execute(text("UPDATE users SET next_due_at = :now"), {"now": clock.now})
    await Scheduler(engine, clock=clock).tick()
    assert [topic for topic, _ in await written(sessions, nobody)] == ["character.initiation_due"]
    assert [topic for topic, _ in await written(sessions, everything)] == [
        "memory.consolidation_due",
        "quest.requested",
        "nudge.scheduling_due",
        "character.initiation_due",
    ]
    assert len({recurring.kind for recurring in RECURRING}) == len(RECURRING)


async def test_who_opts_in_after_the_hour_is_planned_for_today(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=9, minute=0))
    user_id = await person_since(sessions, clock.now - timedelta(days=2))
    nudges = next(recurring for recurring in RECURRING if recurring.kind == "nudge-scheduling")
    scheduler = Scheduler(engine, recurring=[nudges], clock=clock)
    await scheduler.tick()
    assert await written(sessions, user_id) == []
    await opt_in(sessions, user_id)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE users SET next_due_at = least(next_due_at, :now)"), {"now": clock.now})
    await scheduler.tick()
    assert [event for _, event in await written(sessions, user_id)] == [event_id(nudges, user_id, clock.now.date())]


async def test_a_time_zone_that_is_no_more_stops_nobody(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    people = [await person_since(sessions, clock.now - timedelta(days=1)) for _ in range(2)]
    async with sessions.begin() as session:
        await session.execute(text("UPDATE users SET time_zone = 'Mars/Olympus' WHERE id = :id"), {"id": people[0]})
    assert await Scheduler(engine, recurring=[MORNING], clock=clock).tick() == 2
    assert len(await written(sessions)) == 2


async def test_it_runs_until_it_is_stopped(engine: AsyncEngine, sessions: Sessions) -> None:
    clock = Clock(datetime(2026, 6, 10, 7, 0, tzinfo=UTC))
    user_id = await person_since(sessions, clock.now - timedelta(days=1))
    scheduler = Scheduler(engine, recurring=[MORNING], clock=clock)
    running = asyncio.create_task(scheduler.run())
    try:
        await until(lambda: written(sessions, user_id), what="the event is written")
    finally:
        scheduler.stop()
        await running
    assert len(await written(sessions, user_id)) == 1
