"""The publisher: when it returns Kafka holds the event; otherwise it says so in time, and works again by itself."""

import asyncio
import gc
import tempfile
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.exceptions import ConfigurationError, InvalidRequest, ServiceUnavailable
from infra.kafka import apply_topics
from infra.local.jars import prepare_jars
from infra.local.kafka import KafkaServer
from infra.local.progress import SilentReporter
from infra.local.state import StackState
from infra.settings import Environment, Settings
from producers.publisher import EventPublisher
from schemas.cloudevents import encode
from schemas.events import Envelope, Event
from tests.conftest import SettingsFactory
from tests.support.pinged import TestPinged
from tests.support.raw_records import read_raw
from tests.support.waiting import until

TOPIC = "test.pinged"


def ping(number: int = 0) -> Envelope[Event]:
    return Envelope.mint(TestPinged(user_id="ada", number=number), correlation_id="request-1")


@pytest.fixture(scope="module")
async def settings(make_settings: SettingsFactory) -> Settings:
    settings = make_settings()
    await apply_topics(settings, [settings.kafka_topic_prefix + TOPIC])
    return settings


@pytest.fixture
async def publisher(settings: Settings) -> AsyncIterator[EventPublisher]:
    async with EventPublisher(settings, topics=[settings.kafka_topic_prefix + TOPIC]) as publisher:
        yield publisher


async def test_an_event_arrives_byte_for_byte(settings: Settings, publisher: EventPublisher) -> None:
    envelope = ping()
    await publisher.publish(envelope)
    record = (await read_raw(settings, settings.kafka_topic_prefix + TOPIC))[-1]
    encoded = encode(envelope)
    assert (record.key, record.value) == (encoded.key, encoded.value)
    sent = {name: raw.decode() for name, raw in record.headers}
    assert {name: sent[name] for name in encoded.headers} == encoded.headers
    # Nothing else that could be taken for an attribute of the event.
    assert {name for name in sent if name.startswith("ce_")} == {n for n in encoded.headers if n.startswith("ce_")}


async def test_many_events_of_one_person_keep_their_order(settings: Settings, publisher: EventPublisher) -> None:
    await asyncio.gather(*(publisher.publish(ping(number)) for number in range(1, 300)))
    records = await read_raw(settings, settings.kafka_topic_prefix + TOPIC)
    numbers = [TestPinged.model_validate_json(record.value or b"").number for record in records]
    assert [number for number in numbers if number] == list(range(1, 300))


async def test_a_topic_that_is_not_in_the_registry_is_refused_at_once(settings: Settings) -> None:
    async with EventPublisher(settings) as publisher:
        with pytest.raises(ConfigurationError, match=r"test\.pinged"):
            await publisher.publish(ping())


async def test_an_event_that_is_too_large_is_the_callers_fault(settings: Settings, publisher: EventPublisher) -> None:
    large = Envelope.mint(TestPinged(user_id="ada", mode="x" * settings.max_event_bytes))
    with pytest.raises(InvalidRequest, match="at most 131072"):
        await publisher.publish(large)
    with pytest.raises(InvalidRequest, match="larger than Kafka accepts"):
        await publisher.publish_record(settings.kafka_topic_prefix + TOPIC, b"ada", b"x" * 2_000_000, {})


