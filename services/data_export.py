"""Export: everything that is kept of a person as one JSON document, row by row, so that its size does not matter.

    {"user_id": …, "exported_at": …, "tables": {"goals": [{…}, …], …, "job_attempts": […]}}

All tables are read from one snapshot. Not in it: what is withheld and why says `services.personal_data`; records on their
way to Kafka and the steps of unfinished agents, which last for minutes and come to rows that are in the next export.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import SessionFactory
from models.job_attempt import JobAttemptModel
from schemas.events import UserId
from services.personal_data import PERSONAL_TABLES, attempts_of

# Rows that are held in memory at a time.
_BATCH = 200

# How an attempt failed in our code is not the person's.
_WITHHELD_OF_ATTEMPTS = frozenset({"worker", "error_message", "error_stacktrace"})


async def export_person(sessions: SessionFactory, user_id: UserId) -> AsyncIterator[bytes]:
    """The document, piece by piece. Raises what the database raises; a document that stops short is no JSON."""
    async with sessions() as session, session.begin():
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        head = orjson.dumps({"user_id": user_id, "exported_at": datetime.now(UTC)})
        yield head[:-1] + b',"tables":{'
        for number, (name, columns, whose) in enumerate(_tables(user_id)):
            yield (b"," if number else b"") + orjson.dumps(name) + b":["
            async for piece in _rows(session, columns, whose):
                yield piece
            yield b"]"
        yield b"}}"


def _tables(user_id: UserId) -> Sequence[tuple[str, Sequence[ColumnElement[Any]], ColumnElement[bool]]]:
    tables = [
        (table.name, _columns(table.model.__table__, table.withheld), table.of(user_id)) for table in PERSONAL_TABLES
    ]
    attempts = _columns(JobAttemptModel.__table__, _WITHHELD_OF_ATTEMPTS)
    return [*tables, (JobAttemptModel.__tablename__, attempts, attempts_of(user_id))]


def _columns(table: Any, withheld: Any) -> Sequence[ColumnElement[Any]]:
    assert isinstance(table, Table)
    return [column for column in table.columns if column.name not in withheld]


async def _rows(
    session: AsyncSession, columns: Sequence[ColumnElement[Any]], whose: ColumnElement[bool]
) -> AsyncIterator[bytes]:
    result = await session.stream(select(*columns).where(whose), execution_options={"yield_per": _BATCH})
    first = True
    async for rows in result.mappings().partitions():
        piece = b",".join(orjson.dumps(dict(row), default=_plain) for row in rows)
        yield piece if first else b"," + piece
        first = False


def _plain(value: Any) -> Any:
    match value:
        # The driver's own kind of UUID, which orjson does not know.
        case Decimal() | UUID():
            return str(value)
        case bytes():
            # The record of an unfinished job: the event as it was sent, which is text unless somebody sent rubbish.
            return value.decode("utf-8", "replace")
    raise TypeError(f"a row of a person holds a {type(value).__name__}")
