"""Publish events to Kafka: a call that returns means that Kafka holds the event on all its replicas."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Self

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faststream.exceptions import FastStreamException

from infra.deadlines import Deadlines
from infra.exceptions import ConfigurationError, InvalidRequest, ServiceUnavailable
from infra.kafka import TopicNames, create_broker
from infra.settings import Settings
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.cloudevents import CORRELATION_HEADER, encode
from schemas.events import Envelope, Event

log = structlog.get_logger(__name__)


class EventPublisher:
    """Publishes through one FastStream broker, each send within a deadline.

    `topics` are the names that may be published to: a send to a topic that does not exist would hang until its
    deadline and flood the log, so an unknown one is refused before it is tried.
    """

    def __init__(self, settings: Settings, *, topics: Iterable[str] | None = None) -> None:
        self._settings = settings
        self._names = TopicNames(settings.kafka_topic_prefix)
        self._topics = frozenset(topics if topics is not None else map(self._names.topic, EVENTS_BY_TYPE))
        self._timeout = settings.kafka_send_timeout.total_seconds()
        self._deadlines = Deadlines(self._timeout)
        self._broker = create_broker(settings)
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and wait for it no longer than one send may take.

        A broker that is away is no reason to fail: sends are refused until it is there, and it is tried again. Raises
        what trying again cannot help.
        """
        self._starting = asyncio.create_task(self._connect())
        await asyncio.wait({self._starting}, timeout=self._timeout)
        if self._starting.done():
            # Settings that can never work are no outage.
            self._starting.result()

    async def stop(self) -> None:
        """Flush and close, within a deadline: closing may hang while the broker is away."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting}, timeout=self._timeout)
        closing = asyncio.create_task(self._broker.stop())
        await asyncio.wait({closing}, timeout=self._timeout)
        if closing.done() and not closing.cancelled() and (error := closing.exception()) is not None:
            log.warning("publisher.close_failed", error=repr(error))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def connected(self) -> bool:
        """Whether the broker was reached since the start."""
        starting = self._starting
        return starting is not None and starting.done() and not starting.cancelled() and starting.exception() is None

    async def ping(self, timeout: float) -> bool:
        """Whether Kafka answers within `timeout` seconds."""
        return self.connected and await self._broker.ping(timeout)

    async def publish(self, envelope: Envelope[Event]) -> None:
        """Publish one event; returns once all replicas have it.

        Raises `InvalidRequest` when the event is too large, and `ServiceUnavailable` when Kafka did not acknowledge
        within the deadline. In that case the event may still arrive: publish it again with the same id.
        """
        record = encode(envelope)
        if len(record.value) > self._settings.max_event_bytes:
            raise InvalidRequest(
                f"The event has {len(record.value)} bytes; at most {self._settings.max_event_bytes} are accepted."
            )
        await self.publish_record(self._names.topic(record.topic), record.key, record.value, record.headers)

    async def publish_record(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, str]
    ) -> None:
        """Publish one record as it is. Raises as `publish`, and `ConfigurationError` for a topic not in the registry."""
        if topic not in self._topics:
            raise ConfigurationError(f"The topic {topic!r} is not in the registry of topics.")
        if not self.connected:
            raise ServiceUnavailable("Kafka is not reachable.")
        conversation = headers.get(CORRELATION_HEADER) or "none"
        try:
            with self._deadlines.one():
                await self._broker.publish_record(topic, key, value, headers, conversation=conversation)
        except MessageSizeTooLargeError as error:
            raise InvalidRequest("The event is larger than Kafka accepts.") from error
        except (KafkaError, FastStreamException, TimeoutError, OSError) as error:
            log.warning("publisher.send_failed", topic=topic, error=repr(error))
            raise ServiceUnavailable("Kafka did not acknowledge the event in time.") from error

    async def _connect(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._broker.start()
            except (KafkaError, OSError) as error:
                log.warning("publisher.connect_failed", error=repr(error), retry_in_s=pause)
                # What had been opened before it failed would be taken for connected at the next try.
                await self._broker.stop()
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)
            else:
                return
