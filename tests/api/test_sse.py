"""SSE over HTTP: frames with ids, replay, reset, tickets, heartbeats, limits, and an end when the edge stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from redis.asyncio import Redis

from api.identity import Role
from api.tickets import GOOD_FOR
from infra.frame_publisher import COMPANION, UPDATES, FramePublisher, OutgoingFrame
from infra.settings import Settings
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi, running_api
from tests.support.sse import open_stream
from tests.support.waiting import until

UPDATES_PATH = "/api/v1/sse/updates"


@pytest.fixture
def publisher(redis: Redis) -> FramePublisher:
    return FramePublisher(redis, keep=100)


def frame(user_id: str, number: int, *, event: str = "quest.generated", stream: str = UPDATES) -> OutgoingFrame:
    return OutgoingFrame(user_id, stream, f"{event}-{number}", event, f'{{"type":"{event}","number":{number}}}')


async def test_a_stream_greets_and_carries_frames(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    async with open_stream(client, UPDATES_PATH) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-cache"
        assert (stream.retry, stream.last_event_id) == (2000, "0-0")
        await publisher.publish([frame(user_id, 1)])
        received = await stream.next()
    assert received is not None
    assert (received.event, received.data) == ("quest.generated", {"type": "quest.generated", "number": 1})
    assert received.id != "0-0"


async def test_a_reconnection_replays_what_was_missed(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    async with open_stream(client, UPDATES_PATH) as stream:
        await publisher.publish([frame(user_id, 1)])
        await stream.take(1)
    await publisher.publish([frame(user_id, 2), frame(user_id, 3)])
    for options in (
        {"headers": {"Last-Event-ID": stream.last_event_id}},
        {"params": {"last_event_id": stream.last_event_id}},
        {"params": {"last_event_id": "0-0"}, "headers": {"Last-Event-ID": stream.last_event_id}},
    ):
        async with open_stream(client, UPDATES_PATH, **options) as resumed:
            await publisher.publish([frame(user_id, 4)])
            assert [received.data["number"] for received in await resumed.take(3)] == [2, 3, 4]


async def test_without_a_cursor_a_stream_begins_now(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    await publisher.publish([frame(user_id, 1)])
    async with open_stream(client, UPDATES_PATH) as stream:
        await publisher.publish([frame(user_id, 2)])
        [received] = await stream.take(1)
    assert received.data["number"] == 2


@pytest.mark.parametrize("cursor", ["5-5", "malformed", "99999999999999-0"])
async def test_an_unknown_cursor_resets(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str, cursor: str
) -> None:
    await publisher.publish([frame(user_id, 1)])
    async with open_stream(client, UPDATES_PATH, headers={"Last-Event-ID": cursor}) as stream:
        [reset] = await stream.take(1)
    assert (reset.event, reset.data) == ("reset", {"type": "reset"})


async def test_tokens_come_on_the_companions_stream(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    async with open_stream(client, "/api/v1/sse/companion/stream") as stream:
        await publisher.publish([frame(user_id, 1), frame(user_id, 2, event="token", stream=COMPANION)])
        [received] = await stream.take(1)
    assert (received.event, received.data["number"]) == ("token", 2)


async def test_data_of_several_lines_arrives_whole(
    client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    async with open_stream(client, UPDATES_PATH) as stream:
        data = '{\n"type": "quest.generated",\n"text": "ä"\n}'
        await publisher.publish([OutgoingFrame(user_id, UPDATES, "lines", "quest.generated", data)])
        [received] = await stream.take(1)
    assert received.data == {"type": "quest.generated", "text": "ä"}


async def test_a_stream_needs_a_token_or_a_ticket(api: RunningApi, user_id: str) -> None:
    async with api.client() as anonymous:
        assert_error(await anonymous.get(UPDATES_PATH), 401, "unauthenticated")
        assert_error(await anonymous.get(UPDATES_PATH, params={"ticket": "forged"}), 401, "unauthenticated")
        assert_error(await anonymous.post("/api/v1/sse/tickets"), 401, "unauthenticated")
    async with api.client(user_id, Role.PUBLISHER) as system:
        assert_error(await system.get(UPDATES_PATH), 403, "not_permitted")


async def test_a_ticket_opens_one_stream(
    api: RunningApi, client: httpx.AsyncClient, publisher: FramePublisher, user_id: str
) -> None:
    response = await client.post("/api/v1/sse/tickets")
    assert (response.status_code, response.json()["expires_in"]) == (201, GOOD_FOR.total_seconds())
    ticket = {"ticket": response.json()["ticket"]}
    async with api.client() as browser:
        async with open_stream(browser, UPDATES_PATH, params=ticket) as stream:
            await publisher.publish([frame(user_id, 1)])
            await stream.take(1)
        assert_error(await browser.get(UPDATES_PATH, params=ticket), 401, "unauthenticated")


async def test_a_ticket_is_for_streams_only_and_known_by_its_hash(
    api: RunningApi, client: httpx.AsyncClient, redis: Redis
) -> None:
    ticket = (await client.post("/api/v1/sse/tickets")).json()["ticket"]
    async with api.client() as browser:
        assert_error(await browser.get("/api/v1/goals", params={"ticket": ticket}), 401, "unauthenticated")
    keys = await redis.keys("delight:ticket:*")
    assert keys
    assert not any(ticket.encode() in key for key in keys)
    assert 0 < await redis.ttl(keys[0]) <= GOOD_FOR.total_seconds()


async def test_an_unknown_stream_is_refused(client: httpx.AsyncClient) -> None:
    assert "'updates'" in assert_error(await client.get("/api/v1/sse/everything"), 422, "invalid_request").message


async def test_streams_of_a_person_are_limited(api: RunningApi, client: httpx.AsyncClient, settings: Settings) -> None:
    async with AsyncExitStack() as held:
        for _ in range(settings.sse_streams_per_person):
            await held.enter_async_context(open_stream(client, UPDATES_PATH))
        refused = await client.get(UPDATES_PATH)
        assert_error(refused, 429, "too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
    await until(lambda: api.edge.hub.open_streams == 0)
    async with open_stream(client, UPDATES_PATH) as stream_again:
        assert stream_again.retry == 2000


@pytest.fixture
async def quick(settings: Settings, topics: None, redis: Redis) -> AsyncIterator[RunningApi]:
    """An edge whose heart beats fast."""
    async with running_api(settings.model_copy(update={"sse_heartbeat": timedelta(seconds=0.05)})) as api:
        yield api


async def test_heartbeats_carry_the_cursor_on(quick: RunningApi, publisher: FramePublisher, user_id: str) -> None:
    async with quick.client(user_id) as client, open_stream(client, "/api/v1/sse/missions") as stream:
        assert await stream.until_comment() == "heartbeat"
        before = stream.last_event_id
        await publisher.publish([frame(user_id, 1)])
        async with asyncio.timeout(10):
            while stream.last_event_id == before:
                assert await stream.until_comment() == "heartbeat"


async def test_a_stream_ends_with_its_token(quick: RunningApi, user_id: str) -> None:
    token = quick.token(user_id, ttl=timedelta(seconds=1))
    async with (
        quick.client() as client,
        open_stream(client, UPDATES_PATH, headers={"Authorization": f"Bearer {token}"}) as stream,
    ):
        assert await stream.next() is None


async def test_streams_end_when_the_edge_stops(settings: Settings, topics: None, redis: Redis, user_id: str) -> None:
    async with running_api(settings) as api, api.client(user_id) as client, open_stream(client, UPDATES_PATH) as stream:
        api.server.should_exit = True
        assert await stream.next() is None
