"""Servers go away under load and come back: nothing is lost, nothing is done twice, no attempt is spent.

Short outages; `make outages` measures those of a minute.
"""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from consumers import worker as worker_module
from infra.exceptions import ServiceUnavailable
from infra.local.stack import EmbeddedStack
from models.schema import upgrade
from schemas.events import Envelope, Event
from tests.chaos.outage_drill import HOW, TITLES, OutageDrill
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.system import System
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="delight-outages-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def own_stack(folder: Path) -> Iterator[EmbeddedStack]:
    """Servers that may be stopped."""
    with EmbeddedStack(folder / "stack") as stack:
        upgrade(stack.postgres.create_database("delight_template"))
        yield stack
        stack.kafka.kill()


@pytest.fixture(scope="module")
async def drill(own_stack: EmbeddedStack, folder: Path) -> AsyncIterator[OutageDrill]:
    """One worker, relay and edge, which live through all the outages."""
    async with OutageDrill(own_stack, folder, rate=100) as drill:
        yield drill


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TITLES)
async def test_an_outage_under_load_costs_only_time(drill: OutageDrill, name: str, how: str) -> None:
    report = await drill.outage(name, how, seconds=3)
    assert report.accepted > 100
    assert report.problems() == []


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def system(own_stack: EmbeddedStack, calls: Calls) -> AsyncIterator[System]:
    seconds = timedelta(seconds=1)
    settings = SettingsFactory(own_stack)(kafka_send_timeout=2 * seconds, database_timeout=seconds)
    system = System(settings, [make_pinged(calls, timeout=timedelta(seconds=2.5))])
    await system.start()
    yield system
    await system.stop()


async def test_a_database_that_hangs_spends_no_attempt(own_stack: EmbeddedStack, system: System, calls: Calls) -> None:
    """It is there and says nothing: each statement ends at its deadline, and the agent's own clock stands still."""
    async with system.worker(database_pool_size=2):
        events = [await system.ping(f"person{number}", "READS", seconds=0.5) for number in range(4)]
        await until(lambda: len(calls.started) == 4, what="the agents run, and have not asked the database yet")
        for process in server_processes(own_stack):
            process.send_signal(signal.SIGSTOP)
        try:
            # Longer than an attempt may take, and than every deadline on the way to the database.
            await asyncio.sleep(4)
        finally:
            for process in server_processes(own_stack):
                process.send_signal(signal.SIGCONT)
        jobs = [await system.job_in(event, "succeeded", "retrying", "dead") for event in events]
    assert len(calls.started) > 4
    assert [(job.status, job.attempt, job.delivery) for job in jobs] == [("succeeded", 1, 1)] * 4


def server_processes(stack: EmbeddedStack) -> list[psutil.Process]:
    postmaster = psutil.Process(stack.postgres.pid)
    return [postmaster, *postmaster.children(recursive=True)]


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
            event = await until(lambda: accepted(system), within=40)
            await system.job_in(event, "succeeded", within=40)


async def accepted(system: System) -> Envelope[Event] | None:
    envelope = Envelope.mint(TestPinged(user_id="ada"))
    try:
        await system.publisher.publish(envelope)
    except ServiceUnavailable:
        return None
    return envelope
