"""A provider that fails for everybody: the breaker stops the group, operators see it, and one job at a time finds the end."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.policy import RetryPolicy
from infra.metrics import BREAKER_STATE
from schemas.quests import QuestRequested
from services.alert_rules import ALERT_RULES
from services.monitor import Monitor
from tests.conftest import SettingsFactory
from tests.support.command import delight, reaching
from tests.support.mending import Fault, make_mendable_quests
from tests.support.system import System
from tests.support.waiting import until
from tests.support.webhook_receiver import SECRET, WebhookReceiver, webhook_receiver

pytestmark = pytest.mark.slow

GROUP = "quest-generation"
JOBS, AT_ONCE = 60, 5
PAUSE = timedelta(seconds=1)
# The rule's real minute would be a minute of this test; it must still be longer than a probe.
RULES = [dataclasses.replace(rule, keep_firing=timedelta(seconds=3)) for rule in ALERT_RULES]


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def fault() -> Fault:
    return Fault()


@pytest.fixture
async def system(make_settings: SettingsFactory, fault: Fault, receiver: WebhookReceiver) -> AsyncIterator[System]:
    settings = make_settings(
        monitor_interval=timedelta(seconds=0.2),
        alert_webhook_url=SecretStr(receiver.url),
        alert_webhook_secret=SecretStr(SECRET),
    )
    consumer = make_mendable_quests(fault)
    policy = dataclasses.replace(
        consumer.policy,
        retry=RetryPolicy.fixed(max_retries=3, delay=timedelta(seconds=0.1)),
        concurrency=AT_ONCE,
        breaker=BreakerPolicy(minimum=5, ratio=0.8, pause=PAUSE),
    )
    system = System(settings, [dataclasses.replace(consumer, policy=policy)])
    await system.start()
    yield system
    await system.stop()


@pytest.fixture
async def monitor(system: System) -> AsyncIterator[Monitor]:
    monitor = Monitor(system.settings, [consumer.subscription for consumer in system.consumers], rules=RULES)
    running = asyncio.create_task(monitor.run())
    yield monitor
    monitor.stop()
    await running


async def test_a_provider_that_fails_for_everybody_stops_the_group_and_kills_no_job(
    system: System, fault: Fault, receiver: WebhookReceiver, monitor: Monitor
) -> None:
    # What the breaker of a runner that broke may have left behind.
    BREAKER_STATE.labels(GROUP).set(2)
    async with system.worker() as worker, system.relay():
        assert _gauge() == 0
        for number in range(JOBS):
            await system.publish(QuestRequested(user_id=f"user{number}"))
        await until(lambda: worker.breaker_states == {GROUP: "open"})
        assert _gauge() == 2
        await until(lambda: receiver.of("breaker-open"), what="the alert arrives")
        shown = await _lag(system)
        assert shown["breaker"] in ("open", "half_open")
        assert shown["depth"] >= JOBS - 2 * AT_ONCE
        # Before it tripped, what ran ended; since then one job after each pause.
        tripped = len(await _attempts(system))
        await until(lambda: _has_attempts(system, tripped + 2), what="two more probes")
        fault.broken = False
        await until(lambda: _all_succeeded(system), what="everything is done")
        await until(lambda: worker.breaker_states == {GROUP: "closed"})
        assert _gauge() == 0
        await until(lambda: len(receiver.of("breaker-open")) > 1, what="the end of the alert arrives")
        assert (await _lag(system))["breaker"] == "closed"
    assert receiver.of("breaker-open") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]
    assert monitor.looks > 0

    failed = [attempt for attempt in await _attempts(system) if attempt.outcome == "retrying"]
    probes = failed[tripped - 1 :]
    assert len(probes) > 2
    waited = [later.started_at - earlier.finished_at for earlier, later in pairwise(probes)]
    # A little earlier by the wall clock: the breaker's is another one.
    assert all(wait > 0.9 * PAUSE for wait in waited), waited


def _gauge() -> float | None:
    return REGISTRY.get_sample_value("delight_breaker_state", {"job_type": GROUP})


async def _attempts(system: System) -> list[Any]:
    return await system.rows("SELECT outcome, started_at, finished_at FROM job_attempts ORDER BY started_at")


async def _has_attempts(system: System, count: int) -> bool:
    return len(await _attempts(system)) >= count


async def _all_succeeded(system: System) -> bool:
    rows = await system.rows("SELECT status, count(*) FROM jobs GROUP BY status")
    assert "dead" not in {row.status for row in rows}
    return [tuple(row) for row in rows] == [("succeeded", JOBS)]


async def _lag(system: System) -> dict[str, Any]:
    done = await asyncio.to_thread(delight, "lag", "--json", **reaching(system.settings))
    assert done.returncode == 0, done.stderr
    [group] = [group for group in json.loads(done.stdout)["groups"] if group["job_type"] == GROUP]
    return dict(group)
