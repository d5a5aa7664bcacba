"""Valkey or Redis: one client per process; every command has a deadline and none is repeated behind our back."""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from infra.settings import Settings

RedisClient = Redis


def create_redis(settings: Settings, *, max_connections: int = 64) -> RedisClient:
    """The client of this process; values are bytes. When all connections are busy, a command waits for one."""
    seconds = settings.redis_timeout.total_seconds()
    return Redis.from_pool(
        BlockingConnectionPool.from_url(
            settings.redis_url,
            max_connections=max_connections,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            # One owner of retries: whoever calls decides what a failure means.
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
            # A vendor's protocol for its own cloud; a connection of protocol 2 refuses to be made with it.
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
    )


def own_connection(redis: RedisClient, **changed: Any) -> Any:
    """A connection beside the client's pool, made as those in it are but for what is `changed`. Not connected yet."""
    pool = redis.connection_pool
    return pool.connection_class(**pool.connection_kwargs | changed)