async def test_tries_that_fail_leave_nothing_open_and_the_next_one_can_work(settings: Settings) -> None:
    topic = settings.kafka_topic_prefix + TOPIC
    host, _, port = settings.kafka_bootstrap_servers.partition(":")
    allowed = 0

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """To the broker, as often as is allowed: first never, then for the producer but not for the client beside it."""
        nonlocal allowed
        allowed, tried = allowed - 1, allowed
        refused.append(tried <= 0)
        if tried > 0:
            upstream, downstream = await asyncio.open_connection(host, int(port))
            await asyncio.wait(
                {asyncio.create_task(pump(reader, downstream)), asyncio.create_task(pump(upstream, writer))},
                return_when=asyncio.FIRST_COMPLETED,
            )
            downstream.close()
        writer.close()

    refused: list[bool] = []
    proxy = await asyncio.start_server(forward, "127.0.0.1", 0)
    address = "127.0.0.1:{}".format(*proxy.sockets[0].getsockname()[1:])
    through_proxy = settings.model_copy(
        update={"kafka_bootstrap_servers": address, "kafka_send_timeout": timedelta(seconds=0.5)}
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with proxy, EventPublisher(through_proxy, topics=[topic]) as publisher:
            await until(lambda: len(refused) >= 2, what="two tries that failed at once")
            allowed = 1
            await until(lambda: allowed < 0, what="a try that failed half-way")
            assert not publisher.connected
            allowed = 1_000
            await until(lambda: can_publish(publisher, 5))
            assert await publisher.ping(5)
        gc.collect()
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[KafkaServer]:
    """A broker that may be stopped."""
    with tempfile.TemporaryDirectory(prefix="delight-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        state = StackState(folder)
        state.choose_ports()
        kafka = KafkaServer(folder, state)
        kafka.jars = prepare_jars(SilentReporter(), threading.Event())
        kafka.start()
        yield kafka
        kafka.kill()


@pytest.fixture
def own_settings(own_kafka: KafkaServer) -> Settings:
    return Settings(
        environment=Environment.DEVELOPMENT,
        kafka_bootstrap_servers=own_kafka.bootstrap_servers,
        kafka_send_timeout=timedelta(seconds=2),
    )


@pytest.mark.slow
async def test_a_broker_that_is_away_is_said_in_time_and_found_again(
    own_kafka: KafkaServer, own_settings: Settings
) -> None:
    await apply_topics(own_settings, [TOPIC])
    async with EventPublisher(own_settings, topics=[TOPIC]) as publisher:
        await publisher.publish(ping(1))
        await asyncio.to_thread(own_kafka.stop)
        began, cpu = time.monotonic(), time.process_time()
        # Longer than the request's own timeout, after which an idempotent producer would be dead for good.
        while time.monotonic() - began < 6:
            asked = time.monotonic()
            with pytest.raises(ServiceUnavailable):
                await publisher.publish(ping(2))
            assert time.monotonic() - asked < 2 + 2
        assert time.process_time() - cpu < 3
        await asyncio.to_thread(own_kafka.start)
        await until(lambda: can_publish(publisher, 3), within=60)
    numbers = await numbers_on(own_settings)
    assert numbers[0] == 1
    assert numbers[-1] == 3


@pytest.mark.slow
async def test_a_broker_that_is_away_at_the_start_is_waited_for(own_kafka: KafkaServer, own_settings: Settings) -> None:
    await apply_topics(own_settings, [TOPIC])
    await asyncio.to_thread(own_kafka.kill)
    began = time.monotonic()
    async with EventPublisher(own_settings, topics=[TOPIC]) as publisher:
        assert time.monotonic() - began < 2 + 2
        assert not publisher.connected
        with pytest.raises(ServiceUnavailable):
            await publisher.publish(ping())
        await asyncio.to_thread(own_kafka.start)
        await until(lambda: can_publish(publisher, 4), within=60)
        # It may go away at the end, too.
        await asyncio.to_thread(own_kafka.kill)
        began = time.monotonic()
    assert time.monotonic() - began < 2 + 2
    await asyncio.to_thread(own_kafka.start)
    assert (await numbers_on(own_settings))[-1] == 4


async def can_publish(publisher: EventPublisher, number: int) -> bool:
    try:
        await publisher.publish(ping(number))
    except ServiceUnavailable:
        return False
    return True


async def numbers_on(settings: Settings) -> list[int]:
    return [TestPinged.model_validate_json(record.value or b"").number for record in await read_raw(settings, TOPIC)]
