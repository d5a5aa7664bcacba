"""Companion chat as a person has it: HTTP in, SSE out, with a real worker between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from consumers.character_initiation import character_initiation
from consumers.companion_history import companion_history
from consumers.companion_reply import companion_reply
from consumers.progress_tracking import progress_tracking
from consumers.subscriptions import SUBSCRIPTIONS
from models.user import UserModel
from schemas.catalogue import EVENT_TYPES
from schemas.characters import CharacterInitiationDue
from schemas.missions import MissionStatus
from services.user_service import ensure_user
from tests.conftest import SettingsFactory
from tests.support.chat import STREAM, chat, history, shown, statuses, until_frame
from tests.support.running_api import RunningApi, running_api
from tests.support.seeds import seed_mission
from tests.support.sse import open_stream
from tests.support.system import System
from tests.support.talking_model import TalkingModel
from tests.support.waiting import until

CONSUMERS = [companion_reply, companion_history, character_initiation, progress_tracking]


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    system = System(make_settings(), CONSUMERS, events=EVENT_TYPES, chat_model=TalkingModel())
    await system.start()
    async with system.relay(), system.worker():
        yield system
    await system.stop()


@pytest.fixture(scope="module")
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, SUBSCRIPTIONS) as api:
        yield api


@pytest.fixture
def model(system: System) -> TalkingModel:
    """The worker's model, to which nothing was said yet."""
    model = system.chat_model
    assert isinstance(model, TalkingModel)
    model.answers, model.prompts, model.reflections, model.pause_after = [], [], [], None
    model.paused, model.go_on = asyncio.Event(), asyncio.Event()
    return model


@pytest.fixture
async def client(api: RunningApi, user_id: str) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(user_id) as client:
        yield client


async def until_statuses(client: httpx.AsyncClient, *wanted: str, **params: Any) -> None:
    async def reached() -> bool:
        return await statuses(client, **params) == list(wanted)

    await until(reached, what=f"the conversation is {wanted}")


async def test_an_answer_streams_completes_and_is_in_the_history(
    system: System, model: TalkingModel, client: httpx.AsyncClient, user_id: str
) -> None:
    model.answers = ["How was the light? I would have liked to see it."]
    async with open_stream(client, STREAM) as stream:
        accepted = await chat(client, "I walked to the river and felt light.", character="elara")
        frames = await until_frame(stream, "complete", accepted["message_id"])
        # Whoever has read `complete` finds the answer saved.
        question, answer = await history(client)
    assert {frame.event for frame in frames[:-1]} == {"token"}
    assert {frame.data["character"] for frame in frames} == {"elara"}
    assert frames[-1].data["model"] == "scripted"
    assert (question["id"], question["author"], question["status"]) == (accepted["job_id"], "person", "answered")
    assert question["text"] == "I walked to the river and felt light."
    assert (answer["id"], answer["author"], answer["status"]) == (accepted["message_id"], "character", "complete")
    assert (answer["in_reply_to"], answer["model"], answer["initiated"]) == (question["id"], "scripted", False)
    assert answer["text"] == shown(frames, accepted["message_id"]) == model.answers[0]

    async def jobs() -> bool:
        found = (await client.get(accepted["location"])).json()["jobs"]
        return {(job["job_type"], job["status"]) for job in found} == {
            ("companion-reply", "succeeded"),
            ("companion-history", "succeeded"),
        }

    await until(jobs)
    # What the answer caused does not repeat what was said: that is kept in one place.
    rows = await system.rows("SELECT effects::text AS text FROM jobs WHERE user_id = :id", id=user_id)
    assert rows
    assert not any("light" in (row.text or "") for row in rows)


async def test_three_quick_messages_are_answered_in_their_order(model: TalkingModel, client: httpx.AsyncClient) -> None:
    model.answers = ["To the first.", "To the second.", "To the third."]
    async with open_stream(client, STREAM) as stream:
        accepted = [await chat(client, f"Message number {number}") for number in (1, 2, 3)]
        frames = await until_frame(stream, "complete", accepted[-1]["message_id"])
        messages = await history(client)
    assert [f.data["message_id"] for f in frames if f.event == "complete"] == [a["message_id"] for a in accepted]
    assert [m["id"] for m in messages if m["author"] == "person"] == [a["job_id"] for a in accepted]
    assert [m["text"] for m in messages if m["author"] == "character"] == model.answers
    assert [m["text"] for m in model.data[2]["conversation"]] == [
        "Message number 1",
        "To the first.",
        "Message number 2",
        "To the second.",
    ]


