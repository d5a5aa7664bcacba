import base64
from datetime import UTC, datetime

import pytest

from infra.exceptions import InvalidRequest
from schemas.goals import GoalCreate, GoalStatus, GoalUpdate, ValueCategory
from schemas.ids import new_id
from services import goal_service
from services.paging import MAX_PAGE, decode_cursor, encode_cursor


async def write_goals(sessions, user_id: str, count: int, *, together: bool = False) -> list[str]:
    """Titles, newest first. `together`: in one transaction, so that all have the same created_at."""
    titles = [f"Goal {number}" for number in range(count)]
    if together:
        async with sessions.begin() as session:
            for title in titles:
                await goal_service.create_goal(session, user_id, GoalCreate(title=title, category=ValueCategory.CRAFT))
    else:
        for title in titles:
            async with sessions.begin() as session:
                await goal_service.create_goal(session, user_id, GoalCreate(title=title, category=ValueCategory.CRAFT))
    return titles[::-1]


async def read_all(sessions, user_id: str, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor = None
    async with sessions() as session:
        while True:
            page = await goal_service.list_goals(session, user_id, status=None, limit=limit, cursor=cursor)
            pages.append([goal.title for goal in page.items])
            cursor = page.next_cursor
            if cursor is None:
                return pages


@pytest.mark.parametrize("together", [False, True])
async def test_pages_show_every_row_once_newest_first(sessions, together: bool) -> None:
    user_id = f"person-{new_id()}"
    titles = await write_goals(sessions, user_id, 5, together=together)
    assert await read_all(sessions, user_id, 2) == [titles[0:2], titles[2:4], titles[4:5]]
    assert await read_all(sessions, user_id, 5) == [titles]


async def test_rows_written_meanwhile_shift_nothing(sessions) -> None:
    user_id = f"person-{new_id()}"
    titles = await write_goals(sessions, user_id, 4)
    async with sessions() as session:
        first = await goal_service.list_goals(session, user_id, status=None, limit=2, cursor=None)
    await write_goals(sessions, user_id, 3)
    async with sessions() as session:
        rest = await goal_service.list_goals(session, user_id, status=None, limit=10, cursor=first.next_cursor)
    assert [goal.title for goal in rest.items] == titles[2:]
    assert rest.next_cursor is None


async def test_a_status_filters_across_pages(sessions) -> None:
    user_id = f"person-{new_id()}"
    await write_goals(sessions, user_id, 4)
    async with sessions.begin() as session:
        goals = await goal_service.list_goals(session, user_id, status=None, limit=10, cursor=None)
        for goal in goals.items[::2]:
            await goal_service.update_goal(session, user_id, goal.id, GoalUpdate(status=GoalStatus.ARCHIVED))
        active = await goal_service.list_goals(session, user_id, status=GoalStatus.ACTIVE, limit=1, cursor=None)
        rest = await goal_service.list_goals(
            session, user_id, status=GoalStatus.ACTIVE, limit=1, cursor=active.next_cursor
        )
    assert [goal.id for goal in (*active.items, *rest.items)] == [goal.id for goal in goals.items[1::2]]


def test_a_cursor_names_its_place_exactly() -> None:
    place = (datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC), new_id())
    assert decode_cursor(encode_cursor(*place)) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "ümlaut",
        "====",
        "a" * 5000,
        base64.urlsafe_b64encode(b"short").decode(),
        # The end of time, past what a datetime holds.
        base64.urlsafe_b64encode(b"\x7f" + b"\xff" * 23).decode(),
    ],
)
async def test_a_malformed_cursor_is_an_invalid_request(sessions, cursor: str) -> None:
    async with sessions() as session:
        with pytest.raises(InvalidRequest, match="cursor"):
            await goal_service.list_goals(session, "nobody", status=None, limit=10, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1])
async def test_a_limit_out_of_range_is_an_invalid_request(sessions, limit: int) -> None:
    async with sessions() as session:
        with pytest.raises(InvalidRequest, match="limit"):
            await goal_service.list_goals(session, "nobody", status=None, limit=limit, cursor=None)
