"""When to nudge: in waking hours and outside quiet ones, after the times when the person usually does something.

Somebody who did what they usually do by then needs no nudge (activity makes it moot), and somebody who did not may be
glad of one. A pure function: its clock is an argument.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.local_time import local_time
from services.quiet_hours import QuietHours

WAKING_FROM = time(8, 0)
WAKING_UNTIL = time(21, 0)
"""Nobody is nudged outside of these, whatever their quiet hours are."""

AFTER_USUAL = timedelta(minutes=90)
"""How long after the beginning of a usual hour a nudge comes."""

MIN_COMPLETIONS = 3
"""Fewer completions say nothing about when the person usually does something."""

DEFAULT_TIMES = (time(17, 30), time(11, 0), time(14, 30), time(20, 0), time(9, 30))
"""For a person of whom nothing is known, and for further nudges of a day, in the order in which they are taken."""

MIN_SPACING = timedelta(hours=2, minutes=30)
"""Between two nudges of a person."""

LEAD = timedelta(minutes=10)
"""A nudge is chosen at least so long before its moment."""

LIFETIME = timedelta(hours=2)
"""How long after its moment a nudge is still worth delivering; quiet hours end it earlier."""

MIN_LIFETIME = timedelta(minutes=30)

_STEP = timedelta(minutes=15)


def usual_times(completions: Sequence[datetime], time_zone: str) -> tuple[time, ...]:
    """When the person usually completes missions, as hours on their clock, the most usual first."""
    if len(completions) < MIN_COMPLETIONS:
        return ()
    hours = Counter(local_time(moment, time_zone).hour for moment in completions)
    ranked = sorted(hours.items(), key=lambda item: (-item[1], item[0]))
    return tuple(time(hour) for hour, count in ranked if count > 1)


def choose_moments(
    *, day: date, now: datetime, quiet: QuietHours, usual: Sequence[time], count: int
) -> tuple[datetime, ...]:
    """At most `count` moments of the person's calendar `day`, all after `now`, in order.

    Fewer, when the day has no more room for them.
    """
    possible = [moment for moment in _allowed(day, quiet) if moment >= now + LEAD]
    after = [_plus(moment, AFTER_USUAL) for moment in usual]
    chosen: list[datetime] = []
    for wanted in (*after, *DEFAULT_TIMES):
        if len(chosen) == count:
            break
        target = datetime.combine(day, wanted, ZoneInfo(quiet.time_zone)).astimezone(UTC)
        # Rather later than earlier: before its time, what the person does by themselves may still come.
        free = [moment for moment in possible if all(abs(moment - other) >= MIN_SPACING for other in chosen)]
        if free:
            chosen.append(min(free, key=lambda moment: (moment < target, abs(moment - target))))
    return tuple(sorted(chosen))


def expiry_of(moment: datetime, quiet: QuietHours) -> datetime:
    """Until when a nudge of this moment may be delivered: its lifetime, but never into quiet or sleeping hours."""
    end = moment
    while end < moment + LIFETIME and _may_disturb(end + _STEP, quiet):
        end += _STEP
    return end


def _allowed(day: date, quiet: QuietHours) -> Iterator[datetime]:
    """The quarters of an hour of `day` at which the person may be nudged and has a while to see it."""
    zone = ZoneInfo(quiet.time_zone)
    # In steps of real time, so that hours which the clocks skip or repeat need no case of their own.
    moment = datetime.combine(day, time(), zone).astimezone(UTC)
    while local_time(moment, quiet.time_zone).date() <= day:
        if (
            local_time(moment, quiet.time_zone).date() == day
            and _may_disturb(moment, quiet)
            and expiry_of(moment, quiet) - moment >= MIN_LIFETIME
        ):
            yield moment
        moment += _STEP


def _may_disturb(moment: datetime, quiet: QuietHours) -> bool:
    clock = local_time(moment, quiet.time_zone).time()
    return WAKING_FROM <= clock < WAKING_UNTIL and quiet.end_after(moment) is None


def _plus(moment: time, delay: timedelta) -> time:
    # Past midnight it is another day's: the end of this one is the closest.
    minutes = min(moment.hour * 60 + moment.minute + int(delay.total_seconds() // 60), 23 * 60 + 59)
    return time(*divmod(minutes, 60))
