"""`dlq`: the dead letters, for operators."""

import json
import sys
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.dead_letter_desk import (
    Desk,
    Error,
    Failure,
    JobType,
    Letter,
    NewerThan,
    OlderThan,
    OperatorName,
    User,
    Yes,
    check_job_type,
    confirm,
    operator_name,
    read_filter,
    with_desk,
)
from cli.dead_letter_view import print_groups, print_letter, print_letters, print_plan, print_runs
from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, print_json
from infra.exceptions import InvalidRequest
from schemas.dead_letters import DEFAULT_RATE, MAX_RATE, DeadLetterEdit, RetryOrder, RetryPlan, RetryRunRead, RunState

_EXAMPLE_ID = "0190a1b2-0000-7000-8000-000000000001:quest-generation"


def register(app: typer.Typer) -> None:
    dlq = typer.Typer(no_args_is_help=True, help="Look at dead letters; retry, edit or discard them.")
    dlq.command("list", epilog="Example: delight dlq list --job-type quest-generation --newer-than 2h")(list_letters)
    dlq.command("groups", epilog="Example: delight dlq groups --json")(groups)
    dlq.command("show", epilog=f"Example: delight dlq show {_EXAMPLE_ID}")(show)
    dlq.command("retry", epilog=f"Example: delight dlq retry {_EXAMPLE_ID}")(retry)
    dlq.command("retry-all", epilog="Example: delight dlq retry-all --failure 1f0c9a2b7d3e4f56 --rate 5 --canary 3")(
        retry_all
    )
    dlq.command("runs", epilog="Example: delight dlq runs")(runs)
    dlq.command("edit", epilog=f"Example: delight dlq edit {_EXAMPLE_ID} --data '{{\"count\": 3}}' --retry")(edit)
    dlq.command("discard", epilog=f"Example: delight dlq discard {_EXAMPLE_ID} --reason 'sent by mistake'")(discard)
    dlq.command("rebuild", epilog="Example: delight dlq rebuild")(rebuild)
    app.add_typer(dlq, name="dlq", rich_help_panel="Operations")


