"""One consumer with modes, after Oban's: its event says how its agent behaves."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from infra.exceptions import JobInvalid, JobRejected, JobSnoozed, ModelRateLimited
from models.outbox_event import OutboxEventModel
from schemas.events import Envelope, Event


class TestPinged(Event):
    """`mode` says what the agent does: OK, ERROR, ERROR_ONCE, SLOW, HANG, HANG_ON_RETRY, READS (the database), KILL,
    EXITS, CANCELLED, RATE_LIMITED_ONCE, SNOOZED_ONCE, INVALID; or what the save does: SAVE_REJECTS, SAVE_BREAKS (a
    constraint), SAVE_BUG, SAVE_FORGETS (to return), FLUSH_BUG, DEADLOCK_ONCE, CAUSES (a follow-up event).
    """

    __test__ = False
    type: ClassVar[str] = "test.pinged"
    mode: str = "OK"
    number: int = 0
    seconds: float = 0.0


class TestPonged(Event):
    __test__ = False
    type: ClassVar[str] = "test.ponged"
    number: int = 0


# The effect of a job, without any constraint: done twice it is there twice.
EFFECTS_TABLE = """
    CREATE TABLE IF NOT EXISTS effects (
        event_id uuid NOT NULL, user_id text NOT NULL, number int NOT NULL, attempt int NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(), checked int CHECK (checked > 0)
    )
"""
INSERT_EFFECT = text(
    "INSERT INTO effects (event_id, user_id, number, attempt, checked) VALUES (:id, :user, :number, :attempt, :checked)"
)


_DEADLOCK = text("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")


@dataclass
class Calls:
    """What the agent was called with, in order."""

    started: list[Envelope[TestPinged]] = field(default_factory=list)
    finished: list[Envelope[TestPinged]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    running_users: set[str] = field(default_factory=set)
    overlaps: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)
    saved: set[Any] = field(default_factory=set)

    def times_started(self, event_id: Any) -> int:
        return sum(call.id == event_id for call in self.started)


def make_pinged(
    calls: Calls | None = None,
    *,
    name: str = "test-pinging",
    retry: RetryPolicy | None = None,
    timeout: timedelta = timedelta(seconds=30),
    concurrency: int = 100,
    notifies: bool = True,
) -> Consumer[TestPinged, int]:
    seen = calls or Calls()

    async def ping(event: Envelope[TestPinged], context: AgentContext) -> int:
        seen.started.append(event)
        seen.overlaps += event.user_id in seen.running_users
        seen.running_users.add(event.user_id)
        seen.running += 1
        seen.most_running = max(seen.most_running, seen.running)
        try:
            await _behave(event.data, context, seen)
        finally:
            seen.running -= 1
            seen.running_users.discard(event.user_id)
        seen.finished.append(event)
        return context.attempt

    async def save(session: AsyncSession, event: Envelope[TestPinged], attempt: int) -> Sequence[Event]:
        mode = event.data.mode
        if mode == "SAVE_REJECTS":
            raise JobRejected("The rules say no.")
        if mode == "SAVE_BUG":
            raise TypeError("a bug in the save")
        if mode == "SAVE_FORGETS":
            return None  # type: ignore[return-value]
        if mode == "FLUSH_BUG":
            session.add(OutboxEventModel(topic="x", headers={"no": object()}))  # type: ignore[dict-item]
        if mode == "DEADLOCK_ONCE" and event.id not in seen.saved:
            seen.saved.add(event.id)
            await session.execute(_DEADLOCK)
        row = {"id": event.id, "user": event.user_id, "number": event.data.number, "attempt": attempt}
        await session.execute(INSERT_EFFECT, row | {"checked": 0 if mode == "SAVE_BREAKS" else 1})
        return [TestPonged(user_id=event.user_id, number=event.data.number)] if mode == "CAUSES" else []

    return Consumer(
        name=name,
        event=TestPinged,
        agent=ping,
        save=save,
        policy=JobPolicy(
            retry=retry or RetryPolicy.fixed(max_retries=2, delay=timedelta(seconds=0.2)),
            timeout=timeout,
            concurrency=concurrency,
            # Many jobs of a test fail on purpose.
            breaker=BreakerPolicy(minimum=1_000_000),
        ),
        notifies=notifies,
    )


async def _behave(data: TestPinged, context: AgentContext, calls: Calls) -> None:  # noqa: C901, PLR0912 - a case for each mode
    match data.mode:
        case "ERROR":
            raise RuntimeError(f"mode {data.mode}")
        case "ERROR_ONCE" if context.attempt == 1:
            raise RuntimeError("the first attempt fails")
        case "SLOW":
            await asyncio.sleep(data.seconds)
        case "HANG":
            await calls.release.wait()
        case "HANG_ON_RETRY" if context.attempt == 1:
            raise RuntimeError("the first attempt fails")
        case "HANG_ON_RETRY":
            await calls.release.wait()
        case "READS":
            await asyncio.sleep(data.seconds)
            async with context.sessions() as session:
                await session.execute(text("SELECT 1"))
        case "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        case "EXITS":
            raise SystemExit(1)
        case "CANCELLED":
            raise asyncio.CancelledError("something that the agent awaited was cancelled")
        case "RATE_LIMITED_ONCE" if len([c for c in calls.started if c.data == data]) == 1:
            raise ModelRateLimited("slow down", retry_after=timedelta(seconds=0.3))
        case "SNOOZED_ONCE" if len([c for c in calls.started if c.data == data]) == 1:
            raise JobSnoozed("not now", retry_after=timedelta(seconds=0.3))
        case "INVALID":
            raise JobInvalid("this can never succeed")
