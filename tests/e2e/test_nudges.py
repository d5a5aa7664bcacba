"""A nudge from the scheduler to the person's stream and webhook, and their answer back, on the real stack."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from consumers.nudge_delivery import nudge_delivery
from consumers.nudge_response import nudge_response
from consumers.nudge_scheduling import nudge_scheduling
from infra.offline_model.model import OfflineChatModel
from infra.settings import Settings
from producers.scheduler import Scheduler
from schemas.catalogue import EVENT_TYPES
from schemas.ids import new_id
from tests.support.envelope import assert_error
from tests.support.person import Person
from tests.support.running_api import RunningApi, running_api
from tests.support.sse import open_stream
from tests.support.system import System
from tests.support.waiting import until
from tests.support.webhook_receiver import SECRET, webhook_receiver

CONSUMERS = (nudge_scheduling, nudge_delivery, nudge_response)


@pytest.fixture(scope="module")
async def system(settings: Settings) -> AsyncIterator[System]:
    system = System(settings, CONSUMERS, events=EVENT_TYPES, chat_model=OfflineChatModel())
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


@pytest.fixture(scope="module")
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, [consumer.subscription for consumer in CONSUMERS]) as api:
        yield api


def where_it_is_ten() -> str:
    """A time zone whose clock shows ten to eleven in the morning now, so that a day lies ahead."""
    offset = (10 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-offset:+d}"


async def wants_nudges(client: Any, **wanted: Any) -> dict[str, Any]:
    preferences = {
        "opted_in": True,
        "time_zone": where_it_is_ten(),
        "quiet_from": "00:00",
        "quiet_until": "00:00",
        **wanted,
    }
    response = await client.put("/api/v1/nudges/preferences", json=preferences)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def day_begins(system: System, user_id: str) -> None:
    """The scheduler looks at a person who has been here since yesterday; their nudges are planned."""
    async with system.sessions.begin() as session:
        await session.execute(
            text("UPDATE users SET created_at = now() - interval '1 day', next_due_at = now() WHERE id = :id"),
            {"id": user_id},
        )
    scheduler = Scheduler(system.engine)
    while await scheduler.tick():
        pass

    async def planned() -> Any:
        return await system.rows("SELECT 1 FROM nudges WHERE user_id = :id AND status = 'scheduled'", id=user_id)

    await until(planned, what="the nudges are planned")


async def moment_comes(system: System, user_id: str) -> None:
    """What is owed for later is due now; `clock_timestamp()` is the relay's clock too."""
    async with system.sessions.begin() as session:
        await session.execute(
            text("UPDATE outbox_events SET available_at = clock_timestamp() WHERE key = :key"),
            {"key": user_id.encode()},
        )


async def test_a_nudge_reaches_stream_and_webhook_and_its_answer_counts(
    api: RunningApi, system: System, user_id: str
) -> None:
    async with webhook_receiver() as receiver, api.client(user_id) as client:
        preferences = await wants_nudges(
            client, channels=["sse", "webhook"], webhook_url=receiver.url, webhook_secret=SECRET
        )
        assert preferences["has_webhook_secret"]
        assert SECRET not in str(preferences)
        await day_begins(system, user_id)
        assert (await client.get("/api/v1/nudges")).json()["items"] == []
        async with open_stream(client, "/api/v1/sse/nudges") as stream:
            await moment_comes(system, user_id)
            frame = await stream.next()
        assert frame is not None
        assert frame.event == "nudge.delivered"
        await until(lambda: receiver.received, what="the webhook is received")
        (hooked,) = receiver.received
        assert receiver.badly_signed == 0
        assert (hooked["type"], hooked["text"]) == ("nudge.delivered", frame.data["data"]["text"])
        nudge_id = hooked["nudge_id"]
        assert nudge_id == frame.data["data"]["nudge_id"]

        async def listed() -> Any:
            (nudge,) = (await client.get("/api/v1/nudges")).json()["items"]
            return nudge if nudge["webhook_status"] == "delivered" else None

        nudge = await until(listed, what="the delivery is recorded")
        assert (nudge["id"], nudge["status"], nudge["response"]) == (nudge_id, "delivered", None)

        answered = await client.post("/api/v1/nudges/respond", json={"nudge_id": nudge_id, "response": "helpful"})
        assert answered.status_code == 202, answered.text

        async def counted() -> Any:
            (nudge,) = (await client.get("/api/v1/nudges")).json()["items"]
            return nudge["response"] == "helpful"

        await until(counted, what="the answer is recorded")
        progress = (await client.get("/api/v1/progress")).json()
        assert progress["dci"]["breakdown"]["response"] == 1.0


