"""Goals: plain records that a person edits, in ordinary transactions; their events leave through the outbox.

The caller owns the transaction: nothing here commits.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import NotFound
from models.goal import GoalModel
from producers.outbox import enqueue
from schemas.events import Envelope, UserId
from schemas.goals import GoalCreate, GoalCreated, GoalRead, GoalStatus, GoalUpdate
from schemas.pages import Page
from services.paging import read_page
from services.user_service import ensure_user


async def create_goal(
    session: AsyncSession, user_id: UserId, goal: GoalCreate, *, correlation_id: str | None = None
) -> GoalModel:
    """Write down a goal, and owe `GoalCreated` to Kafka. `correlation_id` is the request that asked."""
    await ensure_user(session, user_id)
    row = GoalModel(user_id=user_id, title=goal.title, why=goal.why, category=goal.category)
    session.add(row)
    await session.flush()
    created = GoalCreated(user_id=user_id, goal_id=row.id, category=row.category)
    await enqueue(session, [Envelope.mint(created, correlation_id=correlation_id)])
    return row


async def list_goals(
    session: AsyncSession, user_id: UserId, *, status: GoalStatus | None, limit: int, cursor: str | None
) -> Page[GoalRead]:
    """The person's goals, newest first. Raises `InvalidRequest` for a malformed cursor or limit."""
    query = select(GoalModel).where(GoalModel.user_id == user_id)
    if status is not None:
        query = query.where(GoalModel.status == status)
    return await read_page(session, query, GoalModel, GoalRead, limit=limit, cursor=cursor)


async def update_goal(session: AsyncSession, user_id: UserId, goal_id: UUID, change: GoalUpdate) -> GoalModel:
    """Change what `change` names and leave the rest. Raises `NotFound` unless the goal is theirs."""
    query = select(GoalModel).where(GoalModel.id == goal_id, GoalModel.user_id == user_id).with_for_update()
    goal = await session.scalar(query.execution_options(populate_existing=True))
    if goal is None:
        raise NotFound("No such goal.")
    for field, value in change.model_dump(exclude_none=True).items():
        setattr(goal, field, value)
    await session.flush()
    return goal
