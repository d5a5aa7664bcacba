"""The outbox: records that a transaction owes to Kafka, written with everything else that it commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from infra.driver_statement import DriverStatement
from schemas.cloudevents import encode
from schemas.events import Envelope, Event

# The channel on which PostgreSQL wakes the relays.
WAKE_CHANNEL = "delight_outbox"

# The database's clock computes the due time, so that the clocks of workers do not matter. The relays hear of it at the commit.
_INSERT = DriverStatement(f"""
    WITH owed AS (
    INSERT INTO outbox_events (topic, key, value, headers, available_at)
    SELECT u.topic, u.key, u.value, u.headers::json, clock_timestamp() + make_interval(secs => u.delay)
    FROM unnest(
        CAST(:topics AS text[]), CAST(:keys AS bytea[]), CAST(:values AS bytea[]),
        CAST(:headers AS text[]), CAST(:delays AS float8[])
    ) WITH ORDINALITY AS u(topic, key, value, headers, delay, position)
    ORDER BY u.position
    )
    SELECT pg_notify('{WAKE_CHANNEL}', '')
""")  # noqa: S608 - the name is ours


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """A record owed to Kafka. `topic` is the event type or `<group>.retry`; the relay adds the prefix."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: timedelta = timedelta()


def outbox_record(envelope: Envelope[Event], *, delay: timedelta = timedelta()) -> OutboxRecord:
    """The record that publishes `envelope` after `delay`."""
    record = encode(envelope)
    return OutboxRecord(record.topic, record.key, record.value, record.headers, delay)


async def enqueue(
    session: AsyncSession, envelopes: Sequence[Envelope[Event]], *, available_at: datetime | None = None
) -> None:
    """Owe these events to Kafka once the caller's transaction commits; not before `available_at`."""
    delay = max(timedelta(), available_at - datetime.now(UTC)) if available_at is not None else timedelta()
    await enqueue_records(session, [outbox_record(envelope, delay=delay) for envelope in envelopes])


async def enqueue_records(session: AsyncSession, records: Sequence[OutboxRecord]) -> None:
    """Owe these records to Kafka once the caller's transaction commits, in this order, and wake the relays then."""
    if not records:
        return
    await _INSERT.fetch_within(
        session,
        {
            "topics": [record.topic for record in records],
            "keys": [record.key for record in records],
            "values": [record.value for record in records],
            "headers": [orjson.dumps(dict(record.headers)).decode() for record in records],
            "delays": [record.delay.total_seconds() for record in records],
        },
    )