def list_letters(
    *,
    job_type: JobType = None,
    error: Error = None,
    failure: Failure = None,
    user: User = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Letters of one page.")] = 20,
    cursor: Annotated[str | None, typer.Option("--cursor", help="The cursor that the page before named.")] = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, the last that died first."""
    wanted = read_filter(
        job_type=job_type, error=error, failure=failure, user=user, older_than=older_than, newer_than=newer_than
    )
    page = with_desk(folder, lambda it: it.letters.list_letters(wanted, limit=limit, cursor=cursor), sends=False)
    if not page.items:
        check_job_type(job_type)
    if as_json:
        print_json(page.model_dump(mode="json"))
        return
    print_letters(page.items)
    if page.next_cursor is not None:
        print(f"There are more: --cursor {page.next_cursor}")


def groups(
    *,
    job_type: JobType = None,
    error: Error = None,
    user: User = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List dead letters by what went wrong, the largest group first."""
    wanted = read_filter(
        job_type=job_type, error=error, failure=None, user=user, older_than=older_than, newer_than=newer_than
    )
    found = with_desk(folder, lambda it: it.letters.list_groups(wanted), sends=False)
    if not found:
        check_job_type(job_type)
    if as_json:
        print_json([group.model_dump(mode="json") for group in found])
    else:
        print_groups(found)


def show(letter: Letter, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Show one dead letter: its record, its error, its attempts over all lives, and what operators did."""
    found = with_desk(folder, lambda it: it.letters.show(letter))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_letter(found)


def retry(
    letter: Letter, operator: OperatorName = None, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False
) -> None:
    """Send a dead letter back to its group, with a fresh budget of attempts."""
    retried = with_desk(folder, lambda it: it.letters.retry(letter, operator=operator_name(operator)))
    if as_json:
        print_json(retried.model_dump(mode="json"))
    else:
        print(f"{retried.id} begins life {retried.life}.")


def retry_all(
    *,
    job_type: JobType = None,
    error: Error = None,
    failure: Failure = None,
    user: User = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    rate: Annotated[float, typer.Option("--rate", max=MAX_RATE, help="Dead letters per second.")] = DEFAULT_RATE,
    canary: Annotated[
        int, typer.Option("--canary", min=0, max=1000, help="Try so many first; halt when one of them dies again.")
    ] = 0,
    plan_only: Annotated[bool, typer.Option("--plan", help="Show the plan and do nothing.")] = False,
    resume: Annotated[UUID | None, typer.Option("--resume", metavar="RUN", help="Go on with this run.")] = None,
    stop: Annotated[UUID | None, typer.Option("--stop", metavar="RUN", help="Stop this run.")] = None,
    yes: Yes = False,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Retry all dead letters that match, at a rate, after showing the plan.

    The run is on record: when this command is interrupted, `--resume` goes on where it stopped, and so does a
    running API by itself.
    """
    who = operator_name(operator)
    if stop is not None:
        stopped = with_desk(folder, lambda it: it.runs.stop(stop, operator=who), sends=False)
        _print_run(None, stopped, as_json=as_json)
        return
    plan: RetryPlan | None = None
    run_id = resume
    if run_id is None:
        if rate <= 0:
            raise InvalidRequest("--rate must be positive.")
        wanted = read_filter(
            job_type=job_type, error=error, failure=failure, user=user, older_than=older_than, newer_than=newer_than
        )
        plan = with_desk(folder, lambda it: it.runs.plan(wanted))
        if plan.letters == 0:
            check_job_type(job_type)
        if not as_json:
            print_plan(plan)
        if plan_only or plan.letters == 0:
            _print_run(plan, None, as_json=as_json)
            return
        confirm(f"Retry them at {rate:g} a second?", yes=yes)
        order = RetryOrder(filter=wanted, rate=rate, canary=canary)
        run_id = with_desk(folder, lambda it: it.runs.order(order, operator=who)).id
        # Known before the work begins, for who has to go on with it.
        print(f"Run {run_id}.", file=sys.stderr, flush=True)
    try:
        run = with_desk(folder, lambda it: _work_off(it, run_id, who))
    except KeyboardInterrupt:
        raise InvalidRequest(
            f"The run is not at its end: `delight dlq retry-all --resume {run_id}` goes on, and so does a running API. "
            f"`--stop {run_id}` ends it."
        ) from None
    _print_run(plan, run, as_json=as_json)
    if run.state is RunState.HALTED:
        raise InvalidRequest(
            "A canary died again, so the others were left as they are. `--resume` retries them anyway."
        )


def runs(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """List the newest retries of many, and what became of their jobs."""
    found = with_desk(folder, lambda it: it.runs.list_runs(), sends=False)
    if as_json:
        print_json([run.model_dump(mode="json") for run in found])
    else:
        print_runs(found)


def edit(
    letter: Letter,
    *,
    data: Annotated[
        str, typer.Option("--data", "-d", help="The event's data as JSON, as a whole; `-` reads standard input.")
    ],
    event_type: Annotated[
        str | None, typer.Option("--type", help="The event type, where the record does not say it.")
    ] = None,
    then_retry: Annotated[bool, typer.Option("--retry", help="Retry it at once.")] = False,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Give a dead letter's event new data, checked against its schema. The event keeps its id."""
    text = sys.stdin.read() if data == "-" else data
    change = DeadLetterEdit(data=_read_object(text), event_type=event_type, retry=then_retry)
    who = operator_name(operator)
    retried = with_desk(folder, lambda it: it.letters.edit(letter, change, operator=who))
    if as_json:
        print_json({"edited": letter, "retried": retried.model_dump(mode="json") if retried else None})
    else:
        print(f"{letter} is edited." if retried is None else f"{retried.id} is edited and begins life {retried.life}.")


def discard(
    letter: Letter,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, for the record.")],
    yes: Yes = False,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Give a dead letter up for good: its job is cancelled and its record deleted."""
    if not reason.strip():
        raise InvalidRequest("Say a reason.")
    confirm(f"Discard {letter}?", yes=yes)
    who = operator_name(operator)
    with_desk(folder, lambda it: it.letters.discard(letter, reason=reason.strip()[:500], operator=who), sends=False)
    print(f"{letter} is discarded.")


def rebuild(operator: OperatorName = None, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Write the stream of dead letters anew from the database, for example after Redis was lost."""
    rebuilt = with_desk(folder, lambda it: it.letters.rebuild(operator=operator_name(operator)), sends=False)
    if as_json:
        print_json(rebuilt.model_dump())
    else:
        print(
            f"{rebuilt.letters} dead letters: {rebuilt.added} added, {rebuilt.replaced} replaced, "
            f"{rebuilt.removed} removed."
        )


def _print_run(plan: RetryPlan | None, run: RetryRunRead | None, *, as_json: bool) -> None:
    if as_json:
        parts = {"plan": plan, "run": run}
        print_json({name: part.model_dump(mode="json") if part else None for name, part in parts.items()})
    elif run is not None:
        print_runs([run])


async def _work_off(desk: Desk, run_id: UUID, operator: str) -> RetryRunRead:
    if (await desk.runs.read(run_id)).state in {RunState.STOPPED, RunState.HALTED}:
        await desk.runs.resume(run_id, operator=operator)
    await desk.runs.work_off(run_id)
    return await desk.runs.read(run_id)


def _read_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"The data are no JSON: {error}.") from error
    if not isinstance(value, dict):
        raise InvalidRequest("The data must be a JSON object.")
    return value
