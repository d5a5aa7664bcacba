"""What is published is counted under FastStream's names, whatever came of it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from infra.record_broker import RecordBroker

LABELS = {"app_name": "faststream", "broker": "kafka", "destination": "topic"}


def broker_with(send: Any, registry: CollectorRegistry) -> RecordBroker:
    """A broker whose client's `send` is this one: a server that answers so cannot be had at will."""
    broker = RecordBroker("127.0.0.1:9", registry=registry)
    broker._records._producer = SimpleNamespace(producer=SimpleNamespace(send=send))
    return broker


async def test_a_publish_that_its_deadline_ended_counts_with_its_duration() -> None:
    registry = CollectorRegistry()

    async def never(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await broker_with(never, registry).publish_record("topic", None, b"", {}, conversation="none")

    assert registry.get_sample_value("faststream_published_messages_duration_seconds_count", LABELS) == 1
    published = registry.get_sample_value("faststream_published_messages_total", LABELS | {"status": "success"})
    assert not published


async def test_a_failure_is_counted_by_its_kind() -> None:
    registry = CollectorRegistry()

    async def fail(*_: Any, **__: Any) -> None:
        raise KafkaError

    with pytest.raises(KafkaError):
        await broker_with(fail, registry).publish_record("topic", None, b"", {}, conversation="none")

    failed = registry.get_sample_value("faststream_published_messages_total", LABELS | {"status": "error"})
    kinds = LABELS | {"exception_type": "KafkaError"}
    assert failed == registry.get_sample_value("faststream_published_messages_exceptions_total", kinds) == 1
