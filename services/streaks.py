"""Streaks: consecutive days with a completed mission. Pure functions over calendar days.

The days are calendar days of the person's own time zone (`services.local_time`), so a run neither breaks nor gains a
day when the clocks change. A run stays alive through the day after its last day: today is not over yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

MILESTONES = (7, 14, 30, 100, 365)
"""The lengths, in days, at which a streak is celebrated."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """The run that ends on `last_day`, and the longest run there ever was."""

    days: int
    best_days: int
    last_day: date | None


def calculate_streak(completed_days: Iterable[date]) -> Streak:
    """The streak of these days, in any order, however often each: a day told late joins the runs it links."""
    last_day: date | None = None
    days = best_days = 0
    for day in sorted(set(completed_days)):
        days = days + 1 if last_day is not None and day - last_day == _ONE_DAY else 1
        best_days = max(best_days, days)
        last_day = day
    return Streak(days, best_days, last_day)


def living_days(days: int, last_day: date | None, today: date) -> int:
    """What the run of `days` that ended on `last_day` counts today: zero once a whole day was missed."""
    # A last day ahead of today is alive: the person flew west.
    return days if last_day is not None and today - last_day <= _ONE_DAY else 0


def is_at_risk(days: int, last_day: date | None, today: date) -> bool:
    """Whether the run is alive and ends unless a mission is completed today."""
    return days > 0 and last_day is not None and today - last_day == _ONE_DAY


def next_milestone(days: int) -> int | None:
    """The first milestone above `days`; None beyond the last."""
    return next((milestone for milestone in MILESTONES if milestone > days), None)


def reached_milestone(before: int, after: int) -> int | None:
    """The highest milestone passed by growing from `before` to `after` days; None when none was."""
    return max((milestone for milestone in MILESTONES if before < milestone <= after), default=None)
