"""Checkpoints: what unfinished agents have thought so far, in PostgreSQL, so that a retry does not pay for it again.

LangGraph's own saver on a psycopg pool, over tables in the schema `agent_state` that migration 0005 makes. State is stored
as JSON and read back as the types that the graph declares: what is in the database can name no code to run, and what no
longer fits is refused (`ValidationError`) instead of being half understood.
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy.engine import make_url

from infra.settings import Settings

SCHEMA = "agent_state"

# Writes are short beside the calls of a model that lie between them.
_MOST_CONNECTIONS = 5

ChannelTypes = Mapping[str, TypeAdapter[Any]]


class Checkpoints:
    """The checkpoints of one process. `open` costs nothing: connections are made when an agent needs them."""

    def __init__(self, settings: Settings) -> None:
        seconds = settings.database_timeout.total_seconds()
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False),
            connection_class=AsyncConnection[DictRow],
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "connect_timeout": 5,
                "application_name": "delight",
                "options": f"-c search_path={SCHEMA} -c statement_timeout={round(seconds * 1000)}",
            },
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            timeout=seconds,
            open=False,
            name="checkpoints",
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    def saver(self, types: ChannelTypes) -> AsyncPostgresSaver:
        """A saver for one run of a graph with these channels. Its errors are psycopg's."""
        # One each: a saver does one thing at a time, and runs need not wait for each other.
        return _TypedSaver(self._pool, types)


class _Json:
    """Values as JSON."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        return "json", to_json(obj, fallback=_error_text)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        return from_json(data[1])


class _TypedSaver(AsyncPostgresSaver):
    """Gives each channel back as the type that the graph declares for it."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[DictRow]], types: ChannelTypes) -> None:
        super().__init__(pool, serde=_Json())
        self._types = types

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = await super().aget_tuple(config)
        if found is None:
            return None
        checkpoint = found.checkpoint.copy()
        checkpoint["channel_values"] = {
            channel: self._typed(channel, value) for channel, value in checkpoint["channel_values"].items()
        }
        writes = [(task, channel, self._typed(channel, value)) for task, channel, value in found.pending_writes or ()]
        return found._replace(checkpoint=checkpoint, pending_writes=writes)

    def _typed(self, channel: str, value: Any) -> Any:
        # The input of a graph, before its first step, is all of its channels at once.
        if channel == "__start__" and isinstance(value, dict):
            return {name: self._typed(name, part) for name, part in value.items()}
        adapter = self._types.get(channel)
        return value if adapter is None else adapter.validate_python(value)


def _error_text(value: Any) -> str:
    """LangGraph notes why a step failed; anything else that is no JSON is a mistake in the graph's state."""
    if isinstance(value, BaseException):
        return repr(value)
    raise TypeError(f"the state of a resumable graph cannot hold a {type(value).__name__}")
