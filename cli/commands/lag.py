"""`lag`: what each consumer group has not handled yet, from the monitor's last snapshot or measured on the spot."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group as Together
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, console, moment, print_json, print_table
from infra.exceptions import InvalidRequest, ServiceUnavailable
from infra.settings import Settings

if TYPE_CHECKING:
    from schemas.lag import GroupLag, LagSnapshot

_COLUMNS = ("Job type", "State", "Members", "Lag", "Due", "Depth", "Oldest", "Lost", "Breaker")
_NUMBERS = frozenset({"Members", "Lag", "Due", "Depth", "Oldest", "Lost"})
_PARTITION_COLUMNS = ("Topic", "Partition", "Committed", "End", "Lag", "Lost", "Waits since")
_WATCH_SECONDS = 2.0


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight lag --watch")(lag)


def lag(
    job_type: Annotated[str | None, typer.Argument(help="Show the partitions of this job type.")] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every two seconds, until Ctrl-C.")] = False,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show per group what waits for it, and since when. Red is what raises an alert."""
    if watch and as_json:
        raise InvalidRequest("--watch shows a table: leave out --json.")
    settings = resolve_settings(folder)
    if watch:
        try:
            asyncio.run(_watch(settings, job_type))
        except KeyboardInterrupt:
            return
    snapshot, measured_here = asyncio.run(_take(settings))
    if as_json:
        groups = [_group(snapshot, job_type)] if job_type else snapshot.groups
        print_json(snapshot.model_copy(update={"groups": groups}).model_dump(mode="json"))
    else:
        _print(snapshot, job_type)
    if measured_here:
        sys.stderr.write("No monitor runs (`delight monitor`): this was measured just now.\n")


async def _take(settings: Settings) -> "tuple[LagSnapshot, bool]":
    """The monitor's snapshot, or one measured here, and whether it was."""
    from redis.exceptions import RedisError

    from infra.lag_board import read_snapshot
    from infra.redis import create_redis

    redis = create_redis(settings, max_connections=2)
    try:
        snapshot = await read_snapshot(redis)
    except (RedisError, OSError):
        snapshot = None
    finally:
        await redis.aclose()
    return (snapshot, False) if snapshot is not None else (await _measure(settings), True)


async def _measure(settings: Settings) -> "LagSnapshot":
    from consumers.subscriptions import SUBSCRIPTIONS
    from infra.database import create_engine, session_factory
    from infra.lag_monitor import LagMonitor
    from infra.redis import create_redis
    from services.observer import Observer

    engine = create_engine(settings, pool_size=2)
    redis = create_redis(settings, max_connections=2)
    monitor = LagMonitor(settings, SUBSCRIPTIONS)
    try:
        observer = Observer(SUBSCRIPTIONS, lag=monitor, sessions=session_factory(engine), redis=redis)
        seen = await observer.observe()
    finally:
        await monitor.close()
        await redis.aclose()
        await engine.dispose()
    snapshot = seen.snapshot()
    if snapshot is None:
        raise ServiceUnavailable(f"Kafka could not be measured at {settings.kafka_bootstrap_servers}.")
    return snapshot


async def _watch(settings: Settings, job_type: str | None) -> None:
    with Live(console=console(), auto_refresh=False) as live:
        while True:
            snapshot, measured_here = await _take(settings)
            source = "measured here, no monitor runs" if measured_here else "from the monitor"
            age = (datetime.now(UTC) - snapshot.measured_at).total_seconds()
            note = Text(f"{age:.0f} s old, {source}; Ctrl-C ends", style="dim")
            live.update(Together(*_parts(snapshot, job_type), note), refresh=True)
            await asyncio.sleep(_WATCH_SECONDS)


def _print(snapshot: "LagSnapshot", job_type: str | None) -> None:
    if sys.stdout.isatty():
        console().print(*_parts(snapshot, job_type), sep="\n")
    elif job_type:
        group = _group(snapshot, job_type)
        print_table(_PARTITION_COLUMNS, [[cell.plain for cell in row] for row in _partition_rows(group)])
        _print_lines(_pauses([group]))
    else:
        print_table(_COLUMNS, [[cell.plain for cell in _row(group)] for group in snapshot.groups])
        _print_lines(_pauses(snapshot.groups))


def _parts(snapshot: "LagSnapshot", job_type: str | None) -> "list[Table | Text]":
    """What a terminal shows: the table, and under it who paused what."""
    groups = [_group(snapshot, job_type)] if job_type else snapshot.groups
    table = _partition_table(groups[0]) if job_type else _table(snapshot)
    return [table, *(Text(line, style="yellow") for line in _pauses(groups))]


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)


def _group(snapshot: "LagSnapshot", job_type: str) -> "GroupLag":
    for group in snapshot.groups:
        if group.job_type == job_type:
            return group
    known = ", ".join(group.job_type for group in snapshot.groups)
    raise InvalidRequest(f"There is no job type {job_type!r}. There are: {known}.")


def _table(snapshot: "LagSnapshot") -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in _COLUMNS:
        # A narrow terminal may break what is said, but not the name that has to be typed elsewhere.
        table.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=name == _COLUMNS[0])
    for group in snapshot.groups:
        table.add_row(*_row(group))
    return table


def _row(group: "GroupLag") -> list[Text]:
    from cli.lag_view import age_of, breaker_of, depth_of, state_of

    return [
        Text(group.job_type),
        state_of(group),
        Text(str(group.members)),
        Text(str(group.lag)),
        Text(str(group.outbox_due)),
        depth_of(group),
        age_of(group),
        Text(str(group.lost), style="red" if group.lost else ""),
        breaker_of(group),
    ]


def _pauses(groups: "Sequence[GroupLag]") -> list[str]:
    from cli.lag_view import pause_line

    return [pause_line(group.job_type, group.pause) for group in groups if group.pause is not None]


def _partition_table(group: "GroupLag") -> Table:
    table = Table(title=group.group, title_justify="left", title_style="bold")
    for name in _PARTITION_COLUMNS:
        table.add_column(name)
    for row in _partition_rows(group):
        table.add_row(*row)
    return table


def _partition_rows(group: "GroupLag") -> list[list[Text]]:
    return [
        [
            Text(partition.topic),
            Text(str(partition.partition)),
            Text("never" if partition.committed is None else str(partition.committed)),
            Text(str(partition.end)),
            Text(str(partition.lag)),
            Text(str(partition.lost), style="red" if partition.lost else ""),
            Text(moment(partition.oldest_at) if partition.oldest_at else ""),
        ]
        for partition in group.partitions
    ]
