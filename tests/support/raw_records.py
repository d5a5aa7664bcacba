"""Records as they are: put on a topic as somebody might who does not use our publisher, and read back."""

import asyncio
import struct
from collections.abc import Sequence
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import RecordMetadata

from infra.kafka import client_options
from infra.record_broker import raw_headers
from infra.settings import Settings
from schemas.cloudevents import encode
from schemas.events import Envelope, Event

Headers = Sequence[tuple[str, bytes | None]]
Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"

_NAME = b"BROKEN"


async def send_raw(
    settings: Settings,
    topic: str,
    value: bytes | None,
    *,
    key: bytes | None = None,
    headers: Headers = (),
    partition: int | None = None,
    timestamp_ms: int | None = None,
) -> RecordMetadata:
    """One record, exactly so."""
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        return await producer.send_and_wait(
            topic, value, key=key, headers=list(headers), partition=partition, timestamp_ms=timestamp_ms
        )


async def send_event(
    settings: Settings, topic: str, envelope: Envelope[Event], *, key: bytes | None, partition: int | None = None
) -> RecordMetadata:
    """An event under another key than its person's."""
    record = encode(envelope)
    headers = raw_headers(record.headers)
    return await send_raw(settings, topic, record.value, key=key, headers=headers, partition=partition)


async def send_with_broken_header_name(settings: Settings, topic: str, *, partition: int) -> RecordMetadata:
    """A record with a header whose name is no UTF-8: other clients write such, aiokafka cannot read it."""
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        batch = producer.create_batch()
        batch.append(key=b"ada", value=b"{}", timestamp=None, headers=[(_NAME.decode(), b"x")])
        raw = bytearray(batch._build())
        start = raw.index(_NAME)
        raw[start : start + len(_NAME)] = b"\xff" * len(_NAME)
        # The checksum covers everything from the attributes on (KIP-98).
        raw[17:21] = struct.pack(">I", calc_crc32c(bytes(raw[21:])))
        batch._buffer = bytes(raw)
        return await (await producer.send_batch(batch, topic, partition=partition))


async def read_raw(settings: Settings, topic: str) -> list[Record]:
    """All records of a topic, partition by partition in their order."""
    async with AIOKafkaConsumer(**client_options(settings), enable_auto_commit=False) as consumer:
        partitions = [TopicPartition(topic, number) for number in range(settings.kafka_partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        records: dict[TopicPartition, list[Record]] = {partition: [] for partition in partitions}
        async with asyncio.timeout(20):
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for partition, polled in (await consumer.getmany(timeout_ms=500)).items():
                    records[partition] += polled
    return [record for of_partition in records.values() for record in of_partition]
