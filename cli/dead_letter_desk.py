"""The operator's desk of `dlq`: the options that its commands share, and the services on the servers of the settings.

It works on the servers directly and needs no API to run.
"""

import asyncio
import getpass
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.folder import resolve_settings
from infra.exceptions import InvalidRequest
from schemas.dead_letters import DeadLetterFilter

if TYPE_CHECKING:
    from schemas.jobs import Subscription
    from services.dead_letter_desk import DeadLetterDesk
    from services.dead_letter_runs import DeadLetterRuns

T = TypeVar("T")

_AGE = re.compile(r"(\d+)(s|min|m|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days"}


def _read_age(text: str) -> timedelta:
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no age; write 30s, 15m, 2h or 7d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Letter = Annotated[str, typer.Argument(metavar="ID", help="<event id>:<job type>, or the event id alone.")]
JobType = Annotated[str | None, typer.Option("--job-type", "-j", help="Only of this job type.")]
Error = Annotated[str | None, typer.Option("--error", "-e", help="Only with this text in the error's type or message.")]
Failure = Annotated[str | None, typer.Option("--failure", help="Only of this group of alike failures.")]
User = Annotated[str | None, typer.Option("--user", "-u", help="Only about this person.")]
OlderThan = Annotated[
    timedelta | None, typer.Option("--older-than", parser=_read_age, metavar="AGE", help="Dead for longer, such as 2h.")
]
NewerThan = Annotated[
    timedelta | None, typer.Option("--newer-than", parser=_read_age, metavar="AGE", help="Dead for less, such as 30m.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
OperatorName = Annotated[
    str | None, typer.Option("--operator", help="Who does it, for the record; the account here by default.")
]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    letters: "DeadLetterDesk"
    runs: "DeadLetterRuns"


def read_filter(
    *,
    job_type: str | None,
    error: str | None,
    failure: str | None,
    user: str | None,
    older_than: timedelta | None,
    newer_than: timedelta | None,
) -> DeadLetterFilter:
    now = datetime.now(UTC)
    return DeadLetterFilter(
        job_type=job_type,
        error=error,
        fingerprint=failure,
        user_id=user,
        died_before=now - older_than if older_than is not None else None,
        died_after=now - newer_than if newer_than is not None else None,
    )


def with_desk(folder: Path, action: Callable[[Desk], Awaitable[T]], *, sends: bool = True) -> T:
    """The result of `action` at the desk. One that `sends` nothing back needs not know the groups, and begins sooner."""

    async def run() -> T:
        async with _open(folder, sends=sends) as desk:
            return await action(desk)

    return asyncio.run(run())


@asynccontextmanager
async def _open(folder: Path, *, sends: bool) -> AsyncIterator[Desk]:
    from infra.database import create_engine, session_factory
    from infra.dead_letters import DeadLetterStore
    from infra.redis import create_redis
    from services.dead_letter_desk import DeadLetterDesk
    from services.dead_letter_runs import DeadLetterRuns

    settings = resolve_settings(folder)
    engine, redis = create_engine(settings, pool_size=2), create_redis(settings)
    parts = (session_factory(engine), DeadLetterStore(redis), _subscriptions() if sends else ())
    try:
        yield Desk(
            DeadLetterDesk(*parts, max_event_bytes=settings.max_event_bytes),
            DeadLetterRuns(*parts, max_event_bytes=settings.max_event_bytes),
        )
    finally:
        await redis.aclose()
        await engine.dispose()


def _subscriptions() -> "Sequence[Subscription]":
    # The consumers bring their agents along, which take seconds to import.
    from consumers.subscriptions import SUBSCRIPTIONS

    return SUBSCRIPTIONS


def check_job_type(job_type: str | None) -> None:
    """Raises `InvalidRequest` for a job type that there is not: asked when nothing was found, since it may be misspelt."""
    known = [subscription.group for subscription in _subscriptions()] if job_type is not None else []
    if job_type is not None and job_type not in known:
        raise InvalidRequest(f"There is no job type {job_type!r}. There are: {', '.join(known)}.")


def operator_name(name: str | None) -> str:
    return name or f"{getpass.getuser()}@{socket.gethostname()}"


def confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidRequest("Nobody can be asked here: say --yes.")
    typer.confirm(question, abort=True)
