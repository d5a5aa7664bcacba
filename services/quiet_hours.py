"""Quiet hours: when a person is not to be written to, on their own clock, also on days when the clocks change.

They go through midnight when they end before they begin, and there are none when both times are equal.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.local_time import local_time

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` until `end` on the clock of the IANA zone `time_zone`."""

    begin: time
    end: time
    time_zone: str

    def end_after(self, moment: datetime) -> datetime | None:
        """When the quiet hours that `moment`, which must be aware, lies in are over; None when it lies in none."""
        local = local_time(moment, self.time_zone)
        clock, today = local.time(), local.date()
        if self.begin <= self.end:
            return self._end_on(today, moment) if self.begin <= clock < self.end else None
        if clock >= self.begin:
            return self._end_on(today + _ONE_DAY, moment)
        return self._end_on(today, moment) if clock < self.end else None

    def _end_on(self, day: date, moment: datetime) -> datetime:
        # An hour that the clocks skip ends late rather than early; of one that comes twice, the end still to come counts.
        first, second = (
            datetime.combine(day, self.end.replace(fold=fold), ZoneInfo(self.time_zone)).astimezone(UTC)
            for fold in (0, 1)
        )
        return first if first > moment else second
