"""Statements that PostgreSQL's driver is given itself, without SQLAlchemy in between.

The runtime's own statements stand before and behind every job. Most of what they cost a worker that settles two or three
jobs at a time was not the statement but the session, the connection, the result and their hops between greenlets.
What the driver raises arrives as it is: `infra/database.py` judges its errors as it judges SQLAlchemy's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.util import greenlet_spawn

from infra.statement_spans import statement_span

_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class DriverStatement:
    """SQL with `:names`, as `sqlalchemy.text` reads it. The driver keeps it prepared, connection by connection."""

    def __init__(self, sql: str) -> None:
        compiled = text(sql).compile(dialect=_DIALECT)
        self._sql = compiled.string
        self._names = tuple(compiled.positiontup or ())

    async def fetch_alone(self, engine: AsyncEngine, values: Mapping[str, Any]) -> Sequence[asyncpg.Record]:
        """Its rows, in no transaction but its own. Raises what the driver and the pool raise."""
        pooled = await engine.raw_connection()
        try:
            while (driver := _driver(pooled)).is_closed():
                # PostgreSQL ended it while it was idle.
                await greenlet_spawn(pooled.invalidate)
                pooled = await engine.raw_connection()
            rows = await self._fetch(driver, values)
        except BaseException as error:
            # Whoever is cancelled leaves an answer on its way to the connection.
            if not isinstance(error, Exception) or driver.is_closed():
                await greenlet_spawn(pooled.invalidate)
            raise
        finally:
            await greenlet_spawn(pooled.close)
        return rows

    async def fetch_within(self, session: AsyncSession, values: Mapping[str, Any]) -> Sequence[asyncpg.Record]:
        """Its rows, in the session's transaction, which begins here unless it has."""
        connection = await session.connection()
        driver = _driver(await connection.get_raw_connection())
        if not driver.is_in_transaction():
            # SQLAlchemy tells PostgreSQL of a transaction with its first statement.
            await connection.exec_driver_sql("SELECT")
        return await self._fetch(driver, values)

    async def _fetch(self, driver: asyncpg.Connection, values: Mapping[str, Any]) -> Sequence[asyncpg.Record]:
        with statement_span(self._sql):
            rows: Sequence[asyncpg.Record] = await driver.fetch(self._sql, *[values[name] for name in self._names])
            return rows


def _driver(pooled: Any) -> Any:
    driver = pooled.driver_connection
    assert driver is not None, "a connection of the pool has the driver's"
    return driver
