"""Events from other systems: CloudEvents over HTTP in its three modes, all or nothing."""

import base64
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.cloudevents_http import MAX_BATCH
from api.identity import Role
from infra.settings import Settings
from schemas.cloudevents import event_uuid
from schemas.missions import MissionCompleted
from schemas.quests import QuestRequested
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi
from tests.support.topic_reader import read_topic

EVENTS = "/api/v1/events"
STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


@pytest.fixture
async def system(api: RunningApi) -> Any:
    async with api.client("campaigns", Role.PUBLISHER) as client:
        yield client


def event(user_id: str, **overrides: Any) -> dict[str, Any]:
    values = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/campaigns",
        "type": "quest.requested",
        "data": {"user_id": user_id, "count": 4},
    } | overrides
    return {name: value for name, value in values.items() if value is not None}


async def test_a_structured_event_is_published(system: httpx.AsyncClient, settings: Settings, user_id: str) -> None:
    sent = event(user_id, time="2026-01-02T03:04:05Z", correlationid="chain-1")
    response = await system.post(EVENTS, content=json.dumps(sent), headers=STRUCTURED)
    assert (response.status_code, response.json()) == (202, {"ids": [sent["id"]]})
    [published] = await read_topic(settings, QuestRequested, user_id=user_id)
    assert (str(published.id), published.source, published.correlation_id) == (sent["id"], "/campaigns", "chain-1")
    assert published.time.isoformat() == "2026-01-02T03:04:05+00:00"
    assert published.data == QuestRequested(user_id=user_id, count=4)


async def test_a_binary_event_is_published(system: httpx.AsyncClient, settings: Settings, user_id: str) -> None:
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "order 7".replace(" ", "%20"),
        "ce-source": "/campaigns",
        "ce-type": "quest.requested",
        "X-Request-ID": "request-7",
    }
    response = await system.post(EVENTS, json={"user_id": user_id}, headers=headers)
    known_as = event_uuid("/campaigns", "order 7")
    assert response.json() == {"ids": [str(known_as)]}
    [published] = await read_topic(settings, QuestRequested, user_id=user_id)
    assert (published.id, published.correlation_id) == (known_as, "request-7")


async def test_a_batch_is_published_in_its_order(system: httpx.AsyncClient, settings: Settings, user_id: str) -> None:
    encoded = base64.b64encode(json.dumps({"user_id": user_id, "mission_id": str(uuid4())}).encode()).decode()
    batch = [
        event(user_id),
        event(user_id, type="mission.completed", data=None, data_base64=encoded),
        event(user_id, id="third"),
    ]
    response = await system.post(EVENTS, content=json.dumps(batch), headers=BATCH)
    assert response.status_code == 202
    ids = [UUID(known) for known in response.json()["ids"]]
    assert ids == [UUID(batch[0]["id"]), UUID(batch[1]["id"]), event_uuid("/campaigns", "third")]
    requested = await read_topic(settings, QuestRequested, user_id=user_id)
    completed = await read_topic(settings, MissionCompleted, user_id=user_id)
    assert {published.id for published in requested + completed} == set(ids)


async def test_a_person_sees_what_was_published_for_them(
    api: RunningApi, system: httpx.AsyncClient, user_id: str
) -> None:
    sent = event(user_id)
    await system.post(EVENTS, content=json.dumps(sent), headers=STRUCTURED)
    async with api.client(user_id) as person:
        assert (await person.get(f"/api/v1/jobs/{sent['id']}")).json()["status"] == "queued"


async def test_one_bad_event_refuses_the_batch(system: httpx.AsyncClient, settings: Settings, user_id: str) -> None:
    batch = [event(user_id), event(user_id, type="quest.forgotten"), event(user_id), event("", id="x")]
    response = await system.post(EVENTS, content=json.dumps(batch), headers=BATCH)
    message = assert_error(response, 422, "invalid_request").message
    assert "2 of 4" in message
    assert "event 1:" in message
    assert "event 3:" in message
    assert await read_topic(settings, QuestRequested, user_id=user_id) == []


REFUSED: dict[str, Any] = {
    "unknown type": {"type": "quest.forgotten"},
    "no id": {"id": None},
    "empty source": {"source": ""},
    "no version": {"specversion": None},
    "version of the future": {"specversion": "2.0"},
    "data of another type": {"data": {"count": 4}},
    "no data": {"data": None},
    "data out of range": {"data": {"user_id": "person", "count": 50}},
    "unprintable person": {"data": {"user_id": "a\x00b"}},
    "time of another kind": {"time": "yesterday"},
    "attribute that is an object": {"correlationid": {"a": 1}},
    "endless attributes": {"source": "/" + "x" * 9000},
    "wrong base64": {"data": None, "data_base64": "???"},
    "expiry beyond the calendar": {"expirytime": "0001-01-01T00:00:00+14:00"},
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_what_is_no_event_is_refused(system: httpx.AsyncClient, user_id: str, reason: str) -> None:
    sent = event(user_id, **REFUSED[reason])
    assert_error(await system.post(EVENTS, content=json.dumps(sent), headers=STRUCTURED), 422, "invalid_request")
    batch = await system.post(EVENTS, content=json.dumps([sent]), headers=BATCH)
    assert "event 0:" in assert_error(batch, 422, "invalid_request").message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"text"', b"\xff", b'{"a":' * 2000, b'{"id": "\\ud800"}'])
async def test_what_is_no_json_event_is_refused(system: httpx.AsyncClient, body: bytes) -> None:
    for headers in (STRUCTURED, BATCH, {"Content-Type": "application/json", "ce-id": "1"}):
        assert_error(await system.post(EVENTS, content=body, headers=headers), 422, "invalid_request")


async def test_a_batch_is_bounded(system: httpx.AsyncClient, user_id: str) -> None:
    batch = [event(user_id)] * (MAX_BATCH + 1)
    assert_error(await system.post(EVENTS, content=json.dumps(batch), headers=BATCH), 422, "invalid_request")


async def test_another_content_type_is_not_supported(system: httpx.AsyncClient) -> None:
    for headers in ({"Content-Type": "text/plain"}, {}):
        assert_error(await system.post(EVENTS, content=b"{}", headers=headers), 415, "unsupported_media_type")


async def test_an_event_larger_than_allowed_is_refused(
    system: httpx.AsyncClient, settings: Settings, user_id: str
) -> None:
    data = {"user_id": user_id, "mission_id": str(uuid4()), "briefing": "x" * settings.max_event_bytes, "model": "m"}
    sent = event(user_id, type="mission.briefed", data=data)
    response = await system.post(EVENTS, content=json.dumps(sent), headers=STRUCTURED)
    assert str(settings.max_event_bytes) in assert_error(response, 422, "invalid_request").message
