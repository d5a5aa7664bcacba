"""A person takes everything along, is deleted, and stays deleted, on the whole stack."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from consumers.mission_lifecycle import mission_lifecycle
from consumers.person_deletion import person_deletion
from consumers.quest_generation import quest_generation
from consumers.runtime.policy import RetryPolicy
from infra.frame_publisher import stream_key
from infra.offline_model.model import OfflineChatModel
from schemas.events import Envelope, Event
from schemas.goals import GoalCreated
from schemas.jobs import JobStatus
from schemas.missions import MissionPlanned
from schemas.persons import PersonDeleted, PersonDeletionRequested
from schemas.quests import QuestGenerated, QuestRequested
from services import ledger_service
from tests.conftest import SettingsFactory
from tests.support.pinged import make_pinged
from tests.support.running_api import RunningApi, running_api
from tests.support.system import System
from tests.support.waiting import until

HOUR = RetryPolicy.fixed(max_retries=2, delay=timedelta(hours=1))


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    pinging = make_pinged(retry=HOUR)
    system = System(
        make_settings(),
        [quest_generation, mission_lifecycle, person_deletion, pinging],
        events=[QuestGenerated, MissionPlanned, GoalCreated],
        chat_model=OfflineChatModel(),
    )
    await system.start()
    yield system
    await system.stop()


@pytest.fixture
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, [consumer.subscription for consumer in system.consumers]) as api:
        yield api


async def is_deleted(system: System, user_id: str) -> bool:
    """Every pass that is due has ended."""
    rows = await system.rows(
        "SELECT 1 FROM jobs WHERE job_type = 'person-deletion' AND event_type = :type AND status = 'succeeded'",
        type=PersonDeleted.type,
    )
    owners = await system.rows("SELECT 1 FROM jobs WHERE user_id = :id", id=user_id)
    return bool(rows) and not owners


async def ledger_of(system: System) -> Any:
    return await ledger_service.audit(
        system.settings, system.sessions, [consumer.subscription for consumer in system.consumers]
    )


async def job_of(system: System, event: Envelope[Event]) -> Any:
    (row,) = await system.rows("SELECT * FROM jobs WHERE event_id = :id", id=event.id)
    return row


async def test_a_person_is_exported_deleted_and_stays_deleted(system: System, api: RunningApi, user_id: str) -> None:
    async with system.worker(), system.relay(), api.client(user_id) as client:
        goal = await client.post("/api/v1/goals", json={"title": "Draw more", "category": "craft"})
        assert goal.status_code == 201
        asked = await system.publish(QuestRequested(user_id=user_id))
        await system.job_in(asked, "succeeded")
        retrying, dead = await system.ping(user_id, "ERROR"), await system.ping(user_id, "INVALID")
        await system.job_in(retrying, "retrying")
        await system.job_in(dead, "dead")
        staying = await system.ping("somebody-else", "INVALID")
        await system.job_in(staying, "dead")
        await until(lambda: _count_dead_letters(system, 2))

        document = (await client.get("/api/v1/me/export")).json()
        assert [row["title"] for row in document["tables"]["goals"]] == ["Draw more"]
        assert len(document["tables"]["quests"]) >= 3
        assert {row["status"] for row in document["tables"]["jobs"]} == {"succeeded", "retrying", "dead"}

        accepted = await client.delete("/api/v1/me")
        assert accepted.status_code == 202
        await until(lambda: is_deleted(system, user_id))

        # Redis: the frames and the dead letters are gone, those of others are not.
        assert await system.redis.exists(stream_key(user_id, "updates"), stream_key(user_id, "companion")) == 0
        (letter,) = await system.dead_letters()
        assert letter["event-id"].decode() == str(staying.id)
        assert await system.redis.hlen("dead-letters:index") == 1
        # The edge: nothing is left, and nothing new is taken.
        assert (await client.get("/api/v1/goals")).json()["items"] == []
        assert (await client.get(f"/api/v1/jobs/{asked.id}")).status_code == 404
        assert (await client.get(accepted.json()["location"])).status_code == 404
        refused = await client.post("/api/v1/goals", json={"title": "Draw again", "category": "craft"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (410, "person_forgotten")
        assert (await client.put("/api/v1/me", json={"time_zone": "UTC"})).status_code == 410
        # Later passes are owed, and nothing else.
        owed = await system.rows("SELECT topic FROM outbox_events WHERE key = :key", key=user_id.encode())
        assert {row.topic for row in owed} == {PersonDeleted.type}

        # A late event, one delivered again, and a retry that was under way.
        late = await system.publish(QuestRequested(user_id=user_id))
        rejected = await system.job_in(late, "rejected")
        await system.publisher.publish(asked)
        await system.ping("somebody-else")
        assert (rejected.record_value, rejected.record_key, rejected.record_headers) == (None, None, None)
        assert rejected.user_id != user_id
        assert "PersonForgotten" in rejected.error_type
    assert (await job_of(system, retrying)).status == JobStatus.CANCELLED
    assert await system.rows("SELECT 1 FROM users WHERE id = :id", id=user_id) == []
    assert await system.rows("SELECT 1 FROM quests WHERE user_id = :id", id=user_id) == []
    assert await system.rows("SELECT 1 FROM token_spend WHERE user_id = :id", id=user_id) == []
    assert await system.redis.exists(stream_key(user_id, "updates")) == 0
    # Every accepted event is accounted for still.
    ledger = await ledger_of(system)
    assert [group.unaccounted for group in ledger.groups] == [[] for _ in system.consumers]
    assert [group.twice for group in ledger.groups] == [[] for _ in system.consumers]


async def test_asking_twice_deletes_once_and_leaves_no_frames(system: System, user_id: str) -> None:
    async with system.engine.begin() as connection:
        await connection.execute(text("INSERT INTO users (id) VALUES (:id)"), {"id": user_id})
    await system.publish(PersonDeletionRequested(user_id=user_id))
    # Delivered twice, by a client that repeats itself.
    await system.publish(PersonDeletionRequested(user_id=user_id))
    await system.redis.xadd(stream_key(user_id, "updates"), {"event": "x", "data": "{}"})
    async with system.worker([person_deletion]), system.relay():
        await until(lambda: is_deleted(system, user_id))
        await until(lambda: _has_no_frames(system, user_id))
    assert await system.rows("SELECT 1 FROM users WHERE id = :id", id=user_id) == []
    rows = await system.rows("SELECT user_id FROM jobs WHERE job_type = 'person-deletion'")
    assert all(row.user_id.startswith("deleted-") for row in rows)


async def _count_dead_letters(system: System, expected: int) -> bool:
    return len(await system.dead_letters()) == expected


async def _has_no_frames(system: System, user_id: str) -> bool:
    return not await system.redis.exists(stream_key(user_id, "updates"))
