"""Settlement: the outcomes of many jobs become one transaction.

The job rows, the results, the follow-up events and the retries commit together. A row is written only when its delivery
is higher than the one it records: that is the claim, and of two workers that overlap in a rebalance one gets it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from consumers.runtime import job_rows
from consumers.runtime.consumer import AnyConsumer, SaveAll
from consumers.runtime.delivery import Delivery
from consumers.runtime.outcome import Completed, Dead, Duplicate, Outcome, Retry, Snooze
from infra.database import ping, session_factory
from infra.exceptions import JobError, PersonForgotten
from producers.outbox import OutboxRecord, enqueue_records, outbox_record
from schemas.deliveries import (
    ATTEMPTS_HEADER,
    DELIVERY_HEADER,
    JOB_ID_HEADER,
    LIFE_BEGAN_HEADER,
    LIFE_HEADER,
    ORIGIN_HEADER,
    ORIGINAL_TIMESTAMP_HEADER,
    RETRY_HEADERS,
)
from schemas.events import Envelope, Event
from services.checkpoint_service import remove_checkpoints, thread_id
from services.cost_service import add_spend

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Settled:
    """A delivery with its outcome, and once it is committed with the events that it caused.

    `forgotten`: its person was deleted; the job is accounted for, but nothing of theirs is written or told.
    """

    delivery: Delivery
    outcome: Outcome
    effects: Sequence[Envelope[Event]] = ()
    forgotten: bool = False

    def become(self, outcome: Outcome) -> None:
        """Change the outcome to one that has no effects."""
        self.outcome = outcome
        self.effects = ()


class Settlement:
    """Commits outcomes of one consumer's jobs. `judge` says what an error of a save means."""

    def __init__(
        self,
        consumer: AnyConsumer,
        engine: AsyncEngine,
        *,
        judge: Callable[[Delivery, BaseException], Outcome],
        worker: str,
        keeps_checkpoints: bool = False,
    ) -> None:
        self._consumer = consumer
        self._engine = engine
        self._sessions = session_factory(engine)
        self._judge = judge
        self._worker = worker
        self._keeps_checkpoints = keeps_checkpoints

    async def find_settled(self, deliveries: Sequence[Delivery]) -> set[tuple[UUID, int]]:
        """Which of these deliveries, as (job id, number), were settled before: the inbox check."""
        return await job_rows.find_settled(self._engine, self._consumer.name, deliveries)

    async def is_possible(self) -> bool:
        """Whether PostgreSQL answers within a second."""
        try:
            async with asyncio.timeout(1):
                await ping(self._engine)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from answering
            log.warning("settlement.not_possible", error=repr(error)[:500])
            return False
        return True

    async def commit(self, batch: Sequence[Settled]) -> None:
        """Commit all of the batch, changing the outcomes that the database decides otherwise.

        A save that says no (`JobRejected`, `JobInvalid`) makes that job's outcome; a job that another worker settled
        meanwhile, or that another delivery of this batch settles, becomes a `Duplicate`. Raises whatever else a save or the
        database raises: then nothing is committed, and which job is to blame shows when the batch is divided.
        """
        _leave_one_of_each_job(batch)
        while not await self._try_commit(batch):
            # Each round turns at least one outcome into one that needs no save, so this ends.
            pass

    async def _try_commit(self, batch: Sequence[Settled]) -> bool:
        live = [settled for settled in batch if type(settled.outcome) is not Duplicate]
        if not live:
            return True
        async with self._sessions() as session, session.begin() as transaction:
            if await self._save_results(session, live):
                await transaction.rollback()
                return False
            claimed = await self._write_rows(session, live)
            if len(claimed) < len(live):
                for settled in live:
                    if settled.delivery.job_id not in claimed:
                        settled.become(Duplicate())
                await transaction.rollback()
                return False
            await enqueue_records(session, list(self._records(live)))
            if self._keeps_checkpoints:
                await self._remove_checkpoints(session, live)
        return True

    async def _save_results(self, session: AsyncSession, live: Sequence[Settled]) -> bool:
        """Run the saves; true when one of them changed its outcome, so that the transaction must start anew."""
        completed = [settled for settled in live if type(settled.outcome) is Completed]
        # Saves lock the person: transactions of all groups take those locks in one order, so they cannot deadlock.
        completed.sort(key=lambda settled: settled.delivery.user_id)
        changed = False
        if self._consumer.save_all is not None and completed:
            await self._save_all(session, completed, self._consumer.save_all)
        else:
            for settled in completed:
                changed |= not await self._save_one(session, settled)
        if not changed:
            # One flush for all: rows of the same table go in one statement.
            await session.flush()
        return changed

    async def _save_one(self, session: AsyncSession, settled: Settled) -> bool:
        """Save one result; false when it became another outcome."""
        assert self._consumer.save is not None
        assert isinstance(settled.outcome, Completed)
        try:
            caused = await self._consumer.save(session, _envelope(settled), settled.outcome.result)
            settled.effects = self._effects(settled, caused)
        except JobError as error:
            settled.become(self._judge(settled.delivery, error))
            settled.forgotten = isinstance(error, PersonForgotten)
            return False
        settled.forgotten = self._consumer.forgets
        return True

    async def _save_all(self, session: AsyncSession, completed: Sequence[Settled], save_all: SaveAll[Any, Any]) -> None:
        pairs = [(_envelope(one), one.outcome.result) for one in completed if isinstance(one.outcome, Completed)]
        caused_by_each = await save_all(session, pairs)
        for settled, caused in zip(completed, caused_by_each, strict=True) if any(caused_by_each) else ():
            settled.effects = self._effects(settled, caused)

    def _effects(self, settled: Settled, caused: Sequence[Event]) -> list[Envelope[Event]]:
        envelope = _envelope(settled)
        return [envelope.caused(event, job_type=self._consumer.name, index=index) for index, event in enumerate(caused)]

    async def _write_rows(self, session: AsyncSession, live: Sequence[Settled]) -> set[UUID]:
        now = datetime.now(UTC)
        succeeded = [settled for settled in live if type(settled.outcome) is Completed]
        others = [s for s in live if type(s.outcome) is not Completed] if len(succeeded) < len(live) else []
        claimed: set[UUID] = set()
        if succeeded:
            claimed |= await job_rows.write_succeeded(session, self._consumer.name, succeeded, now)
        if others:
            claimed |= await job_rows.write_unsuccessful(session, self._consumer.name, others, now)
        history = [s for s in live if s.delivery.number > 1 or type(s.outcome) is not Completed]
        history = [s for s in history if s.delivery.job_id in claimed]
        if history:
            await job_rows.write_attempts(session, self._consumer.name, history, now, self._worker)
        spends = [
            (s.delivery.user_id, spend)
            for s in live
            if s.delivery.usage is not None and s.delivery.usage.counted and not s.forgotten
            for spend in s.delivery.usage.spends()
        ]
        if spends:
            await add_spend(session, spends, now)
        return claimed

    async def _remove_checkpoints(self, session: AsyncSession, live: Sequence[Settled]) -> None:
        # What runs again goes on from its checkpoints, dead letters included.
        ended = [
            s for s in live if not isinstance(s.outcome, Retry | Snooze | Dead) and s.delivery.envelope is not None
        ]
        if ended:
            threads = [thread_id(_envelope(settled).id, self._consumer.name) for settled in ended]
            await remove_checkpoints(session, threads)

    def _records(self, live: Sequence[Settled]) -> Iterable[OutboxRecord]:
        for settled in live:
            match settled.outcome:
                case Retry(after=after):
                    yield self._again(settled.delivery, after, attempt=settled.delivery.attempt + 1)
                case Snooze(after=after):
                    yield self._again(settled.delivery, after, attempt=settled.delivery.attempt)
                case Completed():
                    yield from map(outbox_record, settled.effects)

    def _again(self, delivery: Delivery, after: timedelta, *, attempt: int) -> OutboxRecord:
        """The record of the job's next delivery, due after the pause."""
        record = delivery.record
        # Only text travels through the outbox. Our own headers are text, and nobody reads what others attached.
        headers = {
            name: text for name, raw in record.headers if name not in RETRY_HEADERS and (text := _text(raw)) is not None
        }
        original = next((raw for name, raw in record.headers if name == ORIGINAL_TIMESTAMP_HEADER and raw), None)
        headers |= {
            ATTEMPTS_HEADER: str(attempt),
            ORIGINAL_TIMESTAMP_HEADER: original.decode("utf-8", "replace") if original else str(record.timestamp),
            ORIGIN_HEADER: str(delivery.first_seen_at),
            DELIVERY_HEADER: str(delivery.number + 1),
            LIFE_HEADER: str(delivery.life),
            JOB_ID_HEADER: str(delivery.job_id),
        }
        if delivery.life_began is not None:
            headers[LIFE_BEGAN_HEADER] = str(int(delivery.life_began.timestamp() * 1000))
        return OutboxRecord(f"{self._consumer.name}.retry", record.key, record.value, headers, after)


def _leave_one_of_each_job(batch: Sequence[Settled]) -> None:
    """One statement cannot write a row twice: of two deliveries of a job, the later number stands and the other is known."""
    standing: dict[UUID, Settled] = {}
    for settled in batch:
        if isinstance(settled.outcome, Duplicate):
            continue
        other = standing.setdefault(settled.delivery.job_id, settled)
        if other is not settled:
            later, earlier = sorted((other, settled), key=lambda one: -one.delivery.number)
            standing[settled.delivery.job_id] = later
            earlier.become(Duplicate())


def _text(raw: bytes | None) -> str | None:
    try:
        return raw.decode() if raw is not None else None
    except UnicodeDecodeError:
        return None


def _envelope(settled: Settled) -> Envelope[Any]:
    envelope = settled.delivery.envelope
    assert envelope is not None, "only decoded deliveries complete"
    return envelope
