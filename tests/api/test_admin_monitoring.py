"""What operators read over HTTP: lag and alerts, and what the edge says of itself on /metrics."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.identity import Role
from infra.lag_board import KEY, publish_snapshot
from schemas.lag import GroupLag, GroupState, LagSnapshot, PartitionLag
from services import alert_service, lag_history
from services.alert_rules import ALERT_RULES
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi
from tests.support.sse import open_stream
from tests.support.waiting import until

PATHS = ("/api/v1/admin/lag", "/api/v1/admin/lag/history", "/api/v1/admin/alerts")


def a_snapshot() -> LagSnapshot:
    partition = PartitionLag(topic="quest.requested", partition=3, committed=10, beginning=4, end=17)
    group = GroupLag(
        job_type="quest-generation",
        group="quest-generation",
        state=GroupState.EMPTY,
        members=0,
        lag=7,
        outbox_due=2,
        depth=9,
        lost=0,
        oldest_age_seconds=12.5,
        breaker="open",
        partitions=[partition],
    )
    return LagSnapshot(measured_at=datetime.now(UTC), groups=[group])


@pytest.mark.parametrize("path", PATHS)
async def test_only_operators_may_look(api: RunningApi, path: str) -> None:
    async with api.client("ada", Role.USER, Role.PUBLISHER) as client:
        assert_error(await client.get(path), 403, "not_permitted")
    async with api.client() as client:
        assert_error(await client.get(path), 401, "unauthenticated")


async def test_the_lag_is_the_monitors_last_snapshot(api: RunningApi, redis: Redis) -> None:
    snapshot = a_snapshot()
    await publish_snapshot(redis, snapshot)
    async with api.client("olga", Role.OPERATOR) as client:
        answer = await client.get("/api/v1/admin/lag")
    assert answer.status_code == 200
    assert LagSnapshot.model_validate(answer.json()) == snapshot
    assert answer.json()["groups"][0]["partitions"][0]["lag"] == 7


async def test_without_a_monitor_it_says_so(api: RunningApi, redis: Redis) -> None:
    await redis.delete(KEY)
    async with api.client("olga", Role.OPERATOR) as client:
        error = assert_error(await client.get("/api/v1/admin/lag"), 503, "service_unavailable")
    assert "delight monitor" in error.message


async def test_the_lag_over_time(api: RunningApi, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as session:
        await lag_history.record(session, a_snapshot())
    path = "/api/v1/admin/lag/history"
    async with api.client("olga", Role.OPERATOR) as client:
        history = (await client.get(path, params={"window_minutes": 30, "points": 30})).json()
        other = (await client.get(path, params={"job_type": "memory-consolidation"})).json()
        assert_error(await client.get(path, params={"window_minutes": 100_000}), 422, "invalid_request")
    assert history["step_seconds"] == 60
    [series] = history["series"]
    assert series["job_type"] == "quest-generation"
    assert [(point["depth"], point["lag"], point["oldest_age_seconds"]) for point in series["points"]] == [(9, 7, 12.5)]
    assert other["series"] == []


async def test_alerts_that_fire_and_recent_ones(api: RunningApi, sessions: async_sessionmaker[AsyncSession]) -> None:
    now = datetime.now(UTC)
    for seconds, readings in ((0, {"a": 2000.0, "b": 1500.0}), (60, {"b": 1500.0})):
        async with sessions.begin() as session:
            assert await alert_service.judge(
                session,
                {"delight_queue_depth": readings},
                ALERT_RULES,
                measured_at=now + timedelta(seconds=seconds),
                channels=(),
            )
    async with api.client("olga", Role.OPERATOR) as client:
        alerts = (await client.get("/api/v1/admin/alerts")).json()
        only_firing = (await client.get("/api/v1/admin/alerts", params={"recent": 0})).json()
    assert [(alert["rule"], alert["subject"], alert["value"]) for alert in alerts["firing"]] == [
        ("queue-depth", "b", 1500.0)
    ]
    assert [(alert["subject"], alert["state"]) for alert in alerts["resolved"]] == [("a", "resolved")]
    assert (only_firing["firing"], only_firing["resolved"]) == (alerts["firing"], [])


async def test_requests_are_counted_by_route_and_status(api: RunningApi) -> None:
    async with api.client("ada") as client:
        before = await samples(client)
        await client.get("/api/v1/jobs/0190a5d0-0000-7000-8000-000000000000")
        await client.get("/api/v1/jobs/0190a5d0-0000-7000-8000-000000000001")
        await client.get("/nowhere/ada-s-secret")
        await client.request("MAKEUP", "/nowhere")
        after = await samples(client)

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    assert grown('delight_http_requests_total{method="GET",route="/api/v1/jobs/{job_id}",status="404"}') == 2
    assert grown('delight_http_requests_total{method="GET",route="unmatched",status="404"}') == 1
    assert grown('delight_http_request_duration_seconds_count{method="GET",route="/api/v1/jobs/{job_id}"}') == 2
    assert not any("secret" in name or "MAKEUP" in name for name in after)


async def test_open_streams_are_counted(api: RunningApi) -> None:
    async with api.client("ada") as client:
        before = (await samples(client))["delight_sse_streams"]
        async with open_stream(client, "/api/v1/sse/updates"):
            assert (await samples(client))["delight_sse_streams"] == before + 1

        async def closed() -> bool:
            return (await samples(client))["delight_sse_streams"] == before

        await until(closed, what="the stream is given back")


async def samples(client: httpx.AsyncClient) -> dict[str, float]:
    lines = (await client.get("/metrics")).text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}
