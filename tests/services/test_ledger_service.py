"""The ledger notices what is lost, and counts what is not, on real topics and a real database."""

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy import text

from consumers.runtime.policy import RetryPolicy
from infra.kafka import admin_client
from infra.metrics import LEDGER_UNACCOUNTED
from schemas.events import Envelope, Event
from schemas.ledger import LedgerGroup
from services import ledger_effects, ledger_service, replay_service
from services.monitor import Monitor
from services.observer import read_unaccounted
from tests.conftest import SettingsFactory
from tests.support.mending import Fault, make_mendable
from tests.support.pinged import TestPinged
from tests.support.raw_records import read_raw
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture
async def system(
    make_settings: SettingsFactory, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[System]:
    monkeypatch.setattr(ledger_service, "SECOND_LOOK_AFTER", 0.05)
    consumer = make_mendable(fault)
    hour = RetryPolicy.fixed(max_retries=2, delay=timedelta(hours=1))
    system = System(make_settings(), [replace(consumer, policy=replace(consumer.policy, retry=hour))])
    await system.start()
    yield system
    await system.stop()


async def _ledger(system: System, *, since: datetime | None = None) -> LedgerGroup:
    ledger = await ledger_service.audit(
        system.settings, system.sessions, [consumer.subscription for consumer in system.consumers], since=since
    )
    return ledger.groups[0]


async def _forget(system: System, statement: str, **parameters: object) -> None:
    async with system.engine.begin() as connection:
        await connection.execute(text(statement), parameters)


async def test_every_accepted_event_is_counted_once(system: System) -> None:
    async with system.worker():
        events = [await system.ping(f"user{n}") for n in range(30)]
        rejected, dead = await system.ping("eve", "SAVE_REJECTS"), await system.ping("mallory", "INVALID")
        retrying = await system.ping("bob", "ERROR")
        await system.publisher.publish(events[0])
        await system.publisher.publish_record(system.names.topic("test.pinged"), b"poison", b"no event", {})
        for event in events:
            await system.job_in(event, "succeeded")
        await system.job_in(rejected, "rejected")
        await system.job_in(dead, "dead")
        await system.job_in(retrying, "retrying")
        await until(lambda: _dead_count(system, 2))
    waiting = await system.ping("late")
    group = await _ledger(system)
    assert (group.accepted, group.duplicates) == (35, 1)
    assert (group.completed, group.dead, group.in_flight) == (31, 2, 2)
    assert (group.unaccounted, group.twice) == ([], [])
    assert waiting.id not in group.unaccounted


async def test_a_lost_job_is_named(system: System) -> None:
    async with system.worker():
        kept, lost = await system.ping("ada"), await system.ping("bob")
        await system.job_in(kept, "succeeded")
        await system.job_in(lost, "succeeded")
    await _forget(system, "DELETE FROM jobs WHERE event_id = :id", id=lost.id)
    group = await _ledger(system)
    assert group.unaccounted == [lost.id]
    assert group.completed == 1


async def test_the_monitor_shows_how_many_are_unaccounted(system: System) -> None:
    async with system.worker():
        lost = await system.ping("ada")
        await system.job_in(lost, "succeeded")
    await _forget(system, "DELETE FROM jobs WHERE event_id = :id", id=lost.id)
    monitor = Monitor(system.settings, [consumer.subscription for consumer in system.consumers])
    try:
        await monitor.count_ledger()
        assert read_unaccounted() == 1
    finally:
        # The gauge is the process's, and with it the other tests'.
        LEDGER_UNACCOUNTED.set(math.nan)
        await monitor.close()


async def test_a_lost_retry_is_named(system: System) -> None:
    async with system.worker():
        event = await system.ping("ada", "ERROR")
        await system.job_in(event, "retrying")
    assert (await _ledger(system)).in_flight == 1
    await _forget(system, "DELETE FROM outbox_events")
    assert (await _ledger(system)).unaccounted == [event.id]


async def test_a_job_that_completed_twice_is_named(system: System) -> None:
    async with system.worker():
        event = await system.ping("ada")
        await system.job_in(event, "succeeded")
    for delivery in (2, 3):
        await _forget(
            system,
            """
            INSERT INTO job_attempts (event_id, job_type, delivery, life, attempt, outcome, started_at, finished_at)
            VALUES (:id, 'test-pinging', :delivery, 1, 1, 'succeeded', now(), now())
            """,
            id=event.id,
            delivery=delivery,
        )
    assert (await _ledger(system)).twice == [event.id]


async def test_a_follow_up_event_that_was_lost_before_it_was_published_is_named(system: System) -> None:
    async with system.worker():
        published, lost = await system.ping("ada", "CAUSES"), await system.ping("bob", "CAUSES")
        for event in (published, lost):
            await system.job_in(event, "succeeded")
        # Owed is not lost.
        assert (await _ledger(system)).unpublished == []
        await _forget(system, "DELETE FROM outbox_events WHERE convert_from(key, 'UTF8') = 'bob'")
        async with system.relay():
            await until(lambda: _outbox_is_empty(system))
    group = await _ledger(system)
    assert group.unpublished == await _effects_of(system, lost)
    assert group.unaccounted == []


async def test_what_retention_has_deleted_is_not_missed(system: System) -> None:
    async with system.worker(), system.relay():
        for number in range(3):
            await system.job_in(await system.ping("ada", "CAUSES", number=number), "succeeded")
        await until(lambda: _outbox_is_empty(system))
    await _delete_follow_ups(system, keep=1)
    assert (await _ledger(system)).unpublished == []


async def test_what_is_older_than_its_topic_keeps_events_is_not_missed(system: System) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", "CAUSES")
        await system.job_in(event, "succeeded")
        await until(lambda: _outbox_is_empty(system))
    await _delete_follow_ups(system, keep=0)
    # By hand, and not by retention: the topic would still have it.
    assert len((await _ledger(system)).unpublished) == 1
    hour = ConfigResource(ConfigResourceType.TOPIC, system.names.topic("test.ponged"), {"retention.ms": "3600000"})
    async with admin_client(system.settings) as admin:
        await admin.alter_configs([hour])
    await _forget(system, "UPDATE jobs SET finished_at = finished_at - interval '1 hour'")
    assert (await _ledger(system)).unpublished == []


async def test_what_was_caused_before_an_event_came_again_is_not_missed(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_effects, "CLOCKS_APART", timedelta())
    async with system.worker(), system.relay():
        event = await system.ping("ada", "CAUSES")
        await system.job_in(event, "succeeded")
        await until(lambda: _outbox_is_empty(system))
        # A client that repeats its request publishes the same event again.
        again = datetime.now(UTC)
        await system.publisher.publish(event)
        lost = await system.ping("bob", "CAUSES")
        await system.job_in(lost, "succeeded")
        await until(lambda: _outbox_is_empty(system))
    await _delete_follow_ups(system, keep=0)
    group = await _ledger(system, since=again)
    # Of the two, only the second belongs to what came since.
    assert (group.accepted, group.completed, group.unaccounted) == (2, 2, [])
    assert group.unpublished == await _effects_of(system, lost)


async def test_a_replay_that_fails_does_not_ask_for_what_the_first_life_caused(system: System, fault: Fault) -> None:
    began = datetime.now(UTC)
    async with system.worker(), system.relay():
        event = await system.ping("ada", "CAUSES")
        await system.job_in(event, "succeeded")
        await until(lambda: _outbox_is_empty(system))
        await _delete_follow_ups(system, keep=0)
        fault.broken = True
        replayed = await replay_service.replay(
            system.settings,
            system.sessions,
            system.consumers[0].subscription,
            since=began,
            until=datetime.now(UTC) + timedelta(minutes=1),
            rate=100,
            operator="olga",
        )
        assert replayed == 1
        await until(lambda: _is_in_life(system, event, 2, "retrying"))
    group = await _ledger(system)
    assert (group.in_flight, group.unpublished, group.unaccounted) == (1, [], [])


async def test_a_replay_that_succeeds_balances(system: System) -> None:
    began = datetime.now(UTC)
    async with system.worker(), system.relay():
        event = await system.ping("ada", "CAUSES")
        await system.job_in(event, "succeeded")
        await until(lambda: _outbox_is_empty(system))
        await replay_service.replay(
            system.settings,
            system.sessions,
            system.consumers[0].subscription,
            since=began,
            until=datetime.now(UTC) + timedelta(minutes=1),
            rate=100,
            operator="olga",
        )
        assert (await _ledger(system)).unaccounted == []
        await until(lambda: _is_in_life(system, event, 2, "succeeded"))
        await until(lambda: _outbox_is_empty(system))
    group = await _ledger(system)
    assert (group.accepted, group.completed) == (1, 1)
    assert (group.unaccounted, group.twice, group.unpublished) == ([], [], [])


async def test_an_event_that_expired_unhandled_is_counted_as_such(system: System) -> None:
    async with system.worker():
        past = datetime.now(UTC) - timedelta(seconds=1)
        event = await system.publish(TestPinged(user_id="ada"), expiry_time=past)
        await system.job_in(event, "expired")
    group = await _ledger(system)
    assert (group.accepted, group.expired, group.unaccounted) == (1, 1, [])


async def _delete_follow_ups(system: System, *, keep: int) -> None:
    """Delete what the follow-up topic has, but for the last few of each partition."""
    topic = system.names.topic("test.ponged")
    ends = {record.partition: record.offset + 1 for record in await read_raw(system.settings, topic)}
    async with admin_client(system.settings) as admin:
        await admin.delete_records(
            {TopicPartition(topic, partition): RecordsToDelete(end - keep) for partition, end in ends.items()}
        )
    assert len(await read_raw(system.settings, topic)) == keep * len(ends)


async def _effects_of(system: System, event: Envelope[Event]) -> list[UUID]:
    [[effects]] = await system.rows("SELECT effects FROM jobs WHERE event_id = :id", id=event.id)
    return [UUID(effect["id"]) for effect in effects]


async def _is_in_life(system: System, event: Envelope[Event], life: int, status: str) -> bool:
    row = await system.job(event)
    return row is not None and (row.life, row.status) == (life, status) and row.attempt > 0


async def _outbox_is_empty(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM outbox_events LIMIT 1")


async def _dead_count(system: System, count: int) -> bool:
    return len(await system.dead_letters()) >= count
