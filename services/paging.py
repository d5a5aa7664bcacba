"""Lists are paged newest first, by keyset: a page costs the same however deep it lies, and new rows shift nothing.

A cursor is the place of the last row shown, (created_at, id), in base64url. Clients must not look into it.
"""

import base64
import struct
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest
from models.companion_message import CompanionMessageModel
from models.essence_entry import EssenceEntryModel
from models.goal import GoalModel
from models.memory import MemoryModel
from models.mission import MissionModel
from models.nudge import NudgeModel
from models.operator_action import OperatorActionModel
from models.quest import QuestModel
from schemas.pages import Page

MAX_PAGE = 100
"""The longest page, in rows."""

RowT = TypeVar(
    "RowT",
    GoalModel,
    QuestModel,
    MissionModel,
    EssenceEntryModel,
    CompanionMessageModel,
    MemoryModel,
    NudgeModel,
    OperatorActionModel,
)
ReadT = TypeVar("ReadT", bound=BaseModel)

# Microseconds since the epoch, which is as exact as PostgreSQL's clock, and the id.
_PLACE = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


async def read_page(
    session: AsyncSession,
    query: Select[RowT],
    model: type[RowT],
    read: type[ReadT],
    *,
    limit: int,
    cursor: str | None,
) -> Page[ReadT]:
    """The page of at most `limit` rows of `query` after `cursor`, newest first.

    Raises `InvalidRequest` when the cursor is malformed or the limit is not within 1 and `MAX_PAGE`.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequest(f"limit must lie between 1 and {MAX_PAGE}.")
    if cursor is not None:
        query = query.where(tuple_(model.created_at, model.id) < tuple_(*decode_cursor(cursor)))
    # One row more than shown tells whether there is a next page.
    rows = (await session.scalars(query.order_by(model.created_at.desc(), model.id.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    return Page(
        items=[read.model_validate(row) for row in shown],
        next_cursor=encode_cursor(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None,
    )


def encode_cursor(created_at: datetime, row_id: UUID) -> str:
    """The cursor of the row at this place."""
    place = _PLACE.pack((created_at - _EPOCH) // _MICROSECOND, row_id.bytes)
    return base64.urlsafe_b64encode(place).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The place that `cursor` names. Raises `InvalidRequest` when it is malformed."""
    try:
        microseconds, row_id = _PLACE.unpack(base64.b64decode(cursor, altchars=b"-_", validate=True))
        return _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=row_id)
    except (ValueError, OverflowError, struct.error):
        raise InvalidRequest("The cursor is malformed. Pass the next_cursor of a page, unchanged.") from None
