from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.nudge_timing import (
    DEFAULT_TIMES,
    LEAD,
    LIFETIME,
    MIN_LIFETIME,
    MIN_SPACING,
    WAKING_FROM,
    WAKING_UNTIL,
    choose_moments,
    expiry_of,
    usual_times,
)
from services.quiet_hours import QuietHours

DAY = date(2026, 6, 10)
NIGHT = (time(22), time(7))


def quiet(begin: time = NIGHT[0], end: time = NIGHT[1], zone: str = "Europe/Berlin") -> QuietHours:
    return QuietHours(begin, end, zone)


def at(day: date, clock: time, zone: str = "Europe/Berlin") -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def chosen(
    count: int = 1,
    *,
    now: datetime | None = None,
    hours: QuietHours | None = None,
    usual: tuple[time, ...] = (),
    day: date = DAY,
) -> list[time]:
    """The chosen moments on the person's clock."""
    hours = hours or quiet()
    moments = choose_moments(
        day=day, now=now or at(day, time(6), hours.time_zone), quiet=hours, usual=usual, count=count
    )
    local = [moment.astimezone(ZoneInfo(hours.time_zone)) for moment in moments]
    assert all(moment.date() == day for moment in local)
    return [moment.time() for moment in local]


def test_of_a_person_of_whom_nothing_is_known_the_first_default_is_taken() -> None:
    assert chosen() == [DEFAULT_TIMES[0]]
    assert chosen(0) == []


def test_a_nudge_comes_after_the_usual_time() -> None:
    assert chosen(usual=(time(9),)) == [time(10, 30)]
    assert chosen(usual=(time(19),)) == [time(20, 15)]  # the last moment that leaves a while before sleep


def test_nudges_of_a_day_are_spaced_and_never_more_than_asked() -> None:
    for count in range(1, 8):
        moments = chosen(count, usual=(time(9), time(10), time(17)))
        assert len(moments) <= count
        minutes = [moment.hour * 60 + moment.minute for moment in moments]
        assert all(b - a >= MIN_SPACING.total_seconds() / 60 for a, b in pairwise(minutes))
        assert moments == sorted(moments)
        assert all(WAKING_FROM <= moment < WAKING_UNTIL for moment in moments)
    assert len(chosen(3)) == 3


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (quiet(time(12), time(19)), [time(19)]),
        (quiet(time(16), time(10)), [time(15, 15)]),
        (quiet(time(8), time(21)), []),
        (quiet(time(0), time(0)), [time(17, 30)]),
    ],
)
def test_quiet_hours_are_kept(hours: QuietHours, expected: list[time]) -> None:
    assert chosen(hours=hours) == expected


def test_what_is_past_is_not_chosen() -> None:
    assert chosen(now=at(DAY, time(18))) == [time(18, 15)]
    assert chosen(now=at(DAY, time(20, 29))) == []
    assert chosen(now=at(DAY + timedelta(days=1), time(1))) == []
    now = at(DAY, time(18))
    (moment,) = choose_moments(day=DAY, now=now, quiet=quiet(), usual=(), count=1)
    assert moment - now >= LEAD


def test_a_nudge_lives_for_a_while_and_not_into_the_night() -> None:
    assert expiry_of(at(DAY, time(11)), quiet()) == at(DAY, time(11)) + LIFETIME
    assert expiry_of(at(DAY, time(19, 30)), quiet()) < at(DAY, WAKING_UNTIL)
    assert expiry_of(at(DAY, time(11)), quiet(time(12), time(13))) < at(DAY, time(12))
    last = choose_moments(day=DAY, now=at(DAY, time(6)), quiet=quiet(), usual=(time(23),), count=1)[0]
    assert expiry_of(last, quiet()) - last >= MIN_LIFETIME


@pytest.mark.parametrize(
    "day",
    [date(2026, 3, 29), date(2026, 10, 25)],  # the clocks jump forward, and back
)
def test_days_of_23_and_25_hours_are_days(day: date) -> None:
    assert chosen(day=day) == [time(17, 30)]
    assert chosen(3, day=day, usual=(time(8),))[0] == time(9, 30)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Africa/Cairo"])
def test_the_clock_is_the_persons(zone: str) -> None:
    assert chosen(hours=quiet(zone=zone)) == [time(17, 30)]


def test_usual_times_are_hours_that_came_more_than_once() -> None:
    days = [DAY - timedelta(days=n) for n in range(4)]
    completions = [at(day, time(18, 40)) for day in days] + [at(day, time(7, 5)) for day in days[:2]]
    completions.append(at(DAY, time(13)))
    assert usual_times(completions, "Europe/Berlin") == (time(18), time(7))
    assert usual_times(completions[:2], "Europe/Berlin") == ()
    assert usual_times([], "Europe/Berlin") == ()
