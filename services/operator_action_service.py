"""What operators do is on record: each action is written in the transaction that does it, or it did not happen."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.operator_action import OperatorActionModel
from schemas.job_admin import ActionQuery, OperatorActionRead
from schemas.pages import Page
from services.paging import read_page


async def record(
    session: AsyncSession, *, operator: str, action: str, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Note that `operator` did `action` to `target`; `details` must be JSON, and hold no message texts."""
    session.add(
        OperatorActionModel(operator=operator[:255], action=action, target=target[:255], details=dict(details or {}))
    )
    await session.flush()


async def read_actions(session: AsyncSession, target: str) -> Sequence[OperatorActionModel]:
    """What was done to `target`, oldest first."""
    query = (
        select(OperatorActionModel)
        .where(OperatorActionModel.target == target)
        .order_by(OperatorActionModel.created_at, OperatorActionModel.id)
    )
    return (await session.scalars(query)).all()


async def search(session: AsyncSession, query: ActionQuery) -> Page[OperatorActionRead]:
    """The actions that the query selects, the latest first. Raises `InvalidRequest` for a malformed cursor."""
    statement = select(OperatorActionModel)
    if query.operator is not None:
        statement = statement.where(OperatorActionModel.operator == query.operator)
    if query.action is not None:
        whole_noun = OperatorActionModel.action.startswith(f"{query.action}.", autoescape=True)
        statement = statement.where(or_(OperatorActionModel.action == query.action, whole_noun))
    if query.target is not None:
        statement = statement.where(OperatorActionModel.target == query.target)
    if query.since is not None:
        statement = statement.where(OperatorActionModel.created_at >= query.since)
    if query.until is not None:
        statement = statement.where(OperatorActionModel.created_at < query.until)
    return await read_page(
        session, statement, OperatorActionModel, OperatorActionRead, limit=query.limit, cursor=query.cursor
    )
