"""Read what topics retain, from the beginning to the end as it is now, without joining a group."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError

from infra.exceptions import ServiceUnavailable
from infra.kafka import RETENTION_MS, admin_client, client_options, list_topics
from infra.settings import Settings

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


async def read_topics(
    settings: Settings, topics: Iterable[str], *, since: datetime | None = None, batch: int = 5_000
) -> AsyncIterator[list[Record]]:
    """The retained records of these topics, in batches; from `since` on when given. Missing topics are empty.

    Raises `ServiceUnavailable` when no broker answers.
    """
    async with _consumer(settings) as consumer:
        partitions = await _partitions(settings, topics)
        if not partitions:
            return
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions)
        if since is not None:
            moment = int(since.timestamp() * 1000)
            found = await consumer.offsets_for_times(dict.fromkeys(partitions, moment))
            starts |= {tp: place.offset if place is not None else ends[tp] for tp, place in found.items()}
        unread = {tp for tp in partitions if starts[tp] < ends[tp]}
        consumer.assign(sorted(unread))
        for tp in unread:
            consumer.seek(tp, starts[tp])
        while unread:
            polled = await consumer.getmany(*unread, timeout_ms=500, max_records=batch)
            records = [record for tp, some in polled.items() for record in some if record.offset < ends[tp]]
            if records:
                yield records
            # By position and not by record: the last offsets may be holes.
            unread = {tp for tp in unread if await consumer.position(tp) < ends[tp]}


async def read_beginnings(settings: Settings, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """The oldest offsets that these topics still have: above 0 where records were deleted. Raises as `read_topics` does."""
    async with _consumer(settings) as consumer:
        partitions = await _partitions(settings, topics)
        return dict(await consumer.beginning_offsets(partitions)) if partitions else {}


async def read_retention(settings: Settings, topics: Iterable[str]) -> dict[str, timedelta]:
    """How long these topics keep records; what keeps them for ever is missing.

    A broker that does not say it is taken to keep them as long as our topics do when they are created.
    """
    kept = dict.fromkeys(topics, RETENTION_MS)
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None}) for topic in kept]
    async with admin_client(settings) as admin:
        for response in await admin.describe_configs(resources):
            for _error, _message, _type, topic, entries in response.resources:
                for name, value, *_ in entries:
                    if name == "retention.ms":
                        kept[topic] = int(value)
    return {topic: timedelta(milliseconds=ms) for topic, ms in kept.items() if ms >= 0}


async def read_committed(settings: Settings, groups: Iterable[str]) -> dict[str, dict[TopicPartition, int]]:
    """The committed offsets of these groups; a partition that a group never committed is missing."""
    committed: dict[str, dict[TopicPartition, int]] = {}
    async with admin_client(settings) as admin:
        for group in groups:
            offsets = await admin.list_consumer_group_offsets(group)
            committed[group] = {tp: place.offset for tp, place in offsets.items() if place.offset >= 0}
    return committed


@contextlib.asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(**client_options(settings), enable_auto_commit=False)
    try:
        await consumer.start()
    except KafkaConnectionError as error:
        raise ServiceUnavailable(f"No Kafka broker answers at {settings.kafka_bootstrap_servers}.") from error
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(settings: Settings, topics: Iterable[str]) -> list[TopicPartition]:
    existing = await list_topics(settings)
    return [TopicPartition(topic, partition) for topic in set(topics) for partition in range(existing.get(topic, 0))]