async def test_a_message_is_in_the_history_before_its_answer(model: TalkingModel, client: httpx.AsyncClient) -> None:
    model.answers, model.pause_after = ["At last."], 0
    accepted = await chat(client, "Are you there?")
    [waiting] = await until(lambda: history(client), what="the message is kept")
    assert (waiting["id"], waiting["status"]) == (accepted["job_id"], "waiting")
    model.go_on.set()
    await until_statuses(client, "answered", "complete")


async def test_an_interrupted_answer_stops_and_the_next_covers_both(
    model: TalkingModel, client: httpx.AsyncClient
) -> None:
    model.answers, model.pause_after = ["One two three four.", "To both of you."], 2
    async with open_stream(client, STREAM) as stream:
        first = await chat(client, "The first half of it")
        await asyncio.wait_for(model.paused.wait(), 15)
        # The second answer is not to pause.
        model.pause_after = None
        second = await chat(client, "And the second half", policy="interrupt")
        frames = await until_frame(stream, "complete", second["message_id"])
        messages = await history(client)
    ends = [(f.event, f.data["message_id"]) for f in frames if f.event not in ("token", "attempt_restarted")]
    assert ends == [("interrupted", first["message_id"]), ("complete", second["message_id"])]
    assert shown(frames, first["message_id"]) == "One two"
    assert [(m["author"], m["status"], m["text"]) for m in messages] == [
        ("person", "answered", "The first half of it"),
        ("person", "answered", "And the second half"),
        ("character", "superseded", "One two"),
        ("character", "complete", "To both of you."),
    ]
    assert [m["text"] for m in model.data[1]["messages"]] == ["The first half of it", "And the second half"]


async def test_a_failed_attempt_is_retried_and_the_answer_begins_anew(
    model: TalkingModel, client: httpx.AsyncClient
) -> None:
    model.answers = [TimeoutError(), "Here I am."]
    async with open_stream(client, STREAM) as stream:
        accepted = await chat(client, "Hello?")
        frames = await until_frame(stream, "complete", accepted["message_id"])
    assert [frame.event for frame in frames if frame.event != "token"] == ["attempt_restarted", "complete"]
    assert shown(frames, accepted["message_id"]) == "Here I am."
    assert model.calls == 2


async def test_a_message_whose_answer_failed_for_good_says_so(model: TalkingModel, client: httpx.AsyncClient) -> None:
    model.answers = [TimeoutError(), TimeoutError(), TimeoutError()]
    await chat(client, "Hello?")
    await until_statuses(client, "failed")
    assert model.calls == 3


async def test_what_others_say_is_not_there(model: TalkingModel, api: RunningApi, client: httpx.AsyncClient) -> None:
    model.answers = ["Between us.", "Between the two of us."]
    async with api.client(f"stranger-{uuid4().hex}") as stranger, open_stream(stranger, STREAM) as overheard:
        mine = await chat(client, "This is mine.")
        await until_statuses(client, "answered", "complete")
        theirs = await chat(stranger, "And this is theirs.")
        frames = await until_frame(overheard, "complete", theirs["message_id"])
        assert {frame.data["message_id"] for frame in frames} == {theirs["message_id"]}
        assert [m["text"] for m in await history(stranger)] == ["And this is theirs.", "Between the two of us."]
        assert [m["text"] for m in await history(client)] == ["This is mine.", "Between us."]
        assert (await stranger.get(mine["location"])).status_code == 404
    assert model.data[1]["conversation"] == []


async def test_history_is_paged_and_kept_apart_by_character(model: TalkingModel, client: httpx.AsyncClient) -> None:
    model.answers = ["One.", "Two.", "Three."]
    for character in ("thorne", "lyra", "thorne"):
        await chat(client, "Good morning", character=character)
    await until_statuses(client, "answered", "complete", character="lyra")
    everything = await until(lambda: _complete(client, 6))
    thornes = [m["id"] for m in everything if m["character"] == "thorne"]
    seen: list[str] = []
    params: dict[str, Any] = {"character": "thorne", "limit": 1}
    while "cursor" not in params or params["cursor"] is not None:
        page = (await client.get("/api/v1/companion/messages", params=params)).json()
        seen += [m["id"] for m in page["items"]]
        params["cursor"] = page["next_cursor"]
    assert seen == thornes[::-1]
    assert len(seen) == 4


