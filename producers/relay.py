"""The relay: publishes due outbox rows to Kafka, each at least once, and deletes what Kafka acknowledged.

A row is locked while it is published, so several relays share the work. A relay that dies between publishing and
committing leaves its rows to be published again, and the inbox of the consumers removes the duplicate.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import connect, create_engine
from infra.exceptions import ConfigurationError, InvalidRequest
from infra.health_server import serve_health
from infra.kafka import TopicNames
from infra.metrics import OUTBOX_OLDEST_DUE, OUTBOX_PENDING, OUTBOX_PUBLISHED
from infra.settings import Settings
from infra.shutdown import shutdown_event
from infra.tracing import TRACEPARENT_HEADER, continued_trace
from producers.outbox import WAKE_CHANNEL
from producers.publisher import EventPublisher
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.jobs import Subscription

log = structlog.get_logger(__name__)

BATCH = 500
# A wake-up may be lost with its connection; due rows are found without one after this pause.
LONGEST_SLEEP = 2.0
# A row that Kafka refuses for good must neither be lost nor hold up the others.
PARKED_FOR = timedelta(minutes=1)

_LOCK_DUE = text("""
    SELECT id, topic, key, value, headers FROM outbox_events
    WHERE available_at <= clock_timestamp() ORDER BY available_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_DELETE = text("DELETE FROM outbox_events WHERE id = ANY(:ids)")
_PARK = text("UPDATE outbox_events SET available_at = clock_timestamp() + :pause WHERE id = ANY(:ids)")
_NEXT_DUE = text("SELECT extract(epoch FROM min(available_at) - clock_timestamp()) FROM outbox_events")
_BACKLOG = text("""
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(available_at)), 0) FROM outbox_events
""")


class OutboxRelay:
    """Publishes due rows until `stop`."""

    def __init__(self, engine: AsyncEngine, publisher: EventPublisher, settings: Settings) -> None:
        self._engine = engine
        self._publisher = publisher
        self._settings = settings
        self._names = TopicNames(settings.kafka_topic_prefix)
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self.last_tick = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Publish until `stop`; an outage of PostgreSQL or Kafka is waited for."""
        listening = asyncio.create_task(self._listen())
        pause = 0.1
        try:
            while not self._stopping.is_set():
                self.last_tick = time.monotonic()
                self._wake.clear()
                try:
                    complete = await self.publish_due()
                    wait = 0.0 if complete else await self._seconds_to_next_due()
                except Exception as error:  # noqa: BLE001 - rows stay where they are whatever happened
                    log.warning("relay.waits_for_infrastructure", error=repr(error)[:500], retry_in_s=pause)
                    wait, pause = pause, min(1.0, pause * 2)
                    # New rows are no reason to try sooner.
                    await self._sleep(self._stopping, wait)
                else:
                    pause = 0.1
                    await self._sleep(self._wake, wait)
        finally:
            listening.cancel()

    async def _sleep(self, until: asyncio.Event, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), seconds)

    async def publish_due(self) -> bool:
        """Publish one batch of due rows; true when there may be more. Raises when PostgreSQL or Kafka is away."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_LOCK_DUE, {"limit": BATCH})).all()
            if not rows:
                return False
            results = await asyncio.gather(*map(self._publish, rows), return_exceptions=True)
            done = [row.id for row, error in zip(rows, results, strict=True) if error is None]
            refused = [
                row.id
                for row, error in zip(rows, results, strict=True)
                if isinstance(error, (ConfigurationError, InvalidRequest))
            ]
            if done:
                await connection.execute(_DELETE, {"ids": done})
            if refused:
                log.error(
                    "relay.rows_refused", rows=len(refused), first=refused[0], parked_s=PARKED_FOR.total_seconds()
                )
                await connection.execute(_PARK, {"ids": refused, "pause": PARKED_FOR})
        OUTBOX_PUBLISHED.inc(len(done))
        for error in results:
            if error is not None and not isinstance(error, (ConfigurationError, InvalidRequest)):
                raise error
        return len(rows) == BATCH

    async def measure(self) -> None:
        """Set the gauges of the backlog."""
        async with self._engine.connect() as connection:
            pending, oldest = (await connection.execute(_BACKLOG)).one()
        OUTBOX_PENDING.set(pending)
        OUTBOX_OLDEST_DUE.set(max(0.0, float(oldest)))

    async def _publish(self, row: Row[tuple[int, str, bytes | None, bytes | None, dict[str, str]]]) -> None:
        with continued_trace(row.headers.get(TRACEPARENT_HEADER)):
            await self._publisher.publish_record(self._names.topic(row.topic), row.key, row.value, row.headers)

    async def _seconds_to_next_due(self) -> float:
        async with self._engine.connect() as connection:
            seconds = (await connection.execute(_NEXT_DUE)).scalar_one_or_none()
        return LONGEST_SLEEP if seconds is None else min(LONGEST_SLEEP, max(0.001, float(seconds)))

    async def _listen(self) -> None:
        """Wake the loop on NOTIFY, over a connection that is opened anew whenever it breaks."""
        while True:
            try:
                await self._listen_until_lost()
            except Exception as error:  # noqa: BLE001 - whatever broke it, without it rows only wait a little longer
                log.warning("relay.listen_failed", error=repr(error)[:500])
            await asyncio.sleep(1)

    async def _listen_until_lost(self) -> None:
        connection = await connect(self._settings)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(WAKE_CHANNEL, lambda *_: self._wake.set())
            # What was enqueued while nobody listened is due now.
            self._wake.set()
            await lost.wait()
        finally:
            await asyncio.wait_for(connection.close(), 2)


async def run_relay(settings: Settings, subscriptions: Iterable[Subscription]) -> None:
    """The relay process: run until SIGTERM or SIGINT."""
    stop = shutdown_event()
    engine = create_engine(settings, pool_size=3)
    names = TopicNames(settings.kafka_topic_prefix)
    topics = [names.topic(event) for event in EVENTS_BY_TYPE]
    topics += [names.retry(subscription.group) for subscription in subscriptions]
    async with EventPublisher(settings, topics=topics) as publisher:
        relay = OutboxRelay(engine, publisher, settings)

        async def alive() -> dict[str, str]:
            return {} if time.monotonic() - relay.last_tick < 60 else {"relay": "the loop stands still"}

        async def ready() -> dict[str, str]:
            problems = {} if await publisher.ping(1.0) else {"kafka": "no broker answers"}
            try:
                await asyncio.wait_for(relay.measure(), 2)
            except Exception as error:  # noqa: BLE001 - the answer is what is wrong
                problems["postgres"] = repr(error)[:200]
            return problems

        async with serve_health(settings, alive=alive, ready=ready):
            log.info("relay.started")
            running = asyncio.create_task(relay.run())
            measuring = asyncio.create_task(_measure_repeatedly(relay))
            await stop.wait()
            relay.stop()
            await running
            measuring.cancel()
    await engine.dispose()
    log.info("relay.stopped")


async def _measure_repeatedly(relay: OutboxRelay) -> None:
    while True:
        with contextlib.suppress(Exception):
            await relay.measure()
        await asyncio.sleep(5)
