"""An Idempotency-Key makes a client's retry the same event."""

import httpx
import pytest

from infra.settings import Settings
from schemas.missions import MissionStatus
from schemas.quests import QuestAccepted
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi
from tests.support.seeds import Sessions, seed_mission, seed_quest
from tests.support.topic_reader import read_topic

REQUEST = "/api/v1/quests/request"


async def test_the_same_key_is_the_same_job(client: httpx.AsyncClient) -> None:
    first = await client.post(REQUEST, json={"count": 3}, headers={"Idempotency-Key": "tap-1"})
    again = await client.post(REQUEST, json={"count": 3}, headers={"Idempotency-Key": "tap-1"})
    other = await client.post(REQUEST, json={"count": 3}, headers={"Idempotency-Key": "tap-2"})
    assert first.json() == again.json()
    assert first.json()["job_id"] != other.json()["job_id"]


async def test_without_a_key_every_request_is_its_own(client: httpx.AsyncClient) -> None:
    jobs = {(await client.post(REQUEST, json={})).json()["job_id"] for _ in range(3)}
    assert len(jobs) == 3


async def test_another_body_under_the_key_is_refused(client: httpx.AsyncClient) -> None:
    await client.post(REQUEST, json={"count": 3}, headers={"Idempotency-Key": "tap"})
    refused = await client.post(REQUEST, json={"count": 4}, headers={"Idempotency-Key": "tap"})
    assert "another body" in assert_error(refused, 422, "invalid_request").message


async def test_a_key_belongs_to_a_person_and_an_endpoint(
    api: RunningApi, client: httpx.AsyncClient, sessions: Sessions, user_id: str
) -> None:
    key = {"Idempotency-Key": "tap"}
    mine = await client.post(REQUEST, json={}, headers=key)
    async with api.client(f"{user_id}-other") as other:
        theirs = await other.post(REQUEST, json={}, headers=key)
    quest_id = await seed_quest(sessions, user_id)
    elsewhere = await client.post("/api/v1/quests/decline", json={"quest_id": str(quest_id)}, headers=key)
    assert len({response.json()["job_id"] for response in (mine, theirs, elsewhere)}) == 3


async def test_a_repeated_acceptance_plans_one_mission(
    client: httpx.AsyncClient, settings: Settings, sessions: Sessions, user_id: str
) -> None:
    body = {"quest_id": str(await seed_quest(sessions, user_id))}
    for _ in range(2):
        response = await client.post("/api/v1/quests/accept", json=body, headers={"Idempotency-Key": "yes"})
        assert response.status_code == 202
    events = await read_topic(settings, QuestAccepted, user_id=user_id)
    assert len(events) == 2
    assert len({(event.id, event.data.mission_id) for event in events}) == 1  # type: ignore[attr-defined]


async def test_a_retry_passes_although_the_first_try_took_effect(
    client: httpx.AsyncClient, sessions: Sessions, user_id: str
) -> None:
    mission_id = await seed_mission(sessions, user_id)
    body, key = {"mission_id": str(mission_id)}, {"Idempotency-Key": "go"}
    first = await client.post("/api/v1/missions/start", json=body, headers=key)
    async with sessions.begin() as session:
        from models.mission import MissionModel

        mission = await session.get_one(MissionModel, mission_id)
        mission.status = MissionStatus.ACTIVE
    again = await client.post("/api/v1/missions/start", json=body, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert_error(await client.post("/api/v1/missions/start", json=body), 409, "conflict")


async def test_a_refused_request_may_be_repeated_when_it_fits(
    client: httpx.AsyncClient, sessions: Sessions, user_id: str
) -> None:
    mission_id = await seed_mission(sessions, user_id, status=MissionStatus.PENDING)
    body, key = {"mission_id": str(mission_id)}, {"Idempotency-Key": "done"}
    assert_error(await client.post("/api/v1/missions/complete", json=body, headers=key), 409, "conflict")
    # A refusal is not remembered: the check is asked again.
    assert_error(await client.post("/api/v1/missions/complete", json=body, headers=key), 409, "conflict")


@pytest.mark.parametrize("key", ["x" * 256, "tab\tkey", "ümlaut"])
async def test_a_key_is_printable_and_short(client: httpx.AsyncClient, key: str) -> None:
    response = await client.post(REQUEST, json={}, headers={"Idempotency-Key": key.encode()})  # type: ignore[dict-item]
    assert_error(response, 422, "invalid_request")
