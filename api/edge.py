"""What the edge holds open while it runs: made by the lifespan, reached by the dependencies."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.auth import TokenVerifier
from api.rate_limit import RateLimiter
from api.tickets import TicketOffice
from infra.database import create_engine, session_factory
from infra.event_hub import EventHub
from infra.redis import RedisClient, create_redis
from infra.settings import Settings
from producers.publisher import EventPublisher
from schemas.jobs import Subscription


@dataclass(frozen=True, slots=True)
class Edge:
    """One per process. Nothing in it needs Kafka, Postgres or Redis to be there at the start."""

    settings: Settings
    subscriptions: Sequence[Subscription]
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    redis: RedisClient
    publisher: EventPublisher
    hub: EventHub
    verifier: TokenVerifier
    limiter: RateLimiter
    tickets: TicketOffice

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, subscriptions: Sequence[Subscription]) -> AsyncIterator[Self]:
        """The edge, started. Raises `ConfigurationError` when no token could be verified."""
        settings.require_authentication()
        engine = create_engine(settings)
        redis = create_redis(settings)
        edge = cls(
            settings=settings,
            subscriptions=subscriptions,
            engine=engine,
            sessions=session_factory(engine),
            redis=redis,
            publisher=EventPublisher(settings),
            hub=EventHub(redis, settings),
            verifier=TokenVerifier(settings),
            limiter=RateLimiter(redis, settings.rate_limit),
            tickets=TicketOffice(redis),
        )
        edge.hub.start()
        try:
            await edge.publisher.start()
            yield edge
        finally:
            await edge.hub.stop()
            await edge.publisher.stop()
            await edge.verifier.close()
            await redis.aclose()
            await engine.dispose()
