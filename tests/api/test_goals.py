"""Goals over HTTP: written, listed in pages, changed, and seen by their person only."""

from uuid import uuid4

import httpx

from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi

GOAL = {"title": "Run a half marathon", "why": "To keep up with my children", "category": "health"}


async def test_a_goal_is_written_and_listed(client: httpx.AsyncClient) -> None:
    created = await client.post("/api/v1/goals", json=GOAL)
    assert created.status_code == 201
    listed = await client.get("/api/v1/goals", params={"status": "active"})
    assert listed.json() == {"items": [created.json()], "next_cursor": None}


async def test_pages_follow_one_another(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.post("/api/v1/goals", json=GOAL | {"title": f"Goal {number}"})
    titles: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/goals", params=params)).json()
        assert len(page["items"]) <= 2
        titles += [goal["title"] for goal in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert titles == [f"Goal {number}" for number in reversed(range(5))]


async def test_a_page_is_bounded_and_a_cursor_checked(client: httpx.AsyncClient) -> None:
    assert_error(await client.get("/api/v1/goals", params={"limit": 101}), 422, "invalid_request")
    assert_error(await client.get("/api/v1/goals", params={"limit": 0}), 422, "invalid_request")
    assert_error(await client.get("/api/v1/goals", params={"cursor": "nonsense"}), 422, "invalid_request")


async def test_a_goal_is_archived(client: httpx.AsyncClient) -> None:
    goal = (await client.post("/api/v1/goals", json=GOAL)).json()
    changed = await client.patch(f"/api/v1/goals/{goal['id']}", json={"status": "archived"})
    assert changed.json() == goal | {"status": "archived"}
    assert (await client.get("/api/v1/goals", params={"status": "active"})).json()["items"] == []


async def test_somebody_elses_goal_is_not_there(api: RunningApi, client: httpx.AsyncClient) -> None:
    goal = (await client.post("/api/v1/goals", json=GOAL)).json()
    async with api.client(f"other-{uuid4().hex}") as other:
        assert_error(await other.patch(f"/api/v1/goals/{goal['id']}", json={"title": "Mine"}), 404, "not_found")
        assert (await other.get("/api/v1/goals")).json()["items"] == []


async def test_an_unknown_field_is_named(client: httpx.AsyncClient) -> None:
    error = assert_error(await client.post("/api/v1/goals", json=GOAL | {"titel": "x"}), 422, "invalid_request")
    assert "body.titel" in error.message


async def test_a_refused_goal_leaves_nothing(client: httpx.AsyncClient) -> None:
    assert_error(await client.post("/api/v1/goals", json=GOAL | {"category": "fame"}), 422, "invalid_request")
    assert (await client.get("/api/v1/goals")).json()["items"] == []
