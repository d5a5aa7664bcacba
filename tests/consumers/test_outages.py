"""Servers go away under load and come back: nothing is lost, nothing is done twice, no attempt is spent."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from consumers import worker as worker_module
from infra.exceptions import ServiceUnavailable
from infra.local.server import Server
from infra.local.stack import EmbeddedStack
from models.schema import upgrade
from schemas.events import Envelope, Event
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.processes import worker_process
from tests.support.system import System
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.chaos, pytest.mark.timeout(180)]

# Seconds.
OUTAGE = 6.0
ATTEMPT_TIMEOUT = 2.0
PAUSE = 0.02


@pytest.fixture(scope="module")
def own_stack() -> Iterator[EmbeddedStack]:
    """Servers that may be stopped."""
    with tempfile.TemporaryDirectory(prefix="delight-outages-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedStack(Path(folder)) as stack:
            upgrade(stack.postgres.create_database("delight_template"))
            yield stack
            stack.kafka.kill()


@pytest.fixture
async def system(own_stack: EmbeddedStack) -> AsyncIterator[System]:
    system = System(SettingsFactory(own_stack)(kafka_send_timeout=timedelta(seconds=2)), [make_pinged(Calls())])
    await system.start()
    yield system
    await system.stop()


@dataclass
class Load:
    """Publishes steadily; whoever is told to come again does, with the same event."""

    system: System
    accepted: list[Envelope[Event]] = field(default_factory=list)
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        modes = itertools.cycle(["OK", "READS", "CAUSES", "SLOW", "READS"])
        for number in itertools.count():
            if self.ending.is_set():
                return
            envelope = Envelope.mint(
                TestPinged(user_id=f"person{number % 20}", mode=next(modes), number=number, seconds=0.1)
            )
            while not await self._is_accepted(envelope):
                pass
            self.accepted.append(envelope)
            await asyncio.sleep(PAUSE)

    async def _is_accepted(self, envelope: Envelope[Event]) -> bool:
        try:
            await self.system.publisher.publish(envelope)
        except ServiceUnavailable:
            # As clients do that are told to try again later.
            await asyncio.sleep(0.1)
            return False
        return True


async def succeeded(system: System) -> int:
    [[count]] = await system.rows("SELECT count(*) FROM jobs WHERE status = 'succeeded'")
    return int(count)


async def has_succeeded(system: System, count: int) -> bool:
    return await succeeded(system) >= count


async def postgres_answers(system: System) -> bool:
    try:
        await system.rows("SELECT 1")
    except (SQLAlchemyError, OSError):
        # A connection of the pool that the outage broke.
        return False
    return True


async def outbox_is_empty(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM outbox_events LIMIT 1")


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("name", ["kafka", "postgres", "valkey"])
async def test_an_outage_under_load_costs_only_time(
    own_stack: EmbeddedStack, system: System, name: str, how: str
) -> None:
    server: Server = getattr(own_stack, name)
    load = Load(system)
    async with worker_process(system.settings, timeout_s=ATTEMPT_TIMEOUT) as worker, system.relay():
        loading = asyncio.create_task(load.run())
        await until(lambda: has_succeeded(system, 30))

        cpu, logged = worker.cpu_seconds, len(worker.logged)
        await asyncio.to_thread(getattr(server, how))
        # The outage itself: longer than an attempt may take.
        await asyncio.sleep(OUTAGE)
        cpu, logged = worker.cpu_seconds - cpu, len(worker.logged) - logged
        assert await worker.is_alive()
        await asyncio.to_thread(server.start)
        await until(lambda: postgres_answers(system))

        there = len(load.accepted)
        await until(lambda: len(load.accepted) > there + 50, within=40, what="the load is accepted again")
        load.ending.set()
        await loading
        await until(lambda: has_succeeded(system, len(load.accepted)), within=40, what="all that was accepted is done")
        await until(lambda: outbox_is_empty(system))
        worker.terminate()
        assert await worker.ended() == 0

    rows = await system.rows("SELECT event_id, attempt, delivery, status FROM jobs")
    assert {row.event_id for row in rows} == {envelope.id for envelope in load.accepted}
    assert {(row.status, row.attempt, row.delivery) for row in rows} == {("succeeded", 1, 1)}
    assert await system.rows("SELECT 1 FROM job_attempts") == []
    [[effects, distinct]] = await system.rows("SELECT count(*), count(DISTINCT event_id) FROM effects")
    assert effects == distinct == len(load.accepted)
    # One that spins needs a core and writes thousands of lines.
    assert cpu < OUTAGE / 2
    assert logged < 200


async def test_without_kafka_a_worker_is_alive_and_waits_for_it(
    own_stack: EmbeddedStack, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STALE_AFTER", 2.5)
    async with system.worker() as before:
        await asyncio.to_thread(own_stack.kafka.kill)
        # One that begins now, and one that ends before Kafka is back.
        async with system.worker(joined=False) as beginning:
            async with system.worker(joined=False):
                await asyncio.sleep(4)
                assert await before.alive() == {}
                assert await beginning.alive() == {}
            assert "test-pinging" in await beginning.ready()
            await asyncio.to_thread(own_stack.kafka.start)
            await until(lambda: beginning.joined, within=40)
            event = await accepted(system)
            await system.job_in(event, "succeeded", within=40)


async def accepted(system: System) -> Envelope[Event]:
    load = Load(system)
    loading = asyncio.create_task(load.run())
    await until(lambda: load.accepted, within=40)
    load.ending.set()
    await loading
    return load.accepted[0]
