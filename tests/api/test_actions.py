"""Actions: checked in Postgres, published to Kafka, answered with 202 and the place of the job."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from infra.settings import Settings
from schemas.events import Event
from schemas.ids import derived_id
from schemas.missions import MissionAbandoned, MissionCompleted, MissionStarted, MissionStatus
from schemas.quests import QuestAccepted, QuestDeclined, QuestReopened, QuestRequested, QuestStatus
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi
from tests.support.seeds import Sessions, seed_mission, seed_quest
from tests.support.topic_reader import read_topic


def assert_accepted(response: httpx.Response) -> UUID:
    assert response.status_code == 202, response.text
    accepted = response.json()
    assert accepted["status"] == "queued"
    assert accepted["location"] == response.headers["location"] == f"/api/v1/jobs/{accepted['job_id']}"
    return UUID(accepted["job_id"])


async def test_asking_for_quests_publishes_the_request(
    client: httpx.AsyncClient, settings: Settings, user_id: str
) -> None:
    headers = {
        "X-Request-ID": "request-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    response = await client.post("/api/v1/quests/request", json={"count": 4, "energy_level": "low"}, headers=headers)
    job_id = assert_accepted(response)
    [event] = await read_topic(settings, QuestRequested, user_id=user_id)
    assert (event.id, event.correlation_id) == (job_id, "request-1")
    assert event.traceparent == headers["traceparent"]
    assert event.data == QuestRequested(user_id=user_id, count=4, energy_level="low")


async def test_an_accepted_event_is_queued_for_its_groups(client: httpx.AsyncClient) -> None:
    job_id = assert_accepted(await client.post("/api/v1/quests/request", json={}))
    status = (await client.get(f"/api/v1/jobs/{job_id}")).json()
    assert (status["id"], status["type"], status["status"]) == (str(job_id), "quest.requested", "queued")
    assert [(job["job_type"], job["status"]) for job in status["jobs"]] == [("quest-generation", "queued")]


async def test_somebody_elses_job_is_not_there(api: RunningApi, client: httpx.AsyncClient) -> None:
    job_id = assert_accepted(await client.post("/api/v1/quests/request", json={}))
    async with api.client(f"other-{uuid4().hex}") as other:
        assert_error(await other.get(f"/api/v1/jobs/{job_id}"), 404, "not_found")


async def test_accepting_a_quest_mints_the_mission(
    client: httpx.AsyncClient, settings: Settings, sessions: Sessions, user_id: str
) -> None:
    quest_id = await seed_quest(sessions, user_id)
    job_id = assert_accepted(await client.post("/api/v1/quests/accept", json={"quest_id": str(quest_id)}))
    [event] = await read_topic(settings, QuestAccepted, user_id=user_id)
    mission_id = derived_id("mission", str(job_id))
    assert event.data == QuestAccepted(user_id=user_id, quest_id=quest_id, mission_id=mission_id)


# The action, the details of its body, where the mission stands before, and the event.
Move = tuple[str, dict[str, Any], MissionStatus, type[Event]]
MOVES: list[Move] = [
    ("start", {"alongside": True}, MissionStatus.PENDING, MissionStarted),
    ("complete", {"reflection": "It was good."}, MissionStatus.ACTIVE, MissionCompleted),
    ("abandon", {"reason": "Too tired."}, MissionStatus.ACTIVE, MissionAbandoned),
]


@pytest.mark.parametrize("move", MOVES, ids=[move[0] for move in MOVES])
async def test_a_mission_moves_on(
    client: httpx.AsyncClient, settings: Settings, sessions: Sessions, user_id: str, move: Move
) -> None:
    action, details, status, event_type = move
    mission_id = await seed_mission(sessions, user_id, status=status)
    body = {"mission_id": str(mission_id), **details}
    assert_accepted(await client.post(f"/api/v1/missions/{action}", json=body))
    [event] = await read_topic(settings, event_type, user_id=user_id)
    assert event.data == event_type(user_id=user_id, mission_id=mission_id, **details)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("action", "status"),
    [("start", MissionStatus.ACTIVE), ("complete", MissionStatus.PENDING), ("abandon", MissionStatus.COMPLETED)],
)
async def test_a_mission_in_another_state_is_a_conflict(
    client: httpx.AsyncClient, sessions: Sessions, user_id: str, action: str, status: MissionStatus
) -> None:
    mission_id = await seed_mission(sessions, user_id, status=status)
    response = await client.post(f"/api/v1/missions/{action}", json={"mission_id": str(mission_id)})
    assert_error(response, 409, "conflict")


async def test_declining_publishes_and_a_decided_quest_is_a_conflict(
    client: httpx.AsyncClient, settings: Settings, sessions: Sessions, user_id: str
) -> None:
    quest_id = await seed_quest(sessions, user_id)
    assert_accepted(await client.post("/api/v1/quests/decline", json={"quest_id": str(quest_id)}))
    assert len(await read_topic(settings, QuestDeclined, user_id=user_id)) == 1
    decided = await seed_quest(sessions, user_id, status=QuestStatus.DECLINED)
    for action in ("accept", "decline"):
        response = await client.post(f"/api/v1/quests/{action}", json={"quest_id": str(decided)})
        assert_error(response, 409, "conflict")


async def test_a_decision_is_taken_back_by_an_event(
    client: httpx.AsyncClient, settings: Settings, sessions: Sessions, user_id: str
) -> None:
    proposed = await seed_quest(sessions, user_id)
    assert_error(await client.post("/api/v1/quests/reopen", json={"quest_id": str(proposed)}), 409, "conflict")
    declined = await seed_quest(sessions, user_id, status=QuestStatus.DECLINED)
    assert_accepted(await client.post("/api/v1/quests/reopen", json={"quest_id": str(declined)}))
    [event] = await read_topic(settings, QuestReopened, user_id=user_id)
    assert event.data == QuestReopened(user_id=user_id, quest_id=declined)


@pytest.mark.parametrize("action", ["start", "complete", "abandon"])
async def test_somebody_elses_mission_is_not_there(client: httpx.AsyncClient, sessions: Sessions, action: str) -> None:
    mission_id = await seed_mission(sessions, f"other-{uuid4().hex}")
    response = await client.post(f"/api/v1/missions/{action}", json={"mission_id": str(mission_id)})
    assert_error(response, 404, "not_found")
    assert_error(await client.get(f"/api/v1/missions/{mission_id}"), 404, "not_found")


async def test_quests_and_missions_are_read(client: httpx.AsyncClient, sessions: Sessions, user_id: str) -> None:
    mission_id = await seed_mission(sessions, user_id)
    mission = (await client.get(f"/api/v1/missions/{mission_id}")).json()
    assert mission["title"] == "Walk to the river"
    assert (await client.get("/api/v1/missions", params={"status": "pending"})).json()["items"] == [mission]
    [first] = (await client.get("/api/v1/missions/triad")).json()
    assert first == mission | {"rank": "high", "reasons": first["reasons"]}
    quest = (await client.get(f"/api/v1/quests/{mission['quest_id']}")).json()
    assert (await client.get("/api/v1/quests", params={"status": "accepted"})).json()["items"] == [quest]


async def test_progress_is_read_over_the_windows_on_offer(client: httpx.AsyncClient) -> None:
    for days in (7, 30, 90):
        progress = (await client.get("/api/v1/progress", params={"window_days": days})).json()
        assert (progress["essence"], progress["dci"]["window_days"]) == (0, days)
    assert_error(await client.get("/api/v1/progress", params={"window_days": 8}), 422, "invalid_request")
