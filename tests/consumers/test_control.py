"""Operators steer workers: pause and resume a group, cancel a job; a breaker holds back what would only fail."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from agents.context import AgentContext
from consumers.runtime.breaker import BreakerPolicy
from infra.control import CancelJob, PausesChanged, read_breakers, send_control
from infra.exceptions import JobSnoozed, ModelRateLimited
from schemas.events import Envelope
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def system(make_settings: SettingsFactory, calls: Calls) -> AsyncIterator[System]:
    consumer = make_pinged(calls)
    breaker = BreakerPolicy(window=timedelta(seconds=30), minimum=5, ratio=0.8, pause=timedelta(seconds=1))
    system = System(make_settings(), [replace(consumer, policy=replace(consumer.policy, breaker=breaker))])
    await system.start()
    yield system
    await system.stop()


async def _pause(system: System) -> None:
    async with system.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO group_pauses (consumer_group, paused_by, reason) VALUES ('test-pinging', 'olga', 'a test')"
            )
        )
    await send_control(system.redis, PausesChanged())


async def _resume(system: System) -> None:
    async with system.engine.begin() as connection:
        await connection.execute(text("DELETE FROM group_pauses"))
    await send_control(system.redis, PausesChanged())


async def test_a_paused_group_starts_nothing_until_it_is_resumed(system: System, calls: Calls) -> None:
    async with system.worker() as worker:
        first = await system.ping("ada")
        await system.job_in(first, "succeeded")
        await _pause(system)
        await until(lambda: worker.paused_groups == {"test-pinging"})
        second = await system.ping("ada")
        await until(lambda: worker.waiting("test-pinging") == 1)
        assert calls.times_started(second.id) == 0
        await _resume(system)
        await system.job_in(second, "succeeded")


async def test_a_group_stays_paused_over_a_restart_of_its_worker(system: System, calls: Calls) -> None:
    async with system.worker() as worker:
        await _pause(system)
        await until(lambda: worker.paused_groups == {"test-pinging"})
    event = await system.ping("ada")
    async with system.worker() as worker:
        await until(lambda: worker.waiting("test-pinging") == 1)
        assert worker.paused_groups == {"test-pinging"}
        assert calls.started == []
        await _resume(system)
        await system.job_in(event, "succeeded")


async def test_cancelling_a_running_job_stops_its_agent(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada", "HANG")
        await until(lambda: calls.running == 1)
        async with system.engine.begin() as connection:
            await connection.execute(
                text("""
                    INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type,
                                      accepted_at, started_at, finished_at, tokens_in, tokens_out)
                    VALUES (:id, 'test-pinging', 'cancelled', 1, 0, 1, 'ada', 'test.pinged', now(), now(), now(), 0, 0)
                """),
                {"id": event.id},
            )
        await send_control(system.redis, CancelJob("test-pinging", event.id))
        await until(lambda: calls.running == 0)
        # The lane moves on, and the cancelled job stays cancelled.
        following = await system.ping("ada")
        await system.job_in(following, "succeeded")
    assert (await system.job(event)).status == "cancelled"
    assert await system.effects(event) == 0


async def test_an_open_breaker_holds_jobs_back_and_a_good_probe_closes_it(system: System, calls: Calls) -> None:
    async with system.worker() as worker:
        failing = [await system.ping(f"user{n}", "ERROR") for n in range(5)]
        for event in failing:
            await system.job_in(event, "retrying")
        await until(lambda: worker.breaker_states == {"test-pinging": "open"})
        assert await read_breakers(system.redis) == {"test-pinging": "open"}
        good = [await system.ping(f"good{n}") for n in range(10)]
        await until(lambda: worker.waiting("test-pinging") == 10)
        for event in good:
            await system.job_in(event, "succeeded")
        assert worker.breaker_states == {"test-pinging": "closed"}
    # Held back, none of them failed for want of the world: each needed one attempt.
    assert {(await system.job(event)).attempt for event in good} == {1}


async def test_a_provider_that_is_overloaded_is_asked_by_one_job_after_each_pause(system: System, calls: Calls) -> None:
    async def ask(event: Envelope[TestPinged], _context: AgentContext) -> int:
        if event.data.mode == "ERROR":
            raise RuntimeError("the world is broken")
        raise ModelRateLimited("slow down", retry_after=timedelta(hours=1))

    system.consumers = [replace(system.consumers[0], agent=ask)]
    async with system.worker() as worker:
        for number in range(5):
            await system.ping(f"user{number}", "ERROR")
        await until(lambda: worker.breaker_states == {"test-pinging": "open"})
        for number in range(10):
            await system.ping(f"other{number}")
        query = "SELECT started_at, finished_at FROM job_attempts WHERE outcome = 'snoozed' ORDER BY started_at"
        await until(lambda: _has_rows(system, query, 3))
        probes = await system.rows(query)
    waited = [later.started_at - earlier.finished_at for earlier, later in pairwise(probes)]
    # A little earlier by the wall clock: the breaker's is another one.
    assert all(wait > timedelta(seconds=0.9) for wait in waited), waited


async def _has_rows(system: System, query: str, count: int) -> bool:
    return len(await system.rows(query)) >= count


async def test_while_a_probe_runs_what_else_ends_lets_no_second_one_start(system: System, calls: Calls) -> None:
    straggler, probe = asyncio.Event(), asyncio.Event()

    async def ask(event: Envelope[TestPinged], _context: AgentContext) -> int:
        calls.started.append(event)
        match event.data.mode:
            case "STRAGGLER":
                await straggler.wait()
                raise JobSnoozed("not now", retry_after=timedelta(hours=1))
            case "PROBE":
                await probe.wait()
            case "ERROR":
                raise RuntimeError("the world is broken")
        return 1

    system.consumers = [replace(system.consumers[0], agent=ask)]
    async with system.worker() as worker:
        slow = await system.ping("ada", "STRAGGLER")
        await until(lambda: calls.times_started(slow.id))
        for number in range(5):
            await system.ping(f"user{number}", "ERROR")
        await until(lambda: worker.breaker_states == {"test-pinging": "open"})
        probing = await system.ping("eve", "PROBE")
        await until(lambda: calls.times_started(probing.id))
        assert worker.breaker_states == {"test-pinging": "half_open"}
        waiting = await system.ping("mallory")
        await until(lambda: worker.waiting("test-pinging") == 3)
        straggler.set()
        await system.job_in(slow, "snoozed")
        # Its end makes room for a further job, and would have started it at once.
        await until(lambda: worker.waiting("test-pinging") == 2)
        assert calls.times_started(waiting.id) == 0
        probe.set()
        await system.job_in(waiting, "succeeded")
        assert worker.breaker_states == {"test-pinging": "closed"}
