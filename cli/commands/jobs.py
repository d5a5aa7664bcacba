"""`jobs`: find jobs, see what happened to one, count them, cancel one."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from cli.dead_letter_desk import OperatorName, operator_name
from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, console, moment, plain, print_json, print_table
from cli.servers import Servers, with_servers
from schemas.job_admin import JobCancelled, JobDetail, JobLine, JobQuery, StatsRead
from schemas.jobs import JobStatus
from schemas.pages import Page

_EXAMPLE_ID = "0190a1b2-0000-7000-8000-000000000001"
_LONGEST_ERROR = 60


def register(app: typer.Typer) -> None:
    jobs = typer.Typer(no_args_is_help=True, help="Find jobs, look into them, count and cancel them.")
    jobs.command("ls", epilog="Example: delight jobs ls --status retrying --since-minutes 60")(list_jobs)
    jobs.command("show", epilog=f"Example: delight jobs show {_EXAMPLE_ID}")(show)
    jobs.command("stats", epilog="Example: delight jobs stats --window-minutes 1440 --json")(stats)
    jobs.command("cancel", epilog=f"Example: delight jobs cancel {_EXAMPLE_ID} quest-generation")(cancel)
    app.add_typer(jobs, name="jobs", rich_help_panel="Operations")


def list_jobs(
    *,
    job_type: Annotated[str | None, typer.Option("--job-type", help="Only this job type.")] = None,
    status: Annotated[JobStatus | None, typer.Option("--status", help="Only jobs in this status.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Only jobs about this person.")] = None,
    error: Annotated[str | None, typer.Option("--error", help="Only jobs whose error contains this text.")] = None,
    since_minutes: Annotated[float | None, typer.Option(help="Only jobs settled within the last minutes.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Jobs of one page.")] = 20,
    cursor: Annotated[str | None, typer.Option("--cursor", help="The cursor that the page before named.")] = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List jobs, the last settled first. Jobs that still wait in Kafka are not among them: see `delight lag`."""
    from services import job_desk

    since = datetime.now(UTC) - timedelta(minutes=since_minutes) if since_minutes is not None else None
    query = JobQuery(
        job_type=job_type, status=status, user_id=user, error=error, since=since, limit=limit, cursor=cursor
    )

    async def search(servers: Servers) -> Page[JobLine]:
        async with servers.sessions() as session:
            return await job_desk.search(session, query)

    page = with_servers(folder, search)
    if as_json:
        print_json(page.model_dump(mode="json"))
        return
    if not page.items:
        print("No job matches. Jobs that still wait in Kafka are not among them: see `delight lag`.")
        return
    print_table(
        ["Event", "Job type", "Status", "Person", "Attempt", "Settled", "Error"],
        [
            (
                job.event_id,
                job.job_type,
                job.status,
                job.user_id,
                job.attempt,
                moment(job.finished_at),
                _shortened(job.error_message or ""),
            )
            for job in page.items
        ],
    )
    if page.next_cursor:
        print(f"More: --cursor {page.next_cursor}")


def show(
    event_id: Annotated[UUID, typer.Argument(help="The event's id.")],
    stacktrace: Annotated[bool, typer.Option("--stacktrace", help="Show where each failed attempt broke.")] = False,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show every job of an event: its attempts over all lives, the events it caused, what operators did."""
    from services import job_desk

    async def read(servers: Servers) -> list[JobDetail]:
        async with servers.sessions() as session:
            return await job_desk.read_jobs(session, event_id)

    details = with_servers(folder, read)
    if as_json:
        print_json([detail.model_dump(mode="json") for detail in details])
        return
    for detail in details:
        _print_detail(detail, stacktrace=stacktrace)


def stats(
    window_minutes: Annotated[int, typer.Option(min=1, max=10_080, help="Jobs settled within the last minutes.")] = 60,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show completion rate, durations, retries, tokens and cost of each job type."""
    from services import job_desk

    async def read(servers: Servers) -> StatsRead:
        async with servers.sessions() as session:
            return await job_desk.read_stats(session, timedelta(minutes=window_minutes))

    found = with_servers(folder, read)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    if not found.job_types:
        print("No job was settled within the window.")
        return
    print_table(
        [
            "Job type",
            "Succeeded",
            "Rejected",
            "Retrying",
            "Dead",
            "Completed",
            "Average",
            "p95",
            "Retries",
            "Tokens",
            "USD",
        ],
        [
            (
                one.job_type,
                one.succeeded,
                one.rejected,
                one.retrying + one.snoozed,
                one.dead,
                f"{one.completion_rate:.1%}" if one.completion_rate is not None else "",
                _seconds(one.average_seconds),
                _seconds(one.p95_seconds),
                one.retries,
                one.tokens_in + one.tokens_out,
                f"{one.cost:.4f}",
            )
            for one in found.job_types
        ],
    )


def cancel(
    event_id: Annotated[UUID, typer.Argument(help="The event's id.")],
    job_type: Annotated[str, typer.Argument(help="Which of its jobs.")],
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Cancel a job that waits or runs. A running agent is stopped, and nothing of it is saved."""
    from consumers.subscriptions import SUBSCRIPTIONS
    from services import job_desk

    async def order(servers: Servers) -> JobCancelled:
        async with servers.sessions() as session:
            return await job_desk.cancel(
                session,
                servers.redis,
                event_id=event_id,
                job_type=job_type,
                operator=operator_name(operator),
                subscriptions=SUBSCRIPTIONS,
            )

    cancelled = with_servers(folder, order)
    if as_json:
        print_json(cancelled.model_dump(mode="json"))
    else:
        print(f"{job_type} of {event_id} is cancelled.")


def _print_detail(detail: JobDetail, *, stacktrace: bool) -> None:
    out = console()
    title = Text.assemble(
        (detail.job_type, "bold"), f" of {detail.event_type} {detail.event_id}: ", (detail.status, "bold")
    )
    out.print(title)
    whole = (detail.finished_at - detail.accepted_at).total_seconds()
    facts = [
        f"person {detail.user_id}, request {detail.request_id or '-'}, trace {detail.trace_id or '-'}",
        f"accepted {moment(detail.accepted_at)}, settled {whole:.3f} s later; life {detail.life}, attempt {detail.attempt}",
        f"model {detail.model or '-'}, {detail.tokens_in} tokens in, {detail.tokens_out} out, {detail.cost:.6f} USD",
    ]
    if detail.next_attempt_at is not None:
        facts.append(f"next attempt due {moment(detail.next_attempt_at)}")
    if detail.error_type is not None and not detail.attempts:
        facts.append(f"{detail.error_type}: {detail.error_message}")
    for attempt in detail.attempts:
        took = (attempt.finished_at - attempt.started_at).total_seconds()
        worker = f" on {attempt.worker}" if attempt.worker else ""
        error = f": {attempt.error_type}: {attempt.error_message}" if attempt.error_type else ""
        facts.append(
            f"{moment(attempt.started_at)} life {attempt.life}, attempt {attempt.attempt}: {attempt.outcome} "
            f"after {took:.3f} s{worker}{error}"
        )
        if stacktrace and attempt.error_stacktrace:
            facts += [f"  {line}" for line in attempt.error_stacktrace.splitlines()]
    facts += [f"caused {effect['type']} {effect['id']}" for effect in detail.effects]
    facts += [f"{moment(action.created_at)} {action.operator}: {action.action}" for action in detail.actions]
    for fact in facts:
        out.print(Text(f"  {plain(fact)}"))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_ERROR else f"{line[: _LONGEST_ERROR - 1]}…"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f} s"
