"""What is published is counted under FastStream's names, whatever came of it."""

import asyncio

import pytest
from faststream.kafka.response import KafkaPublishCommand
from faststream.response import PublishType
from prometheus_client import CollectorRegistry

from infra.publish_metrics import PublishMetrics

LABELS = {"app_name": "faststream", "broker": "kafka", "destination": "topic"}


async def test_a_publish_that_its_deadline_ended_counts_with_its_duration() -> None:
    registry = CollectorRegistry()

    async def never(_cmd: KafkaPublishCommand) -> None:
        await asyncio.Event().wait()

    command = KafkaPublishCommand(b"value", topic="topic", _publish_type=PublishType.PUBLISH)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await PublishMetrics(registry).publish_scope(never, command)

    assert registry.get_sample_value("faststream_published_messages_duration_seconds_count", LABELS) == 1
    published = registry.get_sample_value("faststream_published_messages_total", LABELS | {"status": "success"})
    assert not published
