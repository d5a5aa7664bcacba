"""FastStream's broker for records that are complete: key, bytes and headers as Kafka shall have them, each counted.

FastStream connects, flushes and closes it, and makes the span of each record where somebody traces. Where nobody does there
is nothing between a record and its producer: a command object and a chain of middlewares cost as much as the send.
"""

import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl
from faststream.kafka.response import KafkaPublishCommand
from prometheus_client import CollectorRegistry

from infra.publish_metrics import PublishMetrics
from infra.publish_spans import publish_spans


def raw_headers(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Headers as the client takes them."""
    return [(name, text.encode()) for name, text in headers.items()]


class RecordBroker(KafkaBroker):
    """`options` are those of FastStream's."""

    def __init__(self, *servers: str, registry: CollectorRegistry, **options: Any) -> None:
        super().__init__(list(servers), middlewares=publish_spans(), logger=None, **options)
        self._records = _RecordProducer(PublishMetrics(registry))
        self.config.broker_config.producer = self._records

    async def publish_record(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, str], *, conversation: str
    ) -> None:
        """Publish one record; returns once it is acknowledged. `conversation` is said by its span, where there is one:
        FastStream would mint an id for each record.
        """
        if self.middlewares:
            await self.publish(value, topic, key=key, headers=dict(headers), correlation_id=conversation)
        else:
            await self._records.send(topic, key, value, headers)


class _RecordProducer(AioKafkaFastProducerImpl):
    """Sends records as they are.

    FastStream's own would encode the value once more by its codec, and add a content type and an id of its own. It also
    forgets a producer that could not start; this one closes it, so that it can be tried again for ever.
    """

    def __init__(self, metrics: PublishMetrics) -> None:
        super().__init__(parser=None, decoder=None)
        self._metrics = metrics

    async def connect(self, producer: AIOKafkaProducer, *arguments: Any, **options: Any) -> None:
        try:
            await super().connect(producer, *arguments, **options)
        except BaseException:
            await producer.stop()
            raise

    async def publish(self, cmd: KafkaPublishCommand) -> Any:
        return await self.send(cmd.destination, cmd.key, cmd.body, cmd.headers)

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, str]) -> Any:
        published, durations = self._metrics.of(topic)
        raw = raw_headers(headers)
        started = time.perf_counter()
        try:
            acknowledgement = await self._producer.producer.send(topic, value, key=key, headers=raw)
            metadata = await acknowledgement
        except Exception as error:
            self._metrics.count_failure(topic, error)
            raise
        finally:
            # Also of those that their deadline ended, which are cancelled.
            durations.observe(time.perf_counter() - started)
        published.inc()
        return metadata
