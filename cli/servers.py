"""What a command that looks into the system works with: a database and Redis, open while it runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cli.folder import resolve_settings
from infra.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

    from infra.redis import RedisClient

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Servers:
    settings: Settings
    sessions: "async_sessionmaker[AsyncSession]"
    redis: "RedisClient"


def with_servers(folder: Path, action: Callable[[Servers], Awaitable[T]]) -> T:
    """Run `action` with the servers of the system that the environment or the folder names."""

    async def run() -> T:
        async with _open(folder) as servers:
            return await action(servers)

    return asyncio.run(run())


@asynccontextmanager
async def _open(folder: Path) -> AsyncIterator[Servers]:
    from infra.database import create_engine, session_factory
    from infra.redis import create_redis

    settings = resolve_settings(folder)
    engine, redis = create_engine(settings, pool_size=2), create_redis(settings)
    try:
        yield Servers(settings, session_factory(engine), redis)
    finally:
        await redis.aclose()
        await engine.dispose()
