"""The monitor at work: real groups and queues, real outages, and alerts that arrive at a real webhook receiver."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete
from pydantic import SecretStr
from structlog.testing import capture_logs

from infra.control import say_breaker
from infra.kafka import admin_client, client_options
from infra.lag_board import read_snapshot
from infra.settings import Settings
from producers.outbox import OutboxRecord, enqueue_records
from schemas.lag import GroupState
from services import lag_history
from services.alert_rules import ALERT_RULES
from services.alert_service import list_alerts
from services.monitor import Monitor
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.sentry_receiver import sentry_of, sentry_receiver
from tests.support.system import System
from tests.support.waiting import until
from tests.support.webhook_receiver import SECRET, WebhookReceiver, webhook_receiver

# The real rules, without the half minute that they stay on after it is over.
RULES = tuple(dataclasses.replace(rule, keep_firing=timedelta()) for rule in ALERT_RULES)
GROUP = "test-pinging"


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
async def system(make_settings: SettingsFactory, receiver: WebhookReceiver) -> AsyncIterator[System]:
    settings = make_settings(
        monitor_interval=timedelta(seconds=0.2),
        alert_webhook_url=SecretStr(receiver.url),
        alert_webhook_secret=SecretStr(SECRET),
    )
    system = System(settings, [make_pinged(Calls())])
    await system.start()
    yield system
    await system.stop()


def make_monitor(system: System, settings: Settings | None = None, **options: Any) -> Monitor:
    subscriptions = [consumer.subscription for consumer in system.consumers]
    return Monitor(settings or system.settings, subscriptions, rules=RULES, critical=[GROUP], **options)


@asynccontextmanager
async def a_monitor(system: System, settings: Settings | None = None, **options: Any) -> AsyncIterator[Monitor]:
    """A monitor that runs for the length of the block and has looked once."""
    monitor = make_monitor(system, settings, **options)
    running = asyncio.create_task(monitor.run())
    try:
        await until(lambda: monitor.looks > 0 or running.done(), what="the first look")
        yield monitor
    finally:
        monitor.stop()
        await running


async def next_look(monitor: Monitor) -> None:
    """Wait for a look that began after now."""
    seen = monitor.looks
    await until(lambda: monitor.looks >= seen + 2, what="another look")


async def firing(system: System) -> list[tuple[str, str]]:
    async with system.sessions() as session:
        return [(alert.rule, alert.subject) for alert in (await list_alerts(session)).firing]


async def test_a_stopped_consumer_with_1001_events_raises_one_depth_alert_until_it_is_over(
    system: System, receiver: WebhookReceiver
) -> None:
    await asyncio.gather(*(system.ping(f"user{number}") for number in range(1000)))
    async with a_monitor(system) as monitor:
        snapshot = await read_snapshot(system.redis)
        assert snapshot is not None
        [group] = snapshot.groups
        assert (group.job_type, group.depth, group.state) == (GROUP, 1000, GroupState.NEVER_STARTED)
        await next_look(monitor)
        assert receiver.of("queue-depth") == []

        await system.ping("one-too-many")
        await until(lambda: receiver.received, what="the alert arrives")
        await next_look(monitor)
        assert receiver.of("queue-depth") == [("alert.raised", GROUP)]
        [raised] = receiver.received
        assert (raised["alert"]["value"], raised["alert"]["threshold"]) == (1001, 1000)
        async with system.sessions() as session:
            history = await lag_history.read_history(session, window=timedelta(minutes=5), points=10)
        assert [(series.job_type, max(point.depth for point in series.points)) for series in history.series] == [
            (GROUP, 1001)
        ]

        async with system.worker():
            await until(lambda: len(receiver.received) == 2, within=30, what="the end of the alert arrives")
        await next_look(monitor)
        assert receiver.of("queue-depth") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]
        assert receiver.received[1]["alert"]["id"] == raised["alert"]["id"]
    assert receiver.badly_signed == 0
    assert await firing(system) == []


async def test_an_event_older_than_five_minutes_raises_the_age_alert(system: System, receiver: WebhookReceiver) -> None:
    old = datetime.now(UTC) - timedelta(minutes=5, seconds=1)
    producer = AIOKafkaProducer(**client_options(system.settings))
    await producer.start()
    await producer.send_and_wait(
        system.names.topic("test.pinged"), b"{}", key=b"ada", timestamp_ms=int(old.timestamp() * 1000)
    )
    await producer.stop()
    async with a_monitor(system) as monitor:
        await until(lambda: receiver.of("job-age"), what="the age alert")
        assert await firing(system) == [("job-age", GROUP)]
        async with system.worker():
            await until(lambda: len(receiver.of("job-age")) == 2, within=30)
        await next_look(monitor)
    assert receiver.of("job-age") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]


async def test_an_event_grows_old_while_nobody_handles_it(system: System, receiver: WebhookReceiver) -> None:
    await system.ping("ada")
    now = datetime.now(UTC)
    monitor = make_monitor(system, clock=lambda: now)
    try:
        await monitor.look()
        assert await firing(system) == []
        now += timedelta(minutes=5, seconds=1)
        await monitor.look()
        assert await firing(system) == [("job-age", GROUP)]
    finally:
        await monitor.close()


async def test_two_monitors_raise_one_alert(system: System, receiver: WebhookReceiver) -> None:
    await asyncio.gather(*(system.ping(f"user{number}") for number in range(1001)))
    with capture_logs() as logs:
        async with a_monitor(system) as one, a_monitor(system) as other:
            await until(lambda: receiver.received)
            await next_look(one)
            await next_look(other)
            async with system.worker():
                await until(lambda: len(receiver.received) >= 2, within=30)
            await next_look(one)
            await next_look(other)
    assert receiver.of("queue-depth") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]
    told = [entry["event"] for entry in logs if entry.get("rule") == "queue-depth"]
    assert told == ["alert.raised", "alert.resolved"]


async def test_a_restarted_monitor_neither_raises_again_nor_forgets(system: System, receiver: WebhookReceiver) -> None:
    await asyncio.gather(*(system.ping(f"user{number}") for number in range(1001)))
    async with a_monitor(system):
        await until(lambda: receiver.received)
    async with a_monitor(system) as monitor:
        await next_look(monitor)
    assert receiver.of("queue-depth") == [("alert.raised", GROUP)]
    async with system.worker() as worker, a_monitor(system):
        await until(lambda: len(receiver.received) == 2, within=30)
        assert worker.joined
    assert receiver.of("queue-depth") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]


async def test_a_webhook_that_refuses_gets_the_same_notice_until_it_takes_it(
    system: System, receiver: WebhookReceiver
) -> None:
    receiver.refusals = 2
    await say_breaker(system.redis, GROUP, "worker-1", "open")
    async with a_monitor(system):
        await until(lambda: len(receiver.refused) == 1)
    # What is owed outlives the monitor, and its end waits for its beginning.
    await system.redis.delete("delight:breakers")
    async with a_monitor(system):
        await until(lambda: len(receiver.received) == 2, within=60)
    assert receiver.of("breaker-open") == [("alert.raised", GROUP), ("alert.resolved", GROUP)]
    assert receiver.refused == [receiver.received[0]] * 2
    [attempts, _] = await system.rows("SELECT attempts FROM alert_notices WHERE channel = 'webhook' ORDER BY id")
    assert attempts.attempts == 3


async def test_dead_jobs_of_a_critical_type_alert_as_such(system: System, receiver: WebhookReceiver) -> None:
    async with system.worker(), a_monitor(system):
        await system.job_in(await system.ping("ada", "INVALID"), "dead")
        await until(lambda: len(receiver.received) == 2)
    assert receiver.of("critical-failure") == [("alert.raised", GROUP)]
    assert receiver.of("dead-letters-growing") == [("alert.raised", GROUP)]
    assert {body["alert"]["severity"] for body in receiver.received} == {"warning", "critical"}


async def test_outbox_rows_that_nobody_publishes_alert_and_count_as_depth(
    system: System, receiver: WebhookReceiver
) -> None:
    async with system.sessions.begin() as session:
        await enqueue_records(session, [OutboxRecord("test-pinging.retry", b"ada", b"{}")] * 3)
        await enqueue_records(session, [OutboxRecord("test.pinged", b"ada", b"{}", delay=timedelta(hours=1))])
    monitor = make_monitor(system, clock=lambda: datetime.now(UTC) + timedelta(seconds=61))
    try:
        seen = await monitor.look()
    finally:
        await monitor.close()
    assert await firing(system) == [("relay-stalled", "")]
    snapshot = seen.snapshot()
    assert snapshot is not None
    [group] = snapshot.groups
    # A retry that is not due yet waits for its time and not for us.
    assert (group.lag, group.outbox_due, group.depth) == (0, 3, 3)
    assert group.oldest_age_seconds >= 61


async def test_records_that_retention_deleted_unread_alert_with_their_number(
    system: System, receiver: WebhookReceiver
) -> None:
    async with system.worker(), a_monitor(system) as monitor:
        await system.job_in(await system.ping("ada"), "succeeded")
        await until(lambda: _caught_up(monitor), what="the group has committed")
    for _ in range(9):
        event = await system.ping("ada")
    topic = system.names.topic(event.type)
    async with a_monitor(system) as monitor:
        seen = await monitor.look()
        assert seen.groups is not None
        [behind] = [p for p in seen.groups[0].partitions if p.lag]
        async with admin_client(system.settings) as admin:
            place = TopicPartition(topic, behind.partition)
            await admin.delete_records({place: RecordsToDelete(before_offset=behind.end - 2)})
        await until(lambda: receiver.of("records-lost"), what="the loss is told")
        [lost] = [body["alert"] for body in receiver.received if body["alert"]["rule"] == "records-lost"]
        assert (lost["subject"], lost["value"]) == (system.names.group(GROUP), 7)
        async with system.worker():
            await until(lambda: len(receiver.of("records-lost")) == 2, within=30, what="the group goes on")


async def _caught_up(monitor: Monitor) -> bool:
    seen = await monitor.look()
    return bool(seen.groups) and all(p.lag == 0 for group in seen.groups or () for p in group.partitions)


async def test_sentry_gets_one_issue_per_rule_and_subject(system: System, receiver: WebhookReceiver) -> None:
    await say_breaker(system.redis, GROUP, "worker-1", "open")
    async with sentry_receiver() as sentry:
        async with sentry_of(system.settings, sentry.dsn), a_monitor(system) as monitor:
            await until(lambda: sentry.events, what="the alert arrives")
            await system.redis.delete("delight:breakers")
            await until(lambda: len(receiver.received) == 2)
            await next_look(monitor)
        [event] = sentry.events
    assert event["fingerprint"] == ["alert", "breaker-open", GROUP]
    assert (event["level"], event["tags"]["alert_rule"]) == ("error", "breaker-open")
    assert GROUP in event["logentry"]["message"]


async def test_while_kafka_is_away_alerts_stay_as_they_are(system: System, receiver: WebhookReceiver) -> None:
    await asyncio.gather(*(system.ping(f"user{number}") for number in range(1001)))
    async with a_monitor(system):
        await until(lambda: receiver.received)
    elsewhere = system.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    async with a_monitor(system, elsewhere) as monitor:
        await next_look(monitor)
        assert "kafka" in await monitor.ready()
        assert await monitor.alive() == {}
        # The other rules go on.
        await say_breaker(system.redis, GROUP, "worker-1", "open")
        await until(lambda: receiver.of("breaker-open"))
    assert set(await firing(system)) == {("queue-depth", GROUP), ("breaker-open", GROUP)}


async def test_the_metrics_say_what_was_measured(system: System) -> None:
    from prometheus_client import REGISTRY

    await system.publish(TestPinged(user_id="ada"))
    monitor = make_monitor(system)
    try:
        seen = await monitor.look()
    finally:
        await monitor.close()
    assert seen.groups is not None
    for partition in seen.groups[0].partitions:
        labels = {
            "consumergroup": system.names.group(GROUP),
            "topic": partition.topic,
            "partition": str(partition.partition),
        }
        assert REGISTRY.get_sample_value("kafka_consumergroup_lag", labels) == partition.lag
        assert REGISTRY.get_sample_value("delight_records_lost", labels) == 0
    assert REGISTRY.get_sample_value("delight_queue_depth", {"job_type": GROUP}) == 1
    age = REGISTRY.get_sample_value("delight_job_oldest_age_seconds", {"job_type": GROUP})
    assert age is not None
    assert age > 0
    assert REGISTRY.get_sample_value("delight_dead_letters") == 0
    assert REGISTRY.get_sample_value("delight_outbox_pending") == 0
    measured = REGISTRY.get_sample_value("delight_monitor_measured_timestamp_seconds", {"source": "kafka"})
    assert measured == seen.at.timestamp()
