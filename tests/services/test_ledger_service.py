"""The ledger notices what is lost, and counts what is not, on real topics and a real database."""

import math
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from consumers.runtime.policy import RetryPolicy
from infra.metrics import LEDGER_UNACCOUNTED
from schemas.ledger import LedgerGroup
from services import ledger_service
from services.monitor import Monitor
from services.observer import read_unaccounted
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, make_pinged
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture
async def system(make_settings: SettingsFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    monkeypatch.setattr(ledger_service, "SECOND_LOOK_AFTER", 0.05)
    hour = RetryPolicy.fixed(max_retries=2, delay=timedelta(hours=1))
    system = System(make_settings(), [make_pinged(Calls(), retry=hour)])
    await system.start()
    yield system
    await system.stop()


async def _ledger(system: System) -> LedgerGroup:
    ledger = await ledger_service.audit(
        system.settings, system.sessions, [consumer.subscription for consumer in system.consumers]
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


async def _dead_count(system: System, count: int) -> bool:
    return len(await system.dead_letters()) >= count
