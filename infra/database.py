"""PostgreSQL: one engine per process; every statement has a deadline."""

import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import asyncpg
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from infra.exceptions import ModelRateLimited, ModelUnavailable
from infra.settings import Settings
from infra.statement_spans import trace_statements

SessionFactory = Callable[[], AbstractAsyncContextManager[AsyncSession]]

# SQLSTATE classes that are the data's fault (data exception, integrity violation); all else is the infrastructure's.
_DATA_ERROR_CLASSES = ("22", "23")
# Connection exceptions, insufficient resources, operator intervention (shutdown, crash, starting up), system errors.
_OUTAGE_STATES = ("08", "53", "57", "58")


_LOST_CONNECTIONS = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    RedisConnectionError,
    RedisTimeoutError,
    ConnectionRefusedError,
)


def create_engine(settings: Settings, *, pool_size: int | None = None) -> AsyncEngine:
    """The engine of this process, over asyncpg."""
    seconds = settings.database_timeout.total_seconds()
    engine = create_async_engine(
        make_url(settings.database_url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=seconds,
        pool_pre_ping=False,
        pool_use_lifo=True,
        # Errors are logged, and parameters hold what people wrote.
        hide_parameters=True,
        connect_args={
            "timeout": min(5.0, seconds),
            "command_timeout": seconds,
            "server_settings": {"application_name": "delight", "timezone": "UTC", "jit": "off"},
        },
    )
    trace_statements(engine.sync_engine)
    return engine


def session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


def reading_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions for reading: every statement stands alone, without the round trips that begin and end a transaction."""
    return session_factory(engine.execution_options(isolation_level="AUTOCOMMIT"))


async def open_connections(engine: AsyncEngine, count: int) -> None:
    """Fill the pool with `count` connections now, so that nobody waits for them later. Raises when PostgreSQL is away."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(engine.connect())


async def ping(engine: AsyncEngine) -> None:
    """One round trip to PostgreSQL. Raises whatever keeps it from answering; has no deadline."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def connect(settings: Settings) -> asyncpg.Connection:
    """A connection of its own outside the pool, for LISTEN."""
    return await asyncpg.connect(
        make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False),
        timeout=5.0,
        command_timeout=settings.database_timeout.total_seconds(),
    )


def is_data_error(error: BaseException) -> bool:
    """Whether the data, not the infrastructure, made the statement fail.

    Asked this way round because a restarting server surfaces as errors of no usual infrastructure class.
    """
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return isinstance(state, str) and state[:2] in _DATA_ERROR_CLASSES


def is_from_database(error: BaseException) -> bool:
    """Whether PostgreSQL or the way to it raised this, rather than the code that used it."""
    return isinstance(
        error,
        (
            DBAPIError,
            PoolTimeoutError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            OSError,
            TimeoutError,
        ),
    )


def is_outage(error: BaseException) -> bool:
    """Whether a job's error says that PostgreSQL or Redis is away, so that the job is not to blame."""
    seen: BaseException | None = error
    # A chat model that is away is the job's failure, though what lies beneath may look like the infrastructure's.
    while seen is not None and not isinstance(seen, (ModelUnavailable, ModelRateLimited)):
        verdict = _says_outage(seen)
        if verdict is not None:
            return verdict
        seen = seen.__cause__
    return False


def _says_outage(error: BaseException) -> bool | None:
    """What this error alone says; None when its cause has to be asked."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str) and not isinstance(cause, asyncpg.InterfaceError):
        return state.startswith(_OUTAGE_STATES)
    if isinstance(error, OSError) and _is_of_asyncpg(error):
        return True
    # A refused connection of an agent's own HTTP calls arrives translated (infra/model_errors.py).
    if isinstance(error, PoolTimeoutError) or isinstance(cause, _LOST_CONNECTIONS) or _is_lost_psycopg(cause):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, InterfaceError)
    return None


def _is_of_asyncpg(error: OSError) -> bool:
    """Whether PostgreSQL's driver raised this: a deadline that passed, or a connection that ended before it was made.

    A server that hangs, or goes down just then, says nothing else. Known by where it was raised: a deadline or a
    connection of the agent's own raises the same classes, and is the job's failure.
    """
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__", "").partition(".")[0] == "asyncpg" for frame, _ in frames)


def _is_lost_psycopg(error: BaseException | None) -> bool:
    """Whether psycopg, which agents' checkpoints use, has lost PostgreSQL or could not get a connection in time.

    Known by name: processes without checkpoints need not import it.
    """
    return any(
        base.__module__.partition(".")[0] == "psycopg" and base.__name__ in ("OperationalError", "InterfaceError")
        for base in type(error).__mro__
    )
