"""Alerts of dead letters, as Sentry receives them over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sentry_sdk
from pydantic import SecretStr

from consumers.runtime.policy import Criticality
from infra.redis import create_redis
from infra.sentry import SCRUBBED, init_sentry
from infra.settings import Settings
from tests.conftest import SettingsFactory
from tests.support.dead_letters import dead, die
from tests.support.mending import Fault, make_mendable
from tests.support.sentry_receiver import SentryReceiver, sentry_of, sentry_receiver
from tests.support.system import System
from tests.support.waiting import until

KEY = "a-key-for-pseudonyms-0123456789"


@pytest.fixture
async def receiver() -> AsyncIterator[SentryReceiver]:
    async with sentry_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def settings(make_settings: SettingsFactory) -> Settings:
    return make_settings(pseudonym_key=SecretStr(KEY))


async def make_system(settings: Settings, *, critical: bool = False) -> System:
    system = System(
        settings,
        [make_mendable(Fault(), criticality=Criticality.CRITICAL if critical else Criticality.NORMAL)],
    )
    await system.start()
    return system


async def test_alike_dead_letters_are_one_alert_over_all_workers(settings: Settings, receiver: SentryReceiver) -> None:
    system = await make_system(settings)
    async with sentry_of(settings, receiver.dsn), system.worker(), system.worker():
        events = await asyncio.gather(
            *(system.ping(f"person-{n}", "OK", number=n, correlation_id=f"request-{n}") for n in range(20))
        )
        await dead(system, list(events))
        other = await die(system, "person-0", "INVALID")
    await system.stop()
    assert other.user_id == "person-0"
    assert len(receiver.events) == 1


async def test_an_alert_says_what_where_and_for_whom_but_nothing_private(
    settings: Settings, receiver: SentryReceiver
) -> None:
    system = await make_system(settings, critical=True)
    async with sentry_of(settings, receiver.dsn), system.worker():
        event = await system.publish_as("ada-lovelace", number=7, request_id="request-7")
        await dead(system, [event])
    await system.stop()
    [alert] = receiver.events
    row = await job_row(system, event)
    assert alert["level"] == "fatal"
    assert alert["environment"] == "development"
    assert alert["fingerprint"] == ["dead-letter", row.fingerprint]
    tags = alert["tags"]
    assert (tags["job_type"], tags["request_id"], tags["reason"]) == ("test-pinging", "request-7", "exhausted")
    assert alert["extra"]["dead_letter"] == f"{event.id}:test-pinging"
    assert alert["user"] == {"id": tags["person"]}
    for private in (b"ada-lovelace", b"is broken", b"part 7"):
        assert private not in receiver.raw
