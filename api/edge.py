"""What the edge holds open while it runs: made by the lifespan, reached by the dependencies."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.auth import TokenVerifier
from api.budget_notices import BudgetNotices
from api.idempotency import IdempotencyRecords
from api.rate_limit import RateLimiter
from api.retry_runner import RetryRunner
from api.tickets import TicketOffice
from infra.database import create_engine, session_factory
from infra.dead_letters import DeadLetterStore
from infra.event_hub import EventHub
from infra.redis import RedisClient, create_redis
from infra.redis_batch import RedisBatch
from infra.settings import Settings
from producers.publisher import EventPublisher
from schemas.jobs import Subscription
from services.dead_letter_desk import DeadLetterDesk
from services.dead_letter_runs import DeadLetterRuns


@dataclass(frozen=True, slots=True)
class Edge:
    """One per process. Nothing in it needs Kafka, Postgres or Redis to be there at the start."""

    settings: Settings
    subscriptions: Sequence[Subscription]
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    redis: RedisClient
    commands: RedisBatch
    publisher: EventPublisher
    hub: EventHub
    verifier: TokenVerifier
    limiter: RateLimiter
    records: IdempotencyRecords
    budgets: BudgetNotices
    tickets: TicketOffice
    dead_letters: DeadLetterDesk
    retry_runs: DeadLetterRuns
    retry_runner: RetryRunner

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, subscriptions: Sequence[Subscription]) -> AsyncIterator[Self]:
        """The edge, started. Raises `ConfigurationError` when no token could be verified."""
        settings.require_authentication()
        engine = create_engine(settings)
        redis = create_redis(settings)
        commands = RedisBatch(redis)
        sessions = session_factory(engine)
        letters = DeadLetterStore(redis)
        retry_runs = DeadLetterRuns(sessions, letters, subscriptions, max_event_bytes=settings.max_event_bytes)
        edge = cls(
            settings=settings,
            subscriptions=subscriptions,
            engine=engine,
            sessions=sessions,
            redis=redis,
            commands=commands,
            publisher=EventPublisher(settings),
            hub=EventHub(redis, settings),
            verifier=TokenVerifier(settings),
            limiter=RateLimiter(settings.rate_limit, commands),
            records=IdempotencyRecords(redis),
            budgets=BudgetNotices(settings, sessions, subscriptions),
            tickets=TicketOffice(redis),
            dead_letters=DeadLetterDesk(sessions, letters, subscriptions, max_event_bytes=settings.max_event_bytes),
            retry_runs=retry_runs,
            retry_runner=RetryRunner(retry_runs),
        )
        edge.hub.start()
        edge.retry_runner.start()
        try:
            await edge.publisher.start()
            yield edge
        finally:
            await edge.retry_runner.stop()
            await edge.hub.stop()
            await edge.publisher.stop()
            await edge.verifier.close()
            await commands.close()
            await redis.aclose()
            await engine.dispose()
