"""What the lag monitor says of a group, against the real broker and against Kafka's own tool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete

from infra.exceptions import ServiceUnavailable
from infra.kafka import admin_client, client_options
from infra.lag_monitor import LagMonitor, MeasuredGroup
from schemas.lag import GroupState
from tests.conftest import SettingsFactory
from tests.support.kafka_tools import describe_group
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def system(make_settings: SettingsFactory, calls: Calls) -> AsyncIterator[System]:
    system = System(make_settings(), [make_pinged(calls)])
    await system.start()
    yield system
    await system.stop()


@pytest.fixture
async def monitor(system: System) -> AsyncIterator[LagMonitor]:
    monitor = LagMonitor(system.settings, [consumer.subscription for consumer in system.consumers])
    yield monitor
    await monitor.close()


async def the_group(monitor: LagMonitor) -> MeasuredGroup:
    [group] = await monitor.measure()
    return group


def lag_of(group: MeasuredGroup) -> int:
    return sum(partition.lag for partition in group.partitions)


@asynccontextmanager
async def a_producer(system: System) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**client_options(system.settings))
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def test_a_group_that_never_started_lags_by_all_there_is(system: System, monitor: LagMonitor) -> None:
    for number in range(7):
        await system.ping(f"user{number}")
    group = await the_group(monitor)
    assert (group.job_type, group.state, group.members) == ("test-pinging", GroupState.NEVER_STARTED, 0)
    assert lag_of(group) == 7
    assert {partition.committed for partition in group.partitions} == {None}
    assert {partition.topic for partition in group.partitions} == {
        system.names.topic("test.pinged"),
        system.names.retry("test-pinging"),
    }


async def test_the_lag_is_what_kafkas_own_tool_says(system: System, monitor: LagMonitor, calls: Calls) -> None:
    async with system.worker():
        done = [await system.ping(f"user{number}") for number in range(40)]
        for event in done:
            await system.job_in(event, "succeeded")
        held = [await system.ping(f"held{number}", "HANG") for number in range(5)]
        await until(lambda: len(calls.started) == 45, what="the held jobs run")
        for number in range(30):
            await system.ping(f"held{number % 5}")

        async def all_committed() -> bool:
            return lag_of(await the_group(monitor)) == 35

        await until(all_committed, what="what is done is committed")
        ours = await the_group(monitor)
        tool = await asyncio.to_thread(
            describe_group, system.settings.kafka_bootstrap_servers, system.names.group("test-pinging")
        )
        calls.release.set()
        for event in held:
            await system.job_in(event, "succeeded")
    assert ours.state is GroupState.WORKING
    assert ours.members == 1
    committed = {(p.topic, p.partition): p for p in ours.partitions if p.committed is not None}
    assert sum(p.lag for p in committed.values()) >= 35
    for place, partition in committed.items():
        assert (partition.committed, partition.end, partition.lag) == (
            tool[place].committed,
            tool[place].end,
            tool[place].lag,
        )
    # A partition without a commit has no lag for the tool; for us everything in it waits.
    for partition in ours.partitions:
        if partition.committed is None:
            assert tool[partition.topic, partition.partition].lag is None
            assert partition.lag == partition.end - partition.beginning


async def test_the_lag_survives_the_group_and_ends_with_the_work(system: System, monitor: LagMonitor) -> None:
    async with system.worker():
        await system.job_in(await system.ping("ada"), "succeeded")
    for _ in range(3):
        await system.ping("ada")
    group = await the_group(monitor)
    assert (group.state, group.members, lag_of(group)) == (GroupState.EMPTY, 0, 3)
    async with system.worker(), system.worker():

        async def nothing_waits() -> bool:
            return lag_of(await the_group(monitor)) == 0

        await until(nothing_waits, within=30)
        assert (await the_group(monitor)).members == 2


async def test_a_new_partition_is_measured_from_its_beginning(system: System, monitor: LagMonitor) -> None:
    topic = system.names.topic("test.pinged")
    async with system.worker():
        await system.job_in(await system.ping("ada"), "succeeded")
    before = await the_group(monitor)
    async with admin_client(system.settings) as admin:
        await admin.create_partitions({topic: NewPartitions(total_count=6)})
    async with a_producer(system) as producer:
        await until(lambda: _knows_partition(producer, topic, 5), what="the producer sees the new partition")
        await producer.send_and_wait(topic, b"{}", key=b"ada", partition=5)
    after = await the_group(monitor)
    assert len(after.partitions) == len(before.partitions) + 2
    assert lag_of(after) == 1


async def _knows_partition(producer: AIOKafkaProducer, topic: str, partition: int) -> bool:
    await producer.client.force_metadata_update()
    return partition in await producer.partitions_for(topic)


async def test_records_that_retention_deleted_unread_are_lost(system: System, monitor: LagMonitor) -> None:
    topic = system.names.topic("test.pinged")
    async with a_producer(system) as producer:

        async def put(count: int) -> None:
            for _ in range(count):
                await producer.send_and_wait(topic, b"{}", key=b"ada", partition=0)

        await put(2)
        async with system.worker():

            async def read() -> bool:
                return lag_of(await the_group(monitor)) == 0

            await until(read, what="the group commits")
        await put(10)
        async with admin_client(system.settings) as admin:
            await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=8)})
    group = await the_group(monitor)
    [hurt] = [p for p in group.partitions if p.lost]
    assert (hurt.committed, hurt.beginning, hurt.end) == (2, 8, 12)
    assert (hurt.lost, hurt.lag) == (6, 4)
    async with system.worker():
        await until(read, what="the group goes on behind the gap")
    assert [p for p in (await the_group(monitor)).partitions if p.lost] == []


async def test_the_age_is_that_of_the_oldest_unhandled_event(system: System, monitor: LagMonitor) -> None:
    now = datetime.now(UTC)
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    async with a_producer(system) as producer:
        topic = system.names.topic("test.pinged")
        await producer.send_and_wait(topic, b"{}", partition=0, timestamp_ms=int(hour.timestamp() * 1000))
        await producer.send_and_wait(topic, b"{}", partition=0)
        # Of the event itself: Kafka got it only now, after it had waited in the outbox.
        minted = [("ce_source", b"/delight"), ("ce_time", day.isoformat().encode())]
        await producer.send_and_wait(topic, b"{}", partition=1, headers=minted)
        # Somebody else's event may be of any time; and a retry began to wait when it was due.
        foreign = [("ce_source", b"/elsewhere"), ("ce_time", b"1999-01-01T00:00:00Z")]
        await producer.send_and_wait(topic, b"{}", partition=2, headers=foreign)
        retried = [*minted, ("retry_topic-attempts", b"2")]
        await producer.send_and_wait(system.names.retry("test-pinging"), b"{}", partition=0, headers=retried)
    group = await the_group(monitor)
    ages = {(p.topic.endswith(".retry"), p.partition): p.oldest_at for p in group.partitions if p.lag}
    assert abs(ages[False, 0] - hour) < timedelta(milliseconds=2)
    assert ages[False, 1] == day
    assert ages[False, 2] > now - timedelta(seconds=1)
    assert ages[True, 0] > now - timedelta(seconds=1)


async def test_two_groups_that_stand_at_different_places_have_their_own_ages(make_settings: SettingsFactory) -> None:
    quick, idle = make_pinged(name="test-quick"), make_pinged(name="test-idle")
    system = System(make_settings(), [quick, idle])
    await system.start()
    monitor = LagMonitor(system.settings, [quick.subscription, idle.subscription])
    try:
        first = await system.ping("ada")
        async with system.worker([quick]):
            await system.job_in(first, "succeeded")
        second = await system.ping("ada")
        groups = {group.job_type: group for group in await monitor.measure()}
        for name, oldest in (("test-quick", second), ("test-idle", first)):
            [waiting] = [p for p in groups[name].partitions if p.lag]
            assert waiting.oldest_at is not None
            # Kafka keeps milliseconds.
            assert abs(waiting.oldest_at - oldest.time) < timedelta(milliseconds=2)
    finally:
        await monitor.close()
        await system.stop()


async def test_without_a_broker_it_says_so_and_with_one_it_measures(system: System, monitor: LagMonitor) -> None:
    away = LagMonitor(system.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"}), [])
    with pytest.raises(ServiceUnavailable):
        await away.measure()
    await away.close()
    # A topic that nobody has made yet is no reason to know nothing of the others.
    unknown = make_pinged(name="test-unknown").subscription
    known = LagMonitor(system.settings, [unknown])
    await system.publish(TestPinged(user_id="ada"))
    [group] = await known.measure()
    assert {partition.topic for partition in group.partitions} == {system.names.topic("test.pinged")}
    assert lag_of(group) == 1
    await known.close()
