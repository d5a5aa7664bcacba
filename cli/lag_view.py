"""How the lag of a group is put, in words and colours: alike in `delight lag` and `delight top`.

What raises an alert is red, half of it yellow (services/alert_rules.py).
"""

from rich.text import Text

from cli.output import moment, plain
from schemas.lag import GroupLag, GroupPause

_MANY, _TOO_MANY = 500, 1000
_LONG_SECONDS, _TOO_LONG_SECONDS = 150.0, 300.0


def state_of(group: GroupLag) -> Text:
    """What the group does: a paused one is paused, whatever its coordinator says of its members."""
    if group.paused:
        return Text("paused", style="yellow")
    return Text(group.state.value.replace("_", " "), style="" if group.members else "yellow")


def depth_of(group: GroupLag) -> Text:
    return Text(str(group.depth), style=_colour(group.depth, _MANY, _TOO_MANY))


def age_of(group: GroupLag) -> Text:
    """How long the oldest unhandled event has waited; nothing when none waits."""
    seconds = group.oldest_age_seconds
    return Text(duration(seconds) if seconds else "", style=_colour(seconds, _LONG_SECONDS, _TOO_LONG_SECONDS))


def breaker_of(group: GroupLag) -> Text:
    breaker = (group.breaker or "unknown").replace("_", "-")
    return Text(breaker, style={"open": "red", "half-open": "yellow"}.get(breaker, ""))


def pause_line(name: str, pause: GroupPause) -> str:
    """Who paused this group, since when, and why."""
    return f"{name} was paused by {plain(pause.paused_by)} at {moment(pause.paused_at)}: {plain(pause.reason)}"


def duration(seconds: float) -> str:
    """In the largest unit that fits; the future, by a clock that differs, is now."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _colour(value: float, many: float, too_many: float) -> str:
    return "red" if value > too_many else "yellow" if value > many else ""
