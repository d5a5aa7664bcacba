from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from producers.recurrence import latest_occurrence, next_occurrence

BERLIN, NEW_YORK, CAIRO, APIA = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def test_an_ordinary_day() -> None:
    now = utc(2026, 6, 10, 1, 0)  # 03:00 in Berlin
    assert latest_occurrence(now, time(3), BERLIN) == (date(2026, 6, 10), now)
    assert latest_occurrence(now - timedelta(seconds=1), time(3), BERLIN)[0] == date(2026, 6, 9)
    assert next_occurrence(now, time(3), BERLIN) == now + timedelta(days=1)
    assert next_occurrence(now - timedelta(seconds=1), time(3), BERLIN) == now


def test_an_hour_that_the_clocks_skip_comes_when_they_have_jumped() -> None:
    day = date(2026, 3, 29)  # 02:00 becomes 03:00
    assert latest_occurrence(utc(2026, 3, 29, 1, 30), time(2, 30), BERLIN) == (day, utc(2026, 3, 29, 1, 30))
    assert next_occurrence(utc(2026, 3, 28, 12), time(3), BERLIN) == utc(2026, 3, 29, 1)
    # Where they jump at midnight, the day begins at one.
    assert next_occurrence(utc(2026, 4, 23, 12), time(0), CAIRO) == utc(2026, 4, 23, 22)


def test_an_hour_that_comes_twice_counts_the_first_time() -> None:
    day = date(2026, 11, 1)  # 02:00 becomes 01:00
    first = utc(2026, 11, 1, 5, 30)
    for minutes in (0, 30, 60, 120):
        assert latest_occurrence(first + timedelta(minutes=minutes), time(1, 30), NEW_YORK) == (day, first)
    assert next_occurrence(first, time(1, 30), NEW_YORK) == utc(2026, 11, 2, 6, 30)


def test_a_day_that_a_zone_left_out_has_no_occurrence() -> None:
    # Samoa went from 29 to 31 December 2011.
    before = utc(2011, 12, 29, 20)  # 10:00 on the 29th
    assert latest_occurrence(before, time(10), APIA) == (date(2011, 12, 29), before)
    assert next_occurrence(before, time(10), APIA) == utc(2011, 12, 30, 20)
    assert latest_occurrence(utc(2011, 12, 30, 19), time(10), APIA)[0] == date(2011, 12, 29)
    assert latest_occurrence(utc(2011, 12, 30, 20), time(10), APIA)[0] == date(2011, 12, 31)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "UTC"]
)
@pytest.mark.parametrize("at", [time(0), time(1, 30), time(2, 15), time(3), time(23, 45)])
def test_every_day_of_a_year_comes_exactly_once(zone: str, at: time) -> None:
    place = ZoneInfo(zone)
    moment = utc(2026, 1, 1)
    days = []
    while moment < utc(2027, 1, 2):
        moment = next_occurrence(moment, at, place)
        day, latest = latest_occurrence(moment, at, place)
        assert latest == moment
        days.append(day)
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert len(days) in (365, 366, 367)
