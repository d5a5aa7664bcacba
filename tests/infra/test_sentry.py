"""Alerts of dead letters, as a Sentry receives them over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sentry_sdk
from pydantic import SecretStr

from consumers.runtime.policy import Criticality
from infra.sentry import SCRUBBED
from tests.conftest import SettingsFactory
from tests.support.dead_letters import dead, die
from tests.support.mending import Fault, make_mendable
from tests.support.pinged import TestPinged
from tests.support.raw_records import send_raw
from tests.support.sentry_receiver import SentryReceiver, sentry_of, sentry_receiver
from tests.support.system import System
from tests.support.waiting import until

KEY = "a-key-for-pseudonyms-0123456789"


@pytest.fixture
async def receiver() -> AsyncIterator[SentryReceiver]:
    async with sentry_receiver() as receiver:
        yield receiver


@asynccontextmanager
async def failing_system(
    make_settings: SettingsFactory, *, criticality: Criticality = Criticality.NORMAL, **settings: object
) -> AsyncIterator[System]:
    """Every job of it dies."""
    system = System(
        make_settings(pseudonym_key=SecretStr(KEY), **settings), [make_mendable(Fault(), criticality=criticality)]
    )
    await system.start()
    yield system
    await system.stop()


async def test_alike_dead_letters_are_one_alert_of_all_workers(
    make_settings: SettingsFactory, receiver: SentryReceiver
) -> None:
    async with failing_system(make_settings) as system, sentry_of(system.settings, receiver.dsn):
        async with system.worker(), system.worker():
            events = await asyncio.gather(*(system.ping(f"person-{n}", "OK", number=n) for n in range(20)))
            await dead(system, events)
            await send_raw(system.settings, system.names.topic("test.pinged"), b"no event")
            await until(lambda: system.rows("SELECT 1 FROM jobs WHERE dead_reason = 'undecodable'"))
        rows = await system.rows("SELECT DISTINCT fingerprint FROM jobs")
    assert len(rows) == 2
    assert {tuple(event["fingerprint"]) for event in receiver.events} == {
        ("dead-letter", row.fingerprint) for row in rows
    }
    assert [event["level"] for event in receiver.events] == ["warning", "warning"]


async def test_an_alert_says_what_happened_and_nothing_that_is_private(
    make_settings: SettingsFactory, receiver: SentryReceiver
) -> None:
    async with (
        failing_system(make_settings, criticality=Criticality.CRITICAL) as system,
        sentry_of(system.settings, receiver.dsn),
        system.worker(),
    ):
        event = await system.publish(
            TestPinged(user_id="ada-lovelace", mode="OK", number=77), correlation_id="request-7"
        )
        await dead(system, [event])
        row = await system.job(event)
        assert row is not None
        await die(system, "ada-lovelace", "OK", number=78)
    [alert] = receiver.events
    assert alert["level"] == "fatal"
    assert alert["environment"] == "development"
    assert alert["fingerprint"] == ["dead-letter", row.fingerprint]
    tags = alert["tags"]
    assert (tags["job_type"], tags["event_type"], tags["request_id"], tags["reason"], tags["critical"]) == (
        "test-pinging",
        "test.pinged",
        "request-7",
        "exhausted",
        "true",
    )
    assert tags["error_type"].endswith("BrokenPartError")
    assert alert["user"] == {"id": tags["person"]}
    assert alert["extra"]["dead_letter"] == f"{event.id}:test-pinging"
    assert "server_name" not in alert
    for private in (b"ada-lovelace", b"is broken", b"part 77"):
        assert private not in receiver.raw


async def test_a_person_has_one_pseudonym_and_another_person_another(
    make_settings: SettingsFactory, receiver: SentryReceiver
) -> None:
    people: list[str] = []
    for user in ("ada", "ada", "bob"):
        async with failing_system(make_settings) as system, sentry_of(system.settings, receiver.dsn), system.worker():
            await die(system, user, "OK")
        people.append(receiver.events[-1]["tags"]["person"])
    assert people[0] == people[1] != people[2]


async def test_the_next_window_alerts_again_and_counts_what_was_held_back(
    make_settings: SettingsFactory, receiver: SentryReceiver
) -> None:
    async with (
        failing_system(make_settings, alert_window=timedelta(seconds=2)) as system,
        sentry_of(system.settings, receiver.dsn),
        system.worker(),
    ):
        await die(system, "ada", "OK")
        await dead(system, [await system.ping("ada", "OK") for _ in range(3)])

        async def window_is_over() -> bool:
            return not await system.redis.keys("delight:alerts:window:*")

        await until(window_is_over)
        await die(system, "ada", "OK")
    # However the windows fell, each letter is in one alert: in its own, or counted by the next.
    assert len(receiver.events) > 1
    told = [event["extra"]["letters"] + event["extra"]["held_back_since_last_alert"] for event in receiver.events]
    assert sum(told) == 5
    assert len({tuple(event["fingerprint"]) for event in receiver.events}) == 1


async def test_a_sentry_that_is_away_holds_up_nothing(make_settings: SettingsFactory) -> None:
    dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:1/42"
    async with failing_system(make_settings) as system, sentry_of(system.settings, dsn), system.worker():
        event = await die(system, "ada", "OK")
        row = await system.job(event)
    assert row is not None
    assert row.status == "dead"


async def test_without_a_dsn_nothing_is_sent(make_settings: SettingsFactory, receiver: SentryReceiver) -> None:
    async with failing_system(make_settings) as system, system.worker():
        await die(system, "ada", "OK")
    assert not sentry_sdk.is_initialized()
    assert receiver.events == []


async def test_what_else_is_captured_is_scrubbed(make_settings: SettingsFactory, receiver: SentryReceiver) -> None:
    def fail(diary: str) -> None:
        raise ValueError(f"cannot read {diary}")

    async with sentry_of(make_settings(), receiver.dsn):
        try:
            fail("dear diary")
        except ValueError:
            sentry_sdk.capture_exception()
    [event] = receiver.events
    [error] = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("ValueError", SCRUBBED)
    assert b"dear diary" not in receiver.raw
