from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.exceptions import InvalidRequest
from models.nudge import NudgeModel
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.nudges import NudgeResponse, NudgeStatus
from schemas.progress import CalendarRead, DciHistoryRead
from services import progress_history, progress_service
from services.dci import WINDOWS
from services.progress_history import DEFAULT_CALENDAR_DAYS, MAX_CALENDAR_DAYS
from tests.support.person import Person

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def history_of(person: Person, *, now: datetime, window_days: int = 7) -> DciHistoryRead:
    async with person.sessions() as session:
        return await progress_history.read_dci_history(session, person.user_id, window_days=window_days, now=now)


async def calendar_of(
    person: Person, *, now: datetime = NOON, first: date | None = None, last: date | None = None
) -> CalendarRead:
    async with person.sessions() as session:
        return await progress_history.read_calendar(session, person.user_id, first=first, last=last, now=now)


@pytest.mark.parametrize("window_days", WINDOWS)
async def test_the_last_day_is_the_present_index(sessions, window_days: int) -> None:
    person = Person(sessions)
    for back in (9, 8, 3, 1, 0):
        await person.does_a_mission(at=NOON - back * DAY, reflection="Good." if back % 2 else "")
    history = await history_of(person, now=NOON, window_days=window_days)
    async with sessions() as session:
        present = await progress_service.read_progress(session, person.user_id, window_days=window_days, now=NOON)
    assert len(history.days) == window_days
    last = history.days[-1]
    assert last.day == NOON.date()
    assert (last.value, last.zone, last.breakdown) == (present.dci.value, present.dci.zone, present.dci.breakdown)


async def test_each_day_is_what_the_index_was_on_that_day(sessions) -> None:
    person = Person(sessions)
    shown = {}
    for back in (6, 5, 2, 0):
        at = NOON - back * DAY
        await person.does_a_mission(at=at)
        async with sessions() as session:
            progress = await progress_service.read_progress(session, person.user_id, window_days=7, now=at)
        shown[at.date()] = progress.dci.value
    history = {day.day: day for day in (await history_of(person, now=NOON)).days}
    assert {day: history[day].value for day in shown} == shown
    # The streak of two days lasted through the day after, and had ended on the next.
    streaks = [history[NOON.date() - back * DAY].breakdown.streak for back in (5, 4, 3, 2)]
    assert streaks == [2 / 7, 2 / 7, 0, 1 / 7]


async def test_nobody_who_did_nothing_has_a_history_of_zeros(sessions) -> None:
    history = await history_of(Person(sessions), now=NOON)
    assert [day.value for day in history.days] == [0] * 7
    assert history.time_zone == "UTC"


async def test_answered_nudges_count_for_their_window(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON)
    async with sessions.begin() as session:
        for back, response in ((0, NudgeResponse.HELPFUL), (1, None)):
            at = NOON - back * DAY
            session.add(
                NudgeModel(
                    id=new_id(),
                    user_id=person.user_id,
                    day=at.date(),
                    text="A small step is a step.",
                    model="offline",
                    status=NudgeStatus.DELIVERED,
                    scheduled_for=at,
                    expires_at=at + DAY,
                    delivered_at=at,
                    response=response,
                    responded_at=at if response else None,
                    source_event_id=new_id(),
                )
            )
    days = (await history_of(person, now=NOON)).days
    assert days[-1].breakdown.response == pytest.approx(0.5)
    assert days[-2].breakdown.response == 0


async def test_a_window_must_be_on_offer(sessions) -> None:
    with pytest.raises(InvalidRequest, match="7, 30, 90"):
        await history_of(Person(sessions), now=NOON, window_days=8)


