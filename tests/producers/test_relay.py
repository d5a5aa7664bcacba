"""The relay: what a transaction owed reaches Kafka, in order, when it is due, and nothing holds it up."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from producers import relay as relay_module
from producers.outbox import OutboxRecord, enqueue, enqueue_records
from producers.publisher import EventPublisher
from producers.relay import BATCH, OutboxRelay
from schemas.events import Envelope, Event
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.raw_records import read_raw
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    system = System(make_settings(), [make_pinged(Calls())])
    await system.start()
    yield system
    await system.stop()


class StallingPublisher(EventPublisher):
    """Publishes, and then does not return until it may."""

    def __init__(self, system: System) -> None:
        super().__init__(system.settings, topics=system.topics)
        self.published = 0
        self.may_return = asyncio.Event()

    async def publish_record(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, str]
    ) -> None:
        await super().publish_record(topic, key, value, headers)
        self.published += 1
        await self.may_return.wait()


def pings(count: int, *, people: int = 1, mode: str = "OK") -> list[Envelope[Event]]:
    return [
        Envelope.mint(TestPinged(user_id=f"person{number % people}", mode=mode, number=number))
        for number in range(count)
    ]


async def owe(system: System, envelopes: list[Envelope[Event]], *, available_at: datetime | None = None) -> None:
    async with system.sessions() as session, session.begin():
        await enqueue(session, envelopes, available_at=available_at)


async def pending(system: System) -> int:
    [[count]] = await system.rows("SELECT count(*) FROM outbox_events")
    return int(count)


async def is_empty(system: System) -> bool:
    return await pending(system) == 0


async def published(system: System) -> list[TestPinged]:
    records = await read_raw(system.settings, system.names.topic("test.pinged"))
    return [TestPinged.model_validate_json(record.value or b"") for record in records]


async def test_a_backlog_is_published_in_order_per_key(system: System) -> None:
    await owe(system, pings(2 * BATCH + 200, people=7))
    async with system.relay():
        await until(lambda: is_empty(system))
    numbers = defaultdict(list)
    for event in await published(system):
        numbers[event.user_id].append(event.number)
    assert numbers == {f"person{n}": list(range(n, 2 * BATCH + 200, 7)) for n in range(7)}


async def test_what_a_rolled_back_transaction_owed_is_never_published(system: System) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with system.sessions() as session, session.begin():
            await enqueue(session, pings(1))
            raise ZeroDivisionError
    await owe(system, pings(1, mode="HANG"))
    async with system.relay():
        await until(lambda: is_empty(system))
    assert [event.mode for event in await published(system)] == ["HANG"]


async def test_a_relay_that_dies_after_publishing_publishes_again_and_one_effect_is_had(system: System) -> None:
    [event] = envelopes = pings(1)
    await owe(system, envelopes)
    async with StallingPublisher(system) as publisher:
        dying = asyncio.create_task(OutboxRelay(system.engine, publisher, system.settings).publish_due())
        await until(lambda: publisher.published == 1)
        # Its transaction ends as that of a killed process does.
        dying.cancel()
        await asyncio.wait({dying})
    assert await pending(system) == 1
    async with system.relay(), system.worker():
        await until(lambda: is_empty(system))
        await system.job_in(event, "succeeded")
        await until(lambda: both_committed(system))
    assert len(await published(system)) == 2
    assert await system.effects(event) == 1


async def both_committed(system: System) -> bool:
    return sum((await system.committed()).values()) == 2


async def test_a_relay_takes_the_rows_that_another_has_not_locked(system: System) -> None:
    await owe(system, pings(BATCH + 100))
    async with StallingPublisher(system) as publisher:
        busy = asyncio.create_task(OutboxRelay(system.engine, publisher, system.settings).publish_due())
        await until(lambda: publisher.published == BATCH)
        async with system.relay():
            await until(lambda: only_locked_are_left(system))
        publisher.may_return.set()
        assert await busy
    assert await pending(system) == 0
    assert sorted(event.number for event in await published(system)) == list(range(BATCH + 100))


async def only_locked_are_left(system: System) -> bool:
    return await pending(system) == BATCH


async def test_a_notification_wakes_the_relay(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "LONGEST_SLEEP", 3600.0)
    async with system.relay():
        await until(lambda: listeners(system))
        for _ in range(3):
            await owe(system, pings(1))
            await until(lambda: is_empty(system))
    assert len(await published(system)) == 3


async def listeners(system: System) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    return bool(await system.rows(query))


async def test_a_lost_notification_connection_is_opened_anew(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    async with system.relay():
        await until(lambda: listeners(system))
        await system.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        await until(lambda: listeners(system))
        monkeypatch.setattr(relay_module, "LONGEST_SLEEP", 3600.0)
        await owe(system, pings(1))
        await until(lambda: is_empty(system))
    assert len(await published(system)) == 1


async def test_a_row_waits_until_it_is_due_by_the_databases_clock(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing but the row's own time may wake the relay.
    monkeypatch.setattr(relay_module, "LONGEST_SLEEP", 3600.0)
    await owe(system, pings(1), available_at=datetime.now(UTC) + timedelta(seconds=1))
    [[due]] = await system.rows("SELECT available_at FROM outbox_events")
    await owe(system, pings(1, mode="HANG"))
    async with system.relay():
        await until(lambda: is_empty(system))
    records = await read_raw(system.settings, system.names.topic("test.pinged"))
    now_due = next(r for r in records if b'"OK"' in (r.value or b""))
    at_once = next(r for r in records if b'"HANG"' in (r.value or b""))
    assert at_once.timestamp < due.timestamp() * 1000 <= now_due.timestamp + 1


async def test_rows_that_kafka_refuses_are_parked_and_block_nobody(system: System) -> None:
    async with system.sessions() as session, session.begin():
        await enqueue_records(
            session,
            [
                OutboxRecord("no.such.topic", b"ada", b"{}"),
                OutboxRecord("test.pinged", b"ada", b"x" * 3_000_000),
            ],
        )
    await owe(system, pings(3))
    async with system.relay():
        await until(lambda: parked(system, 2))
    assert len(await published(system)) == 3
    rows = await system.rows("SELECT topic, available_at > clock_timestamp() AS later FROM outbox_events ORDER BY id")
    assert [(row.topic, row.later) for row in rows] == [("no.such.topic", True), ("test.pinged", True)]


async def parked(system: System, count: int) -> bool:
    rows = await system.rows("SELECT available_at > clock_timestamp() AS later FROM outbox_events")
    return len(rows) == count and all(row.later for row in rows)


async def test_keys_values_and_headers_arrive_as_they_were_owed(system: System) -> None:
    headers = {"ce_id": "ü \u0000 \U0001f9ed", "empty": "", "delight_life": "1"}
    async with system.sessions() as session, session.begin():
        await enqueue_records(
            session,
            [
                OutboxRecord("test.pinged", b"\x00\xff", b"\x00\xff", headers),
                OutboxRecord("test.pinged", b"tombstone", None, {}),
                OutboxRecord("test.pinged", None, b"keyless", {}),
            ],
        )
    async with system.relay():
        await until(lambda: is_empty(system))
    records = {record.key: record for record in await read_raw(system.settings, system.names.topic("test.pinged"))}
    assert records[b"\x00\xff"].value == b"\x00\xff"
    sent = {name: raw.decode() for name, raw in records[b"\x00\xff"].headers if raw is not None}
    assert headers.items() <= sent.items()
    assert records[b"tombstone"].value is None
    assert records[None].value == b"keyless"


async def test_the_backlog_is_measured(system: System) -> None:
    await owe(system, pings(3))
    async with system.engine.begin() as connection:
        await connection.execute(text("UPDATE outbox_events SET available_at = now() - interval '1 minute'"))
    relay = OutboxRelay(system.engine, system.publisher, system.settings)
    await relay.measure()
    assert relay_module.OUTBOX_PENDING._value.get() == 3
    assert 60 <= relay_module.OUTBOX_OLDEST_DUE._value.get() < 120
