"""Read what a topic holds, as the events that they are."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra.kafka import TopicNames, client_options
from infra.settings import Settings
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.cloudevents import decode
from schemas.events import Envelope, Event


async def read_topic(settings: Settings, event_type: type[Event], *, user_id: str) -> list[Envelope[Event]]:
    """The person's events on the topic of `event_type`, in the order of their partition."""
    topic = TopicNames(settings.kafka_topic_prefix).topic(event_type.type)
    consumer = AIOKafkaConsumer(**client_options(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = {TopicPartition(topic, number) for number in range(settings.kafka_partitions)}
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        events = []
        async with asyncio.timeout(15):
            while any([await consumer.position(p) < end for p, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    events += [decode(r.value, r.headers, EVENTS_BY_TYPE) for r in records]
    finally:
        await consumer.stop()
    return [event for event in events if event.user_id == user_id]
