"""A bounded window: a job that hangs costs its partition, not the worker's memory, and no offset before its time."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from consumers.runtime.intake import MAX_POLL_RECORDS, WINDOW
from infra.kafka import admin_client, client_options
from infra.record_broker import raw_headers
from schemas.cloudevents import encode
from schemas.events import Envelope, Event
from tests.support.pinged import Calls, TestPinged
from tests.support.system import System
from tests.support.waiting import until

EVENTS = 10_000


async def fill(system: System, events: Sequence[Envelope[Event]], partition: int) -> None:
    async with AIOKafkaProducer(**client_options(system.settings), linger_ms=5, max_batch_size=262_144) as producer:
        for envelope in events:
            record = encode(envelope)
            topic = system.names.topic(record.topic)
            headers = raw_headers(record.headers)
            last = await producer.send(topic, record.value, key=record.key, headers=headers, partition=partition)
        await last


def pings(count: int, mode: str = "OK", user: str = "person") -> list[Envelope[Event]]:
    return [
        Envelope.mint(TestPinged(user_id=f"{user}{number % 50}", mode=mode, number=number)) for number in range(count)
    ]


async def committed(system: System, partition: int) -> int:
    return (await system.committed()).get((system.names.topic("test.pinged"), partition), 0)


async def test_a_hanging_job_bounds_what_is_polled_and_holds_the_watermark(system: System, calls: Calls) -> None:
    done_before, hanging = pings(10, user="early"), pings(1, "HANG", user="ada")
    await fill(system, [*done_before, *hanging, *pings(EVENTS)], partition=0)
    async with system.worker() as worker:
        # All that the window lets in has run, and nothing more comes.
        await until(lambda: len(calls.finished) >= WINDOW, within=30)
        elsewhere = pings(50, user="elsewhere")
        await fill(system, elsewhere, partition=1)
        for envelope in elsewhere:
            await system.job_in(envelope, "succeeded")
        await until(lambda: worker.waiting("test-pinging") == 1)
        assert len(calls.finished) < 10 + WINDOW + MAX_POLL_RECORDS + 50
        await until(lambda: is_committed(system, 1, 50))
        assert await committed(system, 0) == 10
        calls.release.set()
        await until(lambda: len(calls.finished) == 10 + 1 + EVENTS + 50, within=40)
        await until(lambda: is_committed(system, 0, 10 + 1 + EVENTS))
    [[effects]] = await system.rows("SELECT count(DISTINCT event_id) FROM effects")
    [[rows]] = await system.rows("SELECT count(*) FROM effects")
    assert effects == rows == 10 + 1 + EVENTS + 50


async def is_committed(system: System, partition: int, offset: int) -> bool:
    return await committed(system, partition) == offset


async def test_what_is_committed_is_the_watermark_and_not_what_is_done(system: System, calls: Calls) -> None:
    await fill(system, [*pings(3, user="a"), *pings(1, "HANG", user="b"), *pings(5, user="c")], partition=2)
    async with system.worker():
        await until(lambda: len(calls.finished) == 8)
        await until(lambda: is_committed(system, 2, 3))
        calls.release.set()
        await until(lambda: is_committed(system, 2, 9))


async def test_records_that_retention_took_are_passed_over(system: System, calls: Calls) -> None:
    await fill(system, pings(5), partition=0)
    async with system.worker():
        await until(lambda: is_committed(system, 0, 5))
    await fill(system, pings(500), partition=0)
    async with admin_client(system.settings) as admin:
        await admin.delete_records(
            {TopicPartition(system.names.topic("test.pinged"), 0): RecordsToDelete(before_offset=400)}
        )
    async with system.worker():
        await until(lambda: is_committed(system, 0, 505))
    assert len(calls.finished) == 5 + 105
