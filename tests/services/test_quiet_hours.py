from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.quiet_hours import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*moment: int, fold: int = 0) -> datetime:
    return datetime(*moment, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type,misc]


def nights(begin: time = time(22, 0), end: time = time(7, 0)) -> QuietHours:
    return QuietHours(begin, end, "Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (berlin(2026, 6, 1, 21, 59), None),
        (berlin(2026, 6, 1, 22, 0), berlin(2026, 6, 2, 7, 0)),
        (berlin(2026, 6, 2, 0, 0), berlin(2026, 6, 2, 7, 0)),
        (berlin(2026, 6, 2, 6, 59), berlin(2026, 6, 2, 7, 0)),
        (berlin(2026, 6, 2, 7, 0), None),
    ],
)
def test_a_night_goes_through_midnight(moment: datetime, end: datetime | None) -> None:
    assert nights().end_after(moment) == end


def test_the_same_moment_is_night_for_one_and_day_for_another() -> None:
    moment = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    assert nights().end_after(moment)
    assert not QuietHours(time(22, 0), time(7, 0), "America/New_York").end_after(moment)


def test_quiet_hours_may_lie_within_a_day_or_not_exist() -> None:
    naps = nights(time(13, 0), time(15, 0))
    assert naps.end_after(berlin(2026, 6, 1, 14, 0)) == berlin(2026, 6, 1, 15, 0)
    assert not naps.end_after(berlin(2026, 6, 1, 12, 59))
    assert not naps.end_after(berlin(2026, 6, 1, 15, 0))
    for hour in range(24):
        assert not nights(time(8, 0), time(8, 0)).end_after(berlin(2026, 6, 1, hour, 0))


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (berlin(2026, 3, 28, 22, 0), 8),  # the clocks skip an hour
        (berlin(2026, 10, 24, 22, 0), 10),  # an hour comes twice
        (berlin(2026, 6, 1, 22, 0), 9),
    ],
)
def test_a_night_ends_by_the_clock_when_the_clocks_change(evening: datetime, hours: int) -> None:
    end = nights().end_after(evening)
    assert end is not None
    assert end - evening.astimezone(UTC) == timedelta(hours=hours)
    assert end.astimezone(BERLIN).time() == time(7, 0)


def test_an_end_in_an_hour_that_comes_twice_holds_both_times() -> None:
    short = nights(end=time(2, 30))
    # In UTC: an hour that comes twice equals nothing in any other zone (PEP 495).
    assert short.end_after(berlin(2026, 10, 25, 2, 10)) == berlin(2026, 10, 25, 2, 30).astimezone(UTC)
    assert not short.end_after(berlin(2026, 10, 25, 2, 40))
    second = berlin(2026, 10, 25, 2, 10, fold=1)
    assert short.end_after(second) == berlin(2026, 10, 25, 2, 30, fold=1).astimezone(UTC)


def test_an_end_in_an_hour_that_is_skipped_is_never_early() -> None:
    end = nights(end=time(2, 30)).end_after(berlin(2026, 3, 29, 1, 59))
    assert end is not None
    assert end >= berlin(2026, 3, 29, 3, 0)


@pytest.mark.parametrize("begin", [time(0, 0), time(22, 0), time(23, 59, 59)])
@pytest.mark.parametrize("end", [time(2, 30), time(7, 0), time(21, 0)])
def test_an_end_always_lies_ahead_and_the_quiet_is_over_then(begin: time, end: time) -> None:
    for start in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        hours = nights(begin, end)
        for minutes in range(0, 36 * 60, 7):
            moment = start + timedelta(minutes=minutes)
            over = hours.end_after(moment)
            assert over is None or moment < over
