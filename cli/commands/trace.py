"""`trace`: the way one event took, and that of everything it caused, as a tree with a bar for each step."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, console, moment, plain, print_json
from cli.servers import Servers, with_servers
from schemas.jobs import JobStatus
from schemas.journeys import Journey, JourneyJob, JourneyStep, StepKind

T = TypeVar("T")

_EXAMPLE_ID = "0190a1b2-0000-7000-8000-000000000001"
_BAR_WIDTH = 30
_NARROW = 110
_COLOURS = {
    StepKind.ATTEMPT: "green",
    StepKind.SETTLED: "blue",
    StepKind.NOTIFIED: "magenta",
    StepKind.OPERATOR: "cyan",
}
_STATUS_COLOURS = {
    JobStatus.SUCCEEDED: "green",
    JobStatus.DEAD: "red",
    JobStatus.RETRYING: "yellow",
    JobStatus.SNOOZED: "yellow",
}


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog=f"Example: delight trace {_EXAMPLE_ID}")(trace)


def trace(
    event_id: Annotated[UUID, typer.Argument(help="The event's id, which is also the id of its job.")],
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show the way one event took, how long each step was, and the events that it caused."""
    from consumers.subscriptions import SUBSCRIPTIONS
    from services import journey_service

    async def read(servers: Servers) -> Journey:
        async with servers.sessions() as session:
            return await journey_service.read_journey(session, servers.redis, event_id, SUBSCRIPTIONS)

    journey = with_servers(folder, read)
    if as_json:
        print_json(journey.model_dump(mode="json"))
    elif sys.stdout.isatty():
        _draw(journey)
    else:
        _print(journey)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the tree: an event, a job, or a step of a job."""

    guide: str
    text: Text
    step: JourneyStep | None = None


def _draw(journey: Journey) -> None:
    out = console()
    out.print(_heading(journey))
    lines = list(_lines(journey))
    began, ended = _span(lines)
    # On a narrow terminal the bars go, and not the words.
    has_bars = out.width >= _NARROW
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Step")
    table.add_column("After", justify="right", no_wrap=True)
    table.add_column("Took", justify="right", no_wrap=True)
    if has_bars:
        table.add_column("", no_wrap=True, width=_BAR_WIDTH)
    for line in lines:
        step = line.step
        cells: list[Text] = [Text(line.guide, style="dim") + line.text]
        if step is None or began is None or ended is None:
            table.add_row(*cells)
            continue
        cells += [Text(_time((step.began_at - began).total_seconds())), Text(_time(step.seconds))]
        if has_bars:
            cells.append(Text(_bar(step, began, ended), style=_COLOURS.get(step.kind, "yellow")))
        table.add_row(*cells)
    out.print(table)


def _print(journey: Journey) -> None:
    """For a pipe: one step a line, the tree as indentation, no bars."""
    print(_heading(journey).plain)
    lines = list(_lines(journey))
    began, _ = _span(lines)
    for line in lines:
        indented = " " * len(line.guide) + line.text.plain
        if line.step is None or began is None:
            print(indented)
        else:
            after = _time((line.step.began_at - began).total_seconds())
            print(f"{indented}  after {after}, took {_time(line.step.seconds)}")


def _heading(journey: Journey) -> Text:
    facts = []
    if journey.accepted_at is not None:
        facts.append(f"accepted {moment(journey.accepted_at)}")
    facts += [f"person {plain(journey.user_id)}"] if journey.user_id else []
    facts += [f"request {journey.request_id}"] if journey.request_id else []
    facts += [f"trace {journey.trace_id}"] if journey.trace_id else []
    return Text.assemble((f"{journey.type} {journey.event_id}", "bold"), "\n", ", ".join(facts))


def _lines(journey: Journey, guide: str = "") -> Iterator[_Line]:
    for job, head, below in _branches(journey.jobs, guide):
        status = Text(f"{job.status}", style=_STATUS_COLOURS.get(job.status, ""))
        yield _Line(head, Text.assemble((job.job_type, "bold"), ": ", status))
        yield from _job_lines(job, below)


def _job_lines(job: JourneyJob, guide: str) -> Iterator[_Line]:
    parts: list[JourneyStep | Journey] = [*job.steps, *job.caused]
    for part, head, below in _branches(parts, guide):
        if isinstance(part, JourneyStep):
            detail = f" ({plain(part.detail)})" if part.detail else ""
            yield _Line(head, Text(part.what + detail), part)
        else:
            handled = "" if part.jobs else ": no group"
            yield _Line(head, Text(f"caused {part.type} {part.event_id}{handled}"))
            yield from _lines(part, below)


def _branches(items: Sequence[T], guide: str) -> Iterator[tuple[T, str, str]]:
    """Each item with the lines of the tree before it, and before what hangs from it."""
    for number, item in enumerate(items, start=1):
        is_last = number == len(items)
        yield item, guide + ("└─ " if is_last else "├─ "), guide + ("   " if is_last else "│  ")


def _span(lines: list[_Line]) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first step to the end of the last."""
    steps = [line.step for line in lines if line.step is not None]
    if not steps:
        return None, None
    return min(step.began_at for step in steps), max(step.ended_at for step in steps)


def _bar(step: JourneyStep, began: datetime, ended: datetime) -> str:
    """Where the step lies in the whole, to scale; the shortest is still to be seen."""
    whole = (ended - began).total_seconds() or 1.0
    start = round((step.began_at - began).total_seconds() / whole * _BAR_WIDTH)
    end = round((step.ended_at - began).total_seconds() / whole * _BAR_WIDTH)
    start = min(start, _BAR_WIDTH - 1)
    return " " * start + ("█" * (end - start) if end > start else "▏")


def _time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
