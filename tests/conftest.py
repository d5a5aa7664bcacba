"""What every test stands on: one real stack for the run, and a database, topics and Redis of its own for each module."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from infra.database import create_engine, session_factory
from infra.local.stack import EmbeddedStack
from infra.redis import create_redis
from infra.settings import Environment, Settings
from models.schema import upgrade

DEVELOPMENT_SECRET = "a-secret-for-tests-only-0123456789abcdef"
_TEMPLATE = "delight_template"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: processes that share the files then end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def stack() -> Iterator[EmbeddedStack]:
    """Kafka, PostgreSQL and Valkey for the whole run; containers instead with DELIGHT_TEST_STACK=containers."""
    if os.environ.get("DELIGHT_TEST_STACK") == "containers":
        from infra.local.containers import ContainerStack

        with ContainerStack() as containers:
            upgrade(containers.postgres.create_database(_TEMPLATE))
            yield containers  # type: ignore[misc]
        return
    with tempfile.TemporaryDirectory(prefix="delight-test-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL may run as a user without rights, who has to pass.
        Path(folder).chmod(0o755)
        with EmbeddedStack(Path(folder)) as embedded:
            upgrade(embedded.postgres.create_database(_TEMPLATE))
            yield embedded
            # Nobody needs their data any more. With a thousand partitions and a hundred databases, each would take up
            # to a minute to end gracefully.
            embedded.kafka.kill()
            embedded.postgres.kill()


@dataclass
class SettingsFactory:
    """Makes settings of systems that share the servers and nothing else."""

    stack: EmbeddedStack
    databases: list[str] = field(default_factory=list)

    def __call__(self, **overrides: object) -> Settings:
        name = f"t{uuid4().hex[:12]}"
        addresses = self.stack.addresses
        base = addresses.database_url.rpartition("/")[0]
        self._copy_template(name)
        values: dict[str, object] = {
            "environment": Environment.DEVELOPMENT,
            "auth_development_secret": SecretStr(DEVELOPMENT_SECRET),
            "kafka_bootstrap_servers": addresses.kafka_bootstrap_servers,
            "kafka_topic_prefix": f"{name}.",
            "kafka_partitions": 4,
            "database_url": f"{base}/{name}",
            "redis_url": f"{addresses.redis_url.rpartition('/')[0]}/{_free_redis_database()}",
            "metrics_port": 0,
            "api_port": 0,
        }
        return Settings(**(values | overrides))  # type: ignore[arg-type]

    def _copy_template(self, name: str) -> None:
        import asyncio

        import asyncpg

        async def copy() -> None:
            connection = await asyncpg.connect(self.stack.addresses.database_url)
            try:
                await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
            finally:
                await connection.close()

        import concurrent.futures

        # In a thread of its own: fixtures may be evaluated inside a running event loop.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(copy())).result()
        self.databases.append(name)


_redis_databases = iter(range(1, 1000))


def _free_redis_database() -> int:
    # Sixteen databases by default; a system older than fifteen others is done with.
    return 1 + (next(_redis_databases) - 1) % 15


@pytest.fixture(scope="session")
def make_settings(stack: EmbeddedStack) -> SettingsFactory:
    return SettingsFactory(stack)


@pytest.fixture(scope="module")
def settings(make_settings: SettingsFactory) -> Settings:
    return make_settings()


@pytest.fixture(scope="module")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return session_factory(engine)


@pytest.fixture(scope="module")
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    client = create_redis(settings)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def user_id() -> str:
    """A person whom no other test knows."""
    return f"person-{uuid4().hex[:12]}"
