"""When something that recurs daily at an hour of the person's clock was due last, and is due next. Pure functions.

An hour that the clocks skip comes when they have jumped; one that comes twice counts the first time. A calendar day that a
time zone left out (they exist) has no occurrence.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)


def latest_occurrence(now: datetime, at: time, zone: ZoneInfo) -> tuple[date, datetime]:
    """The latest day and moment, not after `now`, at which `zone`'s clock showed `at`."""
    day = now.astimezone(zone).date()
    while (moment := _occurrence(day, at, zone)) is None or moment > now:
        day -= _ONE_DAY
    return day, moment


def next_occurrence(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which `zone`'s clock will show `at`."""
    day = now.astimezone(zone).date()
    while (moment := _occurrence(day, at, zone)) is None or moment <= now:
        day += _ONE_DAY
    return moment


def _occurrence(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The moment of `day` at which the clock shows `at`; None when there was no such day."""
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    return moment if moment.astimezone(zone).date() == day else None
