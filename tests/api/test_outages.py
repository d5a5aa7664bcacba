"""When a part of the system is away, the edge starts all the same, says 503 where it must, and works where it can."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from api.identity import Role
from infra.settings import Settings
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi, running_api

GOAL = {"title": "Read more", "category": "growth"}


def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@asynccontextmanager
async def running_without(settings: Settings, **away: str) -> AsyncIterator[RunningApi]:
    update = {"kafka_send_timeout": timedelta(seconds=1), "redis_timeout": timedelta(seconds=1), **away}
    async with running_api(settings.model_copy(update=update)) as api:
        yield api


def assert_unavailable(response: httpx.Response) -> None:
    assert_error(response, 503, "service_unavailable")
    assert int(response.headers["retry-after"]) >= 1


async def assert_not_ready(client: httpx.AsyncClient, missing: str) -> None:
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["problems"]) == {missing}
    assert (await client.get("/livez")).json() == {"status": "ok", "problems": {}}


async def test_with_everything_there_the_edge_is_ready(api: RunningApi) -> None:
    async with api.client() as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "problems": {}})


async def test_without_kafka_actions_are_refused_and_the_rest_works(settings: Settings, user_id: str) -> None:
    async with (
        running_without(settings, kafka_bootstrap_servers=f"127.0.0.1:{closed_port()}") as api,
        api.client(user_id) as client,
    ):
        assert_unavailable(await client.post("/api/v1/quests/request", json={}))
        assert (await client.post("/api/v1/goals", json=GOAL)).status_code == 201
        await assert_not_ready(client, "kafka")


async def test_without_kafka_events_are_refused(settings: Settings, user_id: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "quest.requested", "data": {"user_id": user_id}}
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    async with (
        running_without(settings, kafka_bootstrap_servers=f"127.0.0.1:{closed_port()}") as api,
        api.client("system", Role.PUBLISHER) as client,
    ):
        assert_unavailable(await client.post("/api/v1/events", json=[event], headers=headers))


async def test_without_postgres_what_asks_it_is_refused(settings: Settings, topics: None, user_id: str) -> None:
    away = f"postgresql://delight@127.0.0.1:{closed_port()}/delight"
    async with running_without(settings, database_url=away) as api, api.client(user_id) as client:
        assert_unavailable(await client.get("/api/v1/goals"))
        assert_unavailable(await client.post("/api/v1/goals", json=GOAL))
        mission = {"mission_id": "01a2086a-4517-7319-9870-01c3acb6833f"}
        assert_unavailable(await client.post("/api/v1/missions/start", json=mission))
        # Nothing about this one has to be asked.
        assert (await client.post("/api/v1/quests/request", json={})).status_code == 202
        await assert_not_ready(client, "postgres")


async def test_without_redis_actions_are_accepted(settings: Settings, topics: None, user_id: str) -> None:
    async with (
        running_without(settings, redis_url=f"redis://127.0.0.1:{closed_port()}/0") as api,
        api.client(user_id) as client,
    ):
        headers = {"Idempotency-Key": "tap"}
        first = await client.post("/api/v1/quests/request", json={}, headers=headers)
        again = await client.post("/api/v1/quests/request", json={}, headers=headers)
        assert first.status_code == again.status_code == 202
        # The inbox still knows a retry: its event has the same id.
        assert first.json() == again.json()
        assert (await client.post("/api/v1/goals", json=GOAL)).status_code == 201
        await assert_not_ready(client, "redis")


@pytest.mark.parametrize("path", ["/api/v1/sse/updates", "/api/v1/sse/companion/stream"])
async def test_without_redis_streams_are_refused(settings: Settings, topics: None, user_id: str, path: str) -> None:
    async with (
        running_without(settings, redis_url=f"redis://127.0.0.1:{closed_port()}/0") as api,
        api.client(user_id) as client,
    ):
        assert_unavailable(await client.get(path))
        assert_unavailable(await client.post("/api/v1/sse/tickets"))


async def test_a_schema_that_is_not_there_is_a_bug_not_an_outage(
    settings: Settings, topics: None, redis: Redis, user_id: str
) -> None:
    base = settings.database_url.rpartition("/")[0]
    async with running_without(settings, database_url=f"{base}/postgres") as api, api.client(user_id) as client:
        with capture_logs():
            response = await client.get("/api/v1/goals")
    assert_error(response, 500, "internal_error")
