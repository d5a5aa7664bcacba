"""Limit the requests of a person, counted in Redis for all processes together. Without Redis nobody is limited."""

import time
from datetime import timedelta

import structlog
from limits import parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

from infra.exceptions import ConfigurationError, TooManyRequests
from infra.redis import RedisClient
from infra.redis_batch import RedisBatch
from schemas.events import UserId

log = structlog.get_logger(__name__)

# After a failure Redis is left alone for this long, so that each request does not wait for its deadline.
PAUSE_SECONDS = 5.0


class RateLimiter:
    """`limit` reads as `count/period`, for example `600/minute`. Raises `ConfigurationError` when it does not."""

    def __init__(self, redis: RedisClient, limit: str, commands: RedisBatch) -> None:
        try:
            self._limit = parse(limit)
        except ValueError as error:
            raise ConfigurationError(f"DELIGHT_RATE_LIMIT is {limit!r}; it must read like 600/minute.") from error
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="delight:limits",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]
        )
        # Every request counts: their commands travel together.
        storage.bridge.lua_acquire_sliding_window.registered_client = commands  # type: ignore[attr-defined]
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._paused_until = 0.0

    async def check(self, user_id: UserId) -> None:
        """Count one request. Raises `TooManyRequests` when the person has had as many as the period allows."""
        if time.monotonic() < self._paused_until:
            return
        try:
            if await self._limiter.hit(self._limit, user_id):
                return
            window = await self._limiter.get_window_stats(self._limit, user_id)
        except (RedisError, StorageError, OSError) as error:
            # Of those who waited together the first one tells.
            if time.monotonic() >= self._paused_until:
                log.warning("rate_limit.not_enforced", error=repr(error), for_s=PAUSE_SECONDS)
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            return
        raise TooManyRequests(
            f"At most {self._limit.amount} requests per {self._limit.GRANULARITY.name} are accepted.",
            timedelta(seconds=max(1.0, window.reset_time - time.time())),
        )