async def test_the_calendar_counts_by_day_and_category(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON)
    await person.does_a_mission(at=NOON, category=ValueCategory.CRAFT)
    await person.does_a_mission(at=NOON)
    await person.does_a_mission(at=NOON - 2 * DAY)
    calendar = await calendar_of(person)
    assert (calendar.first, calendar.last) == (NOON.date() - (DEFAULT_CALENDAR_DAYS - 1) * DAY, NOON.date())
    assert [(day.day, day.completed) for day in calendar.days] == [(NOON.date() - 2 * DAY, 1), (NOON.date(), 3)]
    assert calendar.days[-1].categories == {ValueCategory.CRAFT: 1, ValueCategory.HEALTH: 2}


async def test_the_calendar_holds_the_days_asked_for_and_no_more(sessions) -> None:
    person = Person(sessions)
    for back in range(4):
        await person.does_a_mission(at=NOON - back * DAY)
    first, last = NOON.date() - 2 * DAY, NOON.date() - DAY
    assert [day.day for day in (await calendar_of(person, first=first, last=last)).days] == [first, last]
    with pytest.raises(InvalidRequest, match="before it begins"):
        await calendar_of(person, first=last, last=first)
    with pytest.raises(InvalidRequest, match=f"{MAX_CALENDAR_DAYS} days"):
        await calendar_of(person, first=last - MAX_CALENDAR_DAYS * DAY, last=last)
    leap_year = await calendar_of(person, first=last - (MAX_CALENDAR_DAYS - 1) * DAY, last=last)
    assert leap_year.last == last


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        # The clocks go forward, and back; the day has 23 and 25 hours.
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        # At midnight itself: the day begins at one o'clock.
        ("America/Asuncion", date(2023, 10, 1)),
        # Half an hour.
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        # The first to see a day, and nearly the last.
        ("Pacific/Kiritimati", date(2026, 3, 2)),
        ("Pacific/Pago_Pago", date(2026, 3, 2)),
    ],
)
async def test_days_begin_and_end_at_the_persons_midnight(sessions, zone: str, day: date) -> None:
    person = Person(sessions)
    await person.lives_in(zone)

    def on_clock(on: date, at: time) -> datetime:
        return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)

    begin, end = on_clock(day, time(0)), on_clock(day + DAY, time(0))
    moments = [begin - timedelta(seconds=1), begin + timedelta(seconds=1), end - timedelta(seconds=1), end]
    for moment in moments:
        await person.does_a_mission(at=moment)
    calendar = await calendar_of(person, now=end)
    assert calendar.last == day + DAY
    counted = {entry.day: entry.completed for entry in calendar.days}
    assert counted == {day - DAY: 1, day: 2, day + DAY: 1}
    history = await history_of(person, now=end)
    assert [entry.day for entry in history.days] == [day + DAY - back * DAY for back in range(6, -1, -1)]
    assert [round(entry.breakdown.streak * 7) for entry in history.days[-3:]] == [1, 2, 3]
    assert history.time_zone == zone


async def test_a_move_to_another_zone_leaves_the_past_alone(sessions) -> None:
    person = Person(sessions)
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    await person.does_a_mission(at=late)
    await person.lives_in("Asia/Tokyo")
    calendar = await calendar_of(person, now=late)
    assert [day.day for day in calendar.days] == [date(2026, 3, 2)]
    assert calendar.last == date(2026, 3, 3)


async def test_the_ledger_is_paged_newest_first(sessions) -> None:
    person, other = Person(sessions), Person(sessions)
    await other.does_a_mission(at=NOON)
    for back in range(3):
        await person.does_a_mission(at=NOON - back * DAY, title=f"Walk {back}")
    async with sessions() as session:
        first = await progress_history.list_essence(session, person.user_id, limit=2, cursor=None)
        rest = await progress_history.list_essence(session, person.user_id, limit=2, cursor=first.next_cursor)
        progress = await progress_service.read_progress(session, person.user_id, now=NOON)
    entries = [*first.items, *rest.items]
    assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)
    assert sorted(entries, key=lambda entry: entry.created_at, reverse=True) == entries
    assert [entry.mission_title for entry in entries] == ["Walk 2", "Walk 1", "Walk 0"]
    assert sum(entry.amount for entry in entries) == progress.essence
