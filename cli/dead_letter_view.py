"""How `dlq` shows dead letters, groups of them, plans and runs."""

from collections.abc import Sequence
from datetime import datetime

from cli.output import print_table
from schemas.dead_letters import DeadLetterDetail, DeadLetterRead, FailureGroup, RetryPlan, RetryRunRead

_LONGEST_MESSAGE = 80


def print_letters(letters: Sequence[DeadLetterRead]) -> None:
    if not letters:
        print("No dead letters.")
        return
    print_table(
        ["Id", "Person", "Died", "Life", "Attempts", "Failure", "Error"],
        [
            (
                letter.id,
                letter.user_id,
                moment(letter.died_at),
                letter.life,
                letter.attempts,
                letter.fingerprint,
                _error(letter),
            )
            for letter in letters
        ],
    )


def print_groups(groups: Sequence[FailureGroup]) -> None:
    if not groups:
        print("No dead letters.")
        return
    print_table(
        ["Failure", "Job type", "Letters", "People", "First", "Last", "Error", "Newest"],
        [
            (
                group.fingerprint,
                group.job_type,
                group.count,
                group.people,
                moment(group.first_seen_at),
                moment(group.last_seen_at),
                _said(group.error_type, group.sample_message),
                group.sample_id,
            )
            for group in groups
        ],
    )


def print_letter(letter: DeadLetterDetail) -> None:
    print_table(
        ["Field", "Value"],
        [
            ("id", letter.id),
            ("status", letter.status.value),
            ("person", letter.user_id),
            ("event type", letter.event_type or "unreadable"),
            ("request", letter.request_id),
            ("accepted", moment(letter.accepted_at)),
            ("died", moment(letter.died_at)),
            ("reason", letter.reason),
            ("error", f"{letter.error.type}: {letter.error.message}" if letter.error else None),
            ("failure", letter.fingerprint),
            ("place", f"{letter.topic}/{letter.partition}/{letter.offset}"),
            ("tokens", letter.tokens),
            ("value", letter.value),
            *([("obstacle", letter.obstacle)] if letter.obstacle else []),
        ],
    )
    print()
    print_table(
        ["Life", "Attempt", "Outcome", "Ended", "Worker", "Error"],
        [
            (one.life, one.attempt, one.outcome, moment(one.finished_at), one.worker, one.error_type)
            for one in letter.attempts_made
        ],
        title="Attempts",
    )
    if letter.actions:
        print()
        print_table(
            ["When", "Who", "What", "Details"],
            [(moment(one.created_at), one.operator, one.action, _details(one.details)) for one in letter.actions],
            title="Operators",
        )
    if letter.stacktrace:
        print(f"\nThe last failure:\n{letter.stacktrace.rstrip()}")


def print_plan(plan: RetryPlan) -> None:
    if plan.letters == 0:
        print("No dead letters match.")
        return
    print_table(
        ["Job type", "Letters", "Of these skipped", "Tokens each", "Tokens"],
        [(one.job_type, one.letters, one.skipped, one.tokens_per_job, one.estimated_tokens) for one in plan.job_types],
        title="Plan",
    )
    print(
        f"{plan.letters} dead letters of {plan.people} people, the oldest {duration(plan.oldest_age_seconds)} old; "
        f"about {plan.estimated_tokens} tokens."
    )
    if plan.skipped:
        print(f"{plan.skipped} of them are skipped: they have to be edited first (`delight dlq show` says why).")
    if plan.hopeless:
        print(
            f"{plan.hopeless} of them died at once, as unreadable or invalid: unless their cause is mended they will again."
        )


def print_runs(runs: Sequence[RetryRunRead]) -> None:
    if not runs:
        print("No runs.")
        return
    print_table(
        ["Run", "State", "By", "Ordered", "Planned", "Retried", "Skipped", "Rate", "Jobs"],
        [
            (
                run.id,
                run.state.value,
                run.operator,
                moment(run.created_at),
                run.planned,
                run.retried,
                run.skipped,
                f"{run.rate:g}/s",
                _details(run.jobs),
            )
            for run in runs
        ],
    )


def moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}Z"


def duration(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _error(letter: DeadLetterRead) -> str | None:
    return _said(letter.error.type, letter.error.message) if letter.error else None


def _said(error_type: str | None, message: str | None) -> str:
    """One line; without the module of the error, which `show` has, so that more of the message fits."""
    return _shortened(f"{(error_type or '').rpartition('.')[2]}: {message}")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"


def _details(details: dict[str, object] | dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in details.items())
