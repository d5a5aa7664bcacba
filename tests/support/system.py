"""A small system under test: topics, tables, and workers and relays that run inside the test process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel, FakeListChatModel
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from consumers.runtime.consumer import AnyConsumer
from consumers.worker import Worker
from infra.database import create_engine, session_factory
from infra.kafka import TopicNames, admin_client, apply_topics
from infra.redis import create_redis
from infra.settings import Settings
from producers.publisher import EventPublisher
from producers.relay import OutboxRelay
from schemas.events import Envelope, Event
from tests.support.pinged import EFFECTS_TABLE, TestPinged, TestPonged
from tests.support.waiting import until


class System:
    """Servers, names and clients of one system; workers and relays come and go."""

    def __init__(
        self,
        settings: Settings,
        consumers: Sequence[AnyConsumer],
        *,
        events: Sequence[type[Event]] = (),
        chat_model: BaseChatModel | None = None,
    ) -> None:
        """`events` are types that have a topic though none of the consumers handles them."""
        self.settings = settings
        self.consumers = consumers
        self.names = TopicNames(settings.kafka_topic_prefix)
        self.chat_model = chat_model or FakeListChatModel(responses=["unused"])
        types = {event.type for consumer in consumers for event in consumer.events} | {event.type for event in events}
        types |= {TestPinged.type, TestPonged.type}
        self.topics = [self.names.topic(event) for event in sorted(types)]
        self.topics += [self.names.retry(consumer.name) for consumer in consumers]
        self.engine: AsyncEngine = create_engine(settings, pool_size=3)
        self.sessions: async_sessionmaker[AsyncSession] = session_factory(self.engine)
        self.redis: Redis = create_redis(settings)
        self.publisher = EventPublisher(settings, topics=self.topics)

    async def start(self) -> None:
        await apply_topics(self.settings, self.topics)
        async with self.engine.begin() as connection:
            await connection.execute(text(EFFECTS_TABLE))
        await self.redis.flushdb()
        await self.publisher.start()

    async def stop(self) -> None:
        await self.publisher.stop()
        await self.engine.dispose()
        await self.redis.aclose()

    @contextlib.asynccontextmanager
    async def worker(
        self,
        consumers: Sequence[AnyConsumer] | None = None,
        *,
        joined: bool = True,
        chat_model: BaseChatModel | None = None,
        **overrides: Any,
    ) -> AsyncIterator[Worker]:
        """A worker for the length of the block; it drains at the end."""
        worker = Worker(
            self.settings.model_copy(update=overrides),
            consumers or self.consumers,
            chat_model=chat_model or self.chat_model,
        )
        running = asyncio.create_task(worker.run())
        try:
            if joined:
                await until(lambda: worker.joined or running.done(), within=30, what="the worker joins its groups")
            yield worker
        finally:
            worker.stop()
            await running

    @contextlib.asynccontextmanager
    async def relay(self) -> AsyncIterator[OutboxRelay]:
        """A relay for the length of the block."""
        relay = OutboxRelay(self.engine, self.publisher, self.settings)
        running = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            relay.stop()
            await running

    async def publish(self, event: Event, **attributes: Any) -> Envelope[Event]:
        envelope = Envelope.mint(event, **attributes)
        await self.publisher.publish(envelope)
        return envelope

    async def ping(self, user: str, mode: str = "OK", **fields: Any) -> Envelope[Event]:
        return await self.publish(TestPinged(user_id=user, mode=mode, **fields))

    async def rows(self, query: str, **parameters: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(query), parameters)).all())

    async def job(self, envelope: Envelope[Event]) -> Any | None:
        found = await self.rows("SELECT * FROM jobs WHERE event_id = :id", id=envelope.id)
        return found[0] if found else None

    async def job_in(self, envelope: Envelope[Event], *statuses: str, within: float = 60.0) -> Any:
        """The job's row once its status is one of these."""

        async def arrived() -> Any:
            row = await self.job(envelope)
            return row if row is not None and row.status in statuses else None

        return await until(arrived, within=within, what=f"job {envelope.id} in {statuses}")

    async def effects(self, envelope: Envelope[Event]) -> int:
        return len(await self.rows("SELECT 1 FROM effects WHERE event_id = :id", id=envelope.id))

    async def committed(self, group: str = "test-pinging") -> dict[tuple[str, int], int]:
        """The offsets that a group has committed, by topic and partition."""
        async with admin_client(self.settings) as admin:
            offsets = await admin.list_consumer_group_offsets(self.names.group(group))
        return {(tp.topic, tp.partition): meta.offset for tp, meta in offsets.items() if meta.offset >= 0}

    async def dead_letters(self) -> list[dict[str, bytes]]:
        return [
            {name.decode(): value for name, value in fields.items()}
            for _, fields in await self.redis.xrange("dead-letters")
        ]
