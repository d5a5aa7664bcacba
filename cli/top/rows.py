"""The cells of the screen's tables: what a look says, in words and colours."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from cli.lag_view import age_of, breaker_of, depth_of, duration, state_of
from cli.output import SEVERITY_STYLES, plain
from cli.top.admin_api import Look
from cli.top.lag_history import LagHistory
from schemas.alerts import AlertRead
from schemas.dead_letters import DeadLetterRead
from schemas.job_admin import GroupRead, JobStats
from schemas.lag import GroupLag

GROUP_COLUMNS = (
    "Job type", "State", "Workers", "Waiting", "Trend", "Oldest", "Breaker", "Done/min", "Retrying", "Dead", "p95",
)  # fmt: skip
LETTER_COLUMNS = ("Died", "Job type", "Person", "Status", "Attempts", "Error")

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


def alert_lines(alerts: Sequence[AlertRead], groups: Sequence[GroupRead], now: datetime) -> Text:
    """What needs an operator: the alerts that fire, and the groups that somebody paused."""
    lines = [] if alerts else [Text("No alert fires.", style="green")]
    lines += [
        Text(
            f"{alert.severity.value.upper()}  {alert.rule}: {plain(alert.summary)} "
            f"(for {duration((now - alert.since).total_seconds())})",
            style=SEVERITY_STYLES[alert.severity],
        )
        for alert in alerts
    ]
    lines += [
        Text(
            f"PAUSED  {group.group} by {plain(group.paused_by or '')}: {plain(group.reason or '')} "
            f"(for {duration((now - group.paused_at).total_seconds())})",
            style="yellow",
        )
        for group in groups
        if group.paused_at is not None
    ]
    return Text("\n").join(lines)


def _lag_cells(group: GroupRead, lag: GroupLag | None, history: LagHistory) -> list[Text]:
    if lag is None:
        state = Text("paused", style="yellow") if group.paused else Text("unknown", style="dim")
        return [state, *(Text("") for _ in range(5))]
    return [
        Text("paused", style="yellow") if group.paused else state_of(lag),
        _right(Text(str(lag.members))),
        _right(depth_of(lag)),
        Text(history.sparkline(lag.job_type), style="cyan"),
        _right(age_of(lag)),
        breaker_of(lag),
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


def _right(cell: Text) -> Text:
    cell.justify = "right"
    return cell
