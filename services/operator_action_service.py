"""What operators do is on record: each action is written in the transaction that does it, or it did not happen."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.operator_action import OperatorActionModel


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


async def read_latest(session: AsyncSession, limit: int) -> Sequence[OperatorActionModel]:
    """What operators did, the latest first."""
    query = select(OperatorActionModel).order_by(OperatorActionModel.created_at.desc(), OperatorActionModel.id.desc())
    return (await session.scalars(query.limit(limit))).all()
