"""The cells of the screen's tables: what a look says, in words and colours."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from cli.output import plain
from cli.top.admin_api import Look
from cli.top.lag_history import LagHistory
from schemas.alerts import AlertRead, Severity
from schemas.dead_letters import DeadLetterRead
from schemas.job_admin import GroupRead, JobStats
from schemas.lag import GroupLag

GROUP_COLUMNS = (
    "Job type", "State", "Workers", "Waiting", "Trend", "Oldest", "Breaker", "Done/min", "Retrying", "Dead", "p95",
)  # fmt: skip
LETTER_COLUMNS = ("Died", "Job type", "Person", "Status", "Attempts", "Error")

# What raises an alert is red, half of it yellow (services/alert_rules.py).
_MANY, _TOO_MANY = 500, 1000
_LONG_SECONDS, _TOO_LONG_SECONDS = 150.0, 300.0
_ERROR_WIDTH = 70


def group_rows(look: Look, history: LagHistory) -> list[tuple[str, Sequence[Text]]]:
    """The group's name and its cells, for each group of the system."""
    lags = {group.job_type: group for group in look.lag.groups} if look.lag is not None else {}
    stats = {one.job_type: one for one in look.stats.job_types}
    minutes = look.stats.window_seconds / 60
    return [
        (
            group.group,
            [
                Text(group.group),
                *_lag_cells(group, lags.get(group.group), history),
                *_job_cells(stats.get(group.group), minutes),
            ],
        )
        for group in look.groups
    ]


def letter_rows(letters: Sequence[DeadLetterRead], now: datetime) -> list[tuple[str, Sequence[Text]]]:
    return [
        (
            letter.id,
            [
                Text(f"{duration((now - letter.died_at).total_seconds())} ago"),
                Text(letter.job_type),
                Text(plain(letter.user_id)),
                Text(letter.status.value, style="red" if letter.status.value == "dead" else ""),
                Text(str(letter.attempts), justify="right"),
                Text(_error(letter)),
            ],
        )
        for letter in letters
    ]


def alert_lines(alerts: Sequence[AlertRead], now: datetime) -> Text:
    if not alerts:
        return Text("No alert fires.", style="green")
    lines = [
        Text(
            f"{alert.severity.value.upper()}  {alert.rule}: {plain(alert.summary)} "
            f"(for {duration((now - alert.since).total_seconds())})",
            style="bold red" if alert.severity is Severity.CRITICAL else "yellow",
        )
        for alert in alerts
    ]
    return Text("\n").join(lines)


def duration(seconds: float) -> str:
    """In the largest unit that fits; the future, by a clock that differs, is now."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _lag_cells(group: GroupRead, lag: GroupLag | None, history: LagHistory) -> list[Text]:
    if lag is None:
        state = Text("paused", style="yellow") if group.paused else Text("unknown", style="dim")
        return [state, *(Text("") for _ in range(5))]
    breaker = (lag.breaker or "unknown").replace("_", "-")
    state = Text(lag.state.value.replace("_", " "), style="" if lag.members else "yellow")
    return [
        Text("paused", style="yellow") if group.paused else state,
        Text(str(lag.members), justify="right"),
        Text(str(lag.depth), style=_colour(lag.depth, _MANY, _TOO_MANY), justify="right"),
        Text(history.sparkline(lag.job_type), style="cyan"),
        Text(
            duration(lag.oldest_age_seconds) if lag.oldest_age_seconds else "",
            style=_colour(lag.oldest_age_seconds, _LONG_SECONDS, _TOO_LONG_SECONDS),
            justify="right",
        ),
        Text(breaker, style={"open": "red", "half-open": "yellow"}.get(breaker, "")),
    ]


def _job_cells(stats: JobStats | None, minutes: float) -> list[Text]:
    if stats is None:
        return [Text("0", justify="right"), *(Text("", justify="right") for _ in range(3))]
    done = stats.succeeded + stats.rejected + stats.dead + stats.expired
    retrying = stats.retrying + stats.snoozed
    return [
        Text(f"{done / minutes:.3g}", justify="right"),
        Text(str(retrying or ""), style="yellow", justify="right"),
        Text(str(stats.dead or ""), style="red", justify="right"),
        Text("" if stats.p95_seconds is None else f"{stats.p95_seconds:.3g} s", justify="right"),
    ]


def _error(letter: DeadLetterRead) -> str:
    if letter.error is None:
        return letter.reason or ""
    text = plain(f"{letter.error.type}: {letter.error.message}").replace("\n", " ")
    return text if len(text) <= _ERROR_WIDTH else f"{text[: _ERROR_WIDTH - 1]}…"


def _colour(value: float, many: float, too_many: float) -> str:
    return "red" if value > too_many else "yellow" if value > many else ""
