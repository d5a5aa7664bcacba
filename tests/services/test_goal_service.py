import pytest
from sqlalchemy import select

from infra.exceptions import NotFound
from models.outbox_event import OutboxEventModel
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.cloudevents import decode
from schemas.goals import GoalCreate, GoalCreated, GoalStatus, GoalUpdate, ValueCategory
from schemas.ids import new_id
from services import goal_service

GOAL = GoalCreate(title="Draw every week", why="It calms me", category=ValueCategory.CRAFT)


async def outbox(sessions, user_id: str) -> list[OutboxEventModel]:
    async with sessions() as session:
        rows = await session.scalars(select(OutboxEventModel).where(OutboxEventModel.key == user_id.encode()))
        return list(rows)


async def test_a_goal_is_written_with_its_event(sessions) -> None:
    user_id = f"person-{new_id()}"
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(session, user_id, GOAL, correlation_id="request-1")
    assert (goal.status, goal.created_at.tzinfo is not None) == (GoalStatus.ACTIVE, True)
    (owed,) = await outbox(sessions, user_id)
    headers = [(name, value.encode()) for name, value in dict(owed.headers).items()]
    envelope = decode(owed.value, headers, EVENTS_BY_TYPE)
    assert envelope.data == GoalCreated(user_id=user_id, goal_id=goal.id, category=ValueCategory.CRAFT)
    assert envelope.correlation_id == "request-1"


async def test_a_transaction_that_fails_leaves_neither_goal_nor_event(sessions) -> None:
    user_id = f"person-{new_id()}"
    async with sessions() as session:
        await goal_service.create_goal(session, user_id, GOAL)
        await session.rollback()
        page = await goal_service.list_goals(session, user_id, status=None, limit=10, cursor=None)
    assert page.items == []
    assert await outbox(sessions, user_id) == []


async def test_an_update_changes_what_it_names(sessions) -> None:
    user_id = f"person-{new_id()}"
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(session, user_id, GOAL)
    async with sessions.begin() as session:
        await goal_service.update_goal(session, user_id, goal.id, GoalUpdate(why="", status=GoalStatus.ARCHIVED))
    async with sessions() as session:
        page = await goal_service.list_goals(session, user_id, status=GoalStatus.ARCHIVED, limit=10, cursor=None)
    (read,) = page.items
    assert (read.title, read.why, read.status) == (GOAL.title, "", GoalStatus.ARCHIVED)


async def test_another_persons_goal_is_not_found(sessions) -> None:
    owner = f"person-{new_id()}"
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(session, owner, GOAL)
    async with sessions.begin() as session:
        with pytest.raises(NotFound):
            await goal_service.update_goal(session, "somebody-else", goal.id, GoalUpdate(title="Mine now"))
        page = await goal_service.list_goals(session, owner, status=None, limit=10, cursor=None)
    assert [item.title for item in page.items] == [GOAL.title]


async def test_what_a_database_cannot_hold_is_left_out(sessions) -> None:
    user_id = f"person-{new_id()}"
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(
            session, user_id, GoalCreate(title="Draw\x00 more", category=ValueCategory.CRAFT)
        )
    assert goal.title == "Draw more"
