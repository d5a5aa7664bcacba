from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from services.local_time import local_day
from services.streaks import (
    MILESTONES,
    calculate_streak,
    is_at_risk,
    living_days,
    next_milestone,
    reached_milestone,
)

MONDAY = date(2026, 3, 2)


def days(*offsets: int) -> list[date]:
    return [MONDAY + timedelta(days=offset) for offset in offsets]


def test_no_days_are_no_streak() -> None:
    streak = calculate_streak([])
    assert (streak.days, streak.best_days, streak.last_day) == (0, 0, None)


def test_consecutive_days_count_and_a_day_counts_once() -> None:
    streak = calculate_streak(days(0, 1, 1, 1, 2))
    assert (streak.days, streak.best_days, streak.last_day) == (3, 3, MONDAY + timedelta(days=2))


def test_a_missed_day_starts_anew_and_the_best_run_is_kept() -> None:
    streak = calculate_streak(days(0, 1, 2, 4, 5))
    assert (streak.days, streak.best_days) == (2, 3)


def test_the_order_of_the_days_does_not_matter() -> None:
    expected = calculate_streak(days(0, 1, 2, 4))
    assert all(calculate_streak(order) == expected for order in permutations(days(0, 1, 2, 4)))


def test_a_day_told_late_links_the_runs_beside_it() -> None:
    assert calculate_streak(days(0, 1, 3, 4)).days == 2
    assert calculate_streak([*days(0, 1, 3, 4), *days(2)]).days == 5


@pytest.mark.parametrize(("days_later", "alive"), [(0, 3), (1, 3), (2, 0), (-1, 3)])
def test_a_run_lives_through_the_day_after_its_last(days_later: int, alive: int) -> None:
    assert living_days(3, MONDAY, MONDAY + timedelta(days=days_later)) == alive


def test_a_run_is_at_risk_on_the_day_after_its_last_only() -> None:
    risky = [is_at_risk(2, MONDAY, MONDAY + timedelta(days=later)) for later in range(3)]
    assert risky == [False, True, False]
    assert not is_at_risk(0, None, MONDAY)


def test_milestones_are_reached_by_passing_them() -> None:
    assert reached_milestone(6, 7) == 7
    assert reached_milestone(7, 7) is None
    assert reached_milestone(7, 8) is None
    assert reached_milestone(5, 16) == 14
    assert reached_milestone(20, 1) is None


def test_the_next_milestone_ends_with_the_last() -> None:
    assert [next_milestone(milestone - 1) for milestone in MILESTONES] == list(MILESTONES)
    assert next_milestone(MILESTONES[-1]) is None


@pytest.mark.parametrize(
    "time_zone",
    ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"],
)
@pytest.mark.parametrize("hour", [0, 2, 12, 23])
def test_the_same_hour_of_every_local_day_is_one_unbroken_streak_through_a_year(time_zone: str, hour: int) -> None:
    zone = ZoneInfo(time_zone)
    first = datetime(2026, 1, 1, hour, 30, tzinfo=zone)
    # Adding days to an aware datetime moves its wall clock, whatever the clocks do in between.
    moments = [(first + timedelta(days=day)).astimezone(UTC) for day in range(365)]
    streak = calculate_streak(local_day(moment, time_zone) for moment in moments)
    assert streak.days == 365


def test_both_sides_of_a_clock_change_are_one_day_each() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00.
    spring = [datetime(2026, 3, 28, 22, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, 1, tzinfo=UTC)]
    assert [local_day(moment, "Europe/Berlin").day for moment in spring] == [28, 29]
    assert local_day(datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "Europe/Berlin").day == 29
    assert local_day(datetime(2026, 3, 29, 22, 1, tzinfo=UTC), "Europe/Berlin").day == 30
    autumn = [datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 22, 59, tzinfo=UTC)]
    assert {local_day(moment, "Europe/Berlin") for moment in autumn} == {date(2026, 10, 25)}


def test_the_same_moments_are_a_streak_in_one_zone_and_none_in_another() -> None:
    late = [datetime(2026, 5, 1, 23, 30, tzinfo=UTC), datetime(2026, 5, 2, 0, 30, tzinfo=UTC)]
    assert calculate_streak(local_day(moment, "UTC") for moment in late).days == 2
    assert calculate_streak(local_day(moment, "Europe/Berlin") for moment in late).days == 1


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 5, 1, 12, 0), "UTC")  # noqa: DTZ001
