"""A person's day is a calendar day of their own time zone, 23 or 25 hours long when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_time(moment: datetime, time_zone: str) -> datetime:
    """`moment`, which must be aware, on the clock of the IANA zone `time_zone`."""
    if moment.tzinfo is None:
        raise ValueError("moment must be aware")
    return moment.astimezone(ZoneInfo(time_zone))


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day that `moment` falls on in the IANA zone `time_zone`."""
    return local_time(moment, time_zone).date()


def next_midnight(moment: datetime, time_zone: str) -> datetime:
    """When the calendar day after that of `moment` begins in the IANA zone `time_zone`; in UTC."""
    tomorrow = local_day(moment, time_zone) + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, ZoneInfo(time_zone)).astimezone(UTC)
