"""The processes of the system under test, with consumers of ours.

They run what `delight worker`, `delight relay` and `delight api` run. A relay that hears SIGUSR1 dies at the worst moment:
Kafka has its next batch, and PostgreSQL does not know it yet.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from api.server import run_api
from consumers import worker
from consumers.quest_generation import quest_generation
from consumers.registry import SUBSCRIPTIONS
from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from infra.logging import configure_logging
from infra.settings import load_settings
from producers import relay
from tests.support.pinged import TestPinged, TestPonged, make_pinged

DIED_UNCOMMITTED = 77


def chaos_consumers() -> Sequence[AnyConsumer]:
    """Short delays, so that retries, timeouts and dead letters happen many times in a minute."""
    policy = JobPolicy(
        retry=RetryPolicy.fixed(max_retries=3, delay=timedelta(seconds=0.3)),
        timeout=timedelta(seconds=1.5),
        concurrency=200,
        breaker=BreakerPolicy(minimum=200, ratio=0.9, pause=timedelta(seconds=2)),
    )
    return [_pinging("chaos-pinging", policy)]


def outage_consumers() -> Sequence[AnyConsumer]:
    """Nothing fails by itself: an attempt that is spent was spent by the outage. The edge's actions go to the real one."""
    policy = JobPolicy(
        retry=RetryPolicy.fixed(max_retries=3, delay=timedelta(seconds=0.5)),
        # Shorter than an outage of the drill, longer than a busy machine needs.
        timeout=timedelta(seconds=20),
        concurrency=200,
    )
    return [_pinging("outage-pinging", policy), quest_generation]


def _pinging(name: str, policy: JobPolicy) -> AnyConsumer:
    modes = make_pinged(name=name)
    return type(modes)(
        name=name, event=modes.event, agent=modes.agent, save=modes.save, policy=policy, notifies=modes.notifies
    )


def run_worker(make_consumers: Callable[[], Sequence[AnyConsumer]]) -> None:
    settings = load_settings()
    configure_logging(settings, process="worker")
    worker.CONSUMERS = tuple(make_consumers())
    asyncio.run(worker.run_worker(settings))


def run_relay(make_consumers: Callable[[], Sequence[AnyConsumer]]) -> None:
    settings = load_settings()
    configure_logging(settings, process="relay")
    ours = {kind.type: kind for kind in (TestPinged, TestPonged)}
    relay.EVENTS_BY_TYPE = MappingProxyType({**relay.EVENTS_BY_TYPE, **ours})
    signal.signal(signal.SIGUSR1, lambda *_: event.listen(Engine, "before_cursor_execute", _die_before_deleting))
    asyncio.run(relay.run_relay(settings, [consumer.subscription for consumer in make_consumers()]))


def run_edge() -> None:
    settings = load_settings()
    configure_logging(settings, process="api")
    run_api(settings, SUBSCRIPTIONS)


def _die_before_deleting(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.startswith("DELETE FROM outbox_events"):
        os._exit(DIED_UNCOMMITTED)
