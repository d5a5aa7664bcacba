"""Records as anybody may write them to a topic: without attributes, with null or binary headers, with any bytes."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from infra.kafka import client_options
from infra.settings import Settings


async def produce(
    settings: Settings,
    topic: str,
    value: bytes | None,
    *,
    key: bytes | None = None,
    headers: Sequence[tuple[str, bytes | None]] = (),
) -> None:
    producer = AIOKafkaProducer(**client_options(settings), acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=key, headers=list(headers))
    finally:
        await producer.stop()