async def test_a_webhook_that_is_down_is_asked_again_and_holds_up_nobody(
    api: RunningApi, system: System, user_id: str
) -> None:
    async with webhook_receiver() as receiver, api.client(user_id) as client:
        receiver.refusals = 1
        await wants_nudges(client, channels=["sse", "webhook"], webhook_url=receiver.url, webhook_secret=SECRET)
        await day_begins(system, user_id)
        async with open_stream(client, "/api/v1/sse/nudges") as stream:
            await moment_comes(system, user_id)
            frame = await stream.next()
        assert frame is not None
        await until(lambda: receiver.refused, what="the webhook is refused")

        async def retried() -> Any:
            await moment_comes(system, user_id)
            return receiver.received

        await until(retried, what="the webhook is asked again")
        # The same message, so that a receiver may count it once.
        assert receiver.received == receiver.refused


async def test_opting_out_cancels_what_is_planned(api: RunningApi, system: System, user_id: str) -> None:
    async with api.client(user_id) as client:
        await wants_nudges(client)
        await day_begins(system, user_id)
        await client.put("/api/v1/nudges/preferences", json={"opted_in": False})
        await moment_comes(system, user_id)

        async def settled() -> Any:
            return await system.rows(
                "SELECT 1 FROM jobs WHERE user_id = :id AND job_type = 'nudge-delivery'", id=user_id
            )

        await until(settled, what="the delivery is decided")
        (nudge,) = (await client.get("/api/v1/nudges")).json()["items"]
        assert (nudge["status"], nudge["delivered_at"]) == ("cancelled", None)


async def test_who_did_something_is_not_nudged(api: RunningApi, system: System, user_id: str) -> None:
    person = Person(system.sessions, user_id)
    (mission_id,) = await person.plans()
    async with api.client(user_id) as client:
        await wants_nudges(client)
        await day_begins(system, user_id)
        await person.starts(mission_id)
        await moment_comes(system, user_id)

        async def decided() -> Any:
            nudges = (await client.get("/api/v1/nudges")).json()["items"]
            return nudges and nudges[0]["status"] == "superseded"

        await until(decided, what="the nudge is superseded")
        (nudge,) = (await client.get("/api/v1/nudges")).json()["items"]
        answer = {"nudge_id": nudge["id"], "response": "stop"}
        assert_error(await client.post("/api/v1/nudges/respond", json=answer), 409, "conflict")


async def test_the_edge_refuses_what_cannot_be(api: RunningApi, user_id: str) -> None:
    async with api.client(user_id) as client:
        unknown = {"nudge_id": str(new_id()), "response": "helpful"}
        assert_error(await client.post("/api/v1/nudges/respond", json=unknown), 404, "not_found")
        bad = [
            {"time_zone": "Mars/Olympus"},
            {"channels": []},
            {"channels": ["webhook"]},
            {"max_per_day": 100},
            {"webhook_url": "ftp://example.org"},
            {"quiet_from": "25:00"},
            {"quiet_from": "22:00:00+02:00"},
            {"webhook_secret": "short"},
        ]
        for preferences in bad:
            response = await client.put("/api/v1/nudges/preferences", json=preferences)
            assert_error(response, 422, "invalid_request")
        preferences = (await client.get("/api/v1/nudges/preferences")).json()
        assert preferences["opted_in"] is False