async def _complete(client: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    messages = await history(client)
    return messages if len(messages) == count and "waiting" not in {m["status"] for m in messages} else []


async def test_a_repeated_message_is_one_and_stops_nothing_newer(
    model: TalkingModel, client: httpx.AsyncClient
) -> None:
    model.answers = ["Once.", "Undisturbed to its end."]
    body, headers = {"message": "Only once, please", "policy": "interrupt"}, {"Idempotency-Key": "k1"}
    first = await client.post("/api/v1/companion/chat", json=body, headers=headers)
    await until_statuses(client, "answered", "complete")
    model.pause_after = 1
    async with open_stream(client, STREAM) as stream:
        newer = await chat(client, "Something newer")
        await asyncio.wait_for(model.paused.wait(), 15)
        again = await client.post("/api/v1/companion/chat", json=body, headers=headers)
        assert again.json() == first.json()
        model.go_on.set()
        frames = await until_frame(stream, "complete", newer["message_id"])
    assert {frame.event for frame in frames} == {"token", "complete"}
    assert len(await history(client)) == 4


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": "  "}, {"message": "x" * 4001}, {"message": "Hi", "character": "nobody"}],
    ids=["nothing", "empty", "blank", "too long", "nobody"],
)
async def test_what_is_no_message_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/api/v1/companion/chat", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_request"


async def test_conversations_and_missions_bring_characters_closer(
    system: System, model: TalkingModel, client: httpx.AsyncClient, user_id: str
) -> None:
    model.answers = ["Good.", "Better."]
    mission_id = await seed_mission(system.sessions, user_id, status=MissionStatus.ACTIVE)
    for _ in range(2):
        await chat(client, "Good morning", character="thorne")
    response = await client.post("/api/v1/missions/complete", json={"mission_id": str(mission_id)})
    assert response.status_code == 202, response.text

    async def points() -> bool:
        characters = (await client.get("/api/v1/companion/characters")).json()
        return {c["character"]: c["points"] for c in characters} == {"eliza": 2, "lyra": 0, "thorne": 8, "elara": 0}

    # However many messages a day has, one conversation counts.
    await until(lambda: _complete(client, 4))
    assert await until(points)


# --- character initiation

NEVER_QUIET = (time(0, 0), time(0, 0))


async def silent_person(system: System, user_id: str, *, quiet: tuple[time, time], days: int = 4) -> None:
    """A person who was last heard of `days` days ago."""
    async with system.sessions.begin() as session:
        await ensure_user(session, user_id)
        user = await session.get_one(UserModel, user_id)
        user.created_at = datetime.now(UTC) - timedelta(days=days)
        user.quiet_from, user.quiet_until = quiet


async def initiation_due(system: System, user_id: str) -> Any:
    return await system.publish(CharacterInitiationDue(user_id=user_id, day=datetime.now(UTC).date()))


async def test_a_character_reaches_out_once_a_day_and_says_why(
    system: System, model: TalkingModel, client: httpx.AsyncClient, user_id: str
) -> None:
    model.answers = ["I thought of you these days."]
    await silent_person(system, user_id, quiet=NEVER_QUIET)
    async with open_stream(client, "/api/v1/sse/updates") as stream:
        events = [await initiation_due(system, user_id) for _ in range(3)]
        rows = [await system.job_in(event, "succeeded") for event in events]
        told = await stream.next()
        while told is not None and told.event != "character.initiated":
            told = await stream.next()
    [opening] = await history(client)
    assert (opening["author"], opening["initiated"], opening["reason"]) == ("character", True, "silence")
    assert (opening["text"], opening["character"]) == ("I thought of you these days.", "eliza")
    assert told is not None
    assert told.data["data"]["message_id"] == opening["id"]
    assert told.data["data"]["why"] == "Nothing was heard from you for 4 days."
    assert model.calls == 1
    assert sum(bool(row.effects) for row in rows) == 1


async def test_nobody_is_written_to_in_quiet_hours(
    system: System, model: TalkingModel, client: httpx.AsyncClient, user_id: str
) -> None:
    now = datetime.now(UTC)
    await silent_person(system, user_id, quiet=((now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time()))
    row = await system.job_in(await initiation_due(system, user_id), "snoozed")
    # Waiting spends no attempt.
    assert row.attempt == 0
    assert timedelta(minutes=119) < row.next_attempt_at - now < timedelta(minutes=121)
    assert (await history(client), model.calls) == ([], 0)


async def test_nobody_writes_without_a_reason(
    system: System, model: TalkingModel, client: httpx.AsyncClient, user_id: str
) -> None:
    await silent_person(system, user_id, quiet=NEVER_QUIET, days=1)
    for event in (await initiation_due(system, user_id), await initiation_due(system, f"nobody-{uuid4().hex}")):
        row = await system.job_in(event, "succeeded")
        assert not row.effects
    assert (await history(client), model.calls) == ([], 0)
