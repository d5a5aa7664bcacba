"""Plain actions go a short way, and nobody can tell: the same answers and refusals as on the framework's own way."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from redis.asyncio import Redis

from api.action_lane import ActionLane
from api.dependencies import Action, Person
from api.identity import Role
from infra.settings import Settings
from tests.support.running_api import RunningApi, running_api

PATH = "/api/v1/quests/request"
PLAIN = "application/json"
# The same to a server, and not what the short way takes.
OTHERWISE = "application/json; charset=utf-8"


async def answer(api: RunningApi, content_type: str, token: str, content: str) -> tuple[int, Any, dict[str, str]]:
    async with api.client() as client:
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {token}"}
        response = await client.post(PATH, content=content, headers=headers)
    body = json.loads(response.content)
    for name in ("job_id", "location", "request_id"):
        if name in body:
            body[name] = "…"
    varying = ("date", "x-request-id", "location", "retry-after")
    headers = {name: "…" if name in varying else value for name, value in response.headers.items()}
    return response.status_code, body, headers


@pytest.mark.parametrize(
    ("status", "content", "roles", "ttl"),
    [
        (202, '{"count": 3, "minutes_available": 25}', [Role.USER], 60),
        (202, "{}", [Role.USER], 60),
        (422, '{"count": 99}', [Role.USER], 60),
        (422, '{"count": NaN}', [Role.USER], 60),
        (422, "no JSON", [Role.USER], 60),
        (422, "", [Role.USER], 60),
        (422, "[]", [Role.USER], 60),
        (413, '{"count": 3' + " " * 2**20 + "}", [Role.USER], 60),
        (401, '{"count": 3}', [Role.USER], -60),
        (403, '{"count": 3}', [Role.OPERATOR], 60),
    ],
)
async def test_both_ways_answer_alike(
    api: RunningApi, user_id: str, status: int, content: str, roles: list[Role], ttl: int
) -> None:
    token = api.token(user_id, *roles, ttl=timedelta(seconds=ttl))

    plain = await answer(api, PLAIN, token, content)

    assert plain[0] == status
    assert plain == await answer(api, OTHERWISE, token, content)


async def test_a_token_that_is_none_is_refused_alike(api: RunningApi) -> None:
    plain = await answer(api, PLAIN, "not.a.token", "{}")

    assert plain[0] == 401
    assert plain == await answer(api, OTHERWISE, "not.a.token", "{}")


async def test_the_limit_of_requests_holds_on_both_ways_together(
    settings: Settings, topics: None, redis: Redis, user_id: str
) -> None:
    async with running_api(settings.model_copy(update={"rate_limit": "4/minute"})) as api:
        token = api.token(user_id)
        statuses = [(await answer(api, kind, token, "{}"))[0] for kind in (PLAIN, OTHERWISE, PLAIN, OTHERWISE)]
        over = await answer(api, PLAIN, token, "{}")

    assert statuses == [202] * 4
    assert over[0] == 429
    assert "retry-after" in over[2]


async def test_the_job_is_known_at_once_and_the_request_is_its_correlation(api: RunningApi, user_id: str) -> None:
    async with api.client(user_id) as client:
        response = await client.post(PATH, json={"count": 3}, headers={"X-Request-ID": "lane-1"})
        accepted = response.json()
        job = await client.get(response.headers["Location"])

    assert response.headers["X-Request-ID"] == "lane-1"
    assert response.headers["Location"] == accepted["location"] == f"/api/v1/jobs/{UUID(accepted['job_id'])}"
    assert job.status_code == 200
    assert job.json()["status"] == "queued"


async def test_pieces_that_are_too_much_together_are_refused(api: RunningApi, user_id: str) -> None:
    async def pieces() -> Any:
        for _ in range(17):
            yield b" " * 2**16

    async with httpx.AsyncClient(base_url=api.url, headers=api.headers(user_id)) as client:
        response = await client.post(PATH, content=pieces(), headers={"Content-Type": PLAIN})

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


async def test_a_body_in_pieces_is_read_whole(api: RunningApi, user_id: str) -> None:
    async def pieces() -> Any:
        for piece in (b'{"cou', b'nt": ', b"3}"):
            yield piece

    async with httpx.AsyncClient(base_url=api.url, headers=api.headers(user_id)) as client:
        response = await client.post(PATH, content=pieces(), headers={"Content-Type": PLAIN})

    assert response.status_code == 202


def test_a_route_that_asks_for_more_is_left_to_the_framework() -> None:
    class Wish(BaseModel):
        count: int = 1

    router = APIRouter()

    @router.post("/plain", status_code=202)
    async def plain(wish: Wish, person: Person, action: Action) -> Wish:
        return wish

    @router.post("/guarded", status_code=202, dependencies=[Depends(lambda: None)])
    async def guarded(wish: Wish, person: Person, action: Action) -> Wish:
        return wish

    @router.post("/asks-more", status_code=202)
    async def asks_more(wish: Wish, person: Person, action: Action, dry_run: bool = False) -> Wish:
        return wish

    @router.post("/no-action")
    async def no_action(wish: Wish, person: Person) -> Wish:
        return wish

    async def nothing(*_: Any) -> None: ...

    assert ActionLane(nothing, routers=[router], max_bytes=1_000).paths == {"/plain"}
