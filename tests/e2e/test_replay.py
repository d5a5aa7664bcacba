"""`delight replay`, for real: the agent runs again, and what the job did stays done once."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from consumers.registry import CONSUMERS
from infra.lag_monitor import LagMonitor
from infra.offline_model.model import OfflineChatModel
from schemas.catalogue import EVENT_TYPES
from schemas.characters import CharacterInitiationDue
from schemas.companion import CompanionMessaged
from schemas.events import Event
from schemas.ids import new_id
from schemas.memories import MemoryConsolidationDue
from schemas.missions import MissionCompleted, MissionStarted
from schemas.quests import QuestAccepted, QuestDeclined
from services import replay_service
from tests.conftest import SettingsFactory
from tests.support.command import delight, reaching
from tests.support.quest_system import asks_for_quests, quest_system
from tests.support.system import System
from tests.support.waiting import until

GROUP = "quest-generation"
# What a person has, without what may be written again in other words.
BELONGINGS = {
    "quests WHERE status IN ('accepted', 'declined')": "id, status, decided_at",
    "missions": "id, status, started_at, ended_at",
    "essence_entries": "id, amount",
    "streaks": "category, days, last_day",
    "companion_messages": "id, status, text",
    "memories": "id, text, occurrences",
    "character_relationships": "character, points",
    "outbox_events": "id, topic",
}


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    async with quest_system(make_settings()) as system:
        yield system


async def replay(system: System, *options: str) -> "subprocess.CompletedProcess[str]":
    # Whole seconds, in UTC: wide enough for every event of the test.
    since, until_ = (f"{datetime.now(UTC) + timedelta(minutes=m):%Y-%m-%dT%H:%M:%S}" for m in (-5, 5))
    arguments = ("replay", "--group", GROUP, "--from", since, "--to", until_, "--operator", "olga", *options)
    return await asyncio.to_thread(delight, *arguments, TZ="UTC", **reaching(system.settings))


async def test_a_replay_shows_its_plan_and_does_nothing_twice(system: System, user_id: str) -> None:
    quests = "SELECT id, status FROM quests WHERE user_id = :user"
    async with system.worker(chat_model=OfflineChatModel()), system.relay():
        event = await asks_for_quests(system, user_id)
        before = await system.job_in(event, "succeeded")
        written = await system.rows(quests, user=user_id)

        planned = await replay(system, "--dry-run")
        assert planned.returncode == 0, planned.stderr
        assert planned.stdout.startswith("1 job of 1 person would run again")
        machine = json.loads((await replay(system, "--dry-run", "--json")).stdout)
        assert (machine["jobs"], machine["people"], machine["in_flight"]) == (1, 1, 0)
        refused = await replay(system)
        assert (refused.returncode, "--yes" in refused.stderr) == (1, True)
        assert (await system.job(event)).life == 1

        done = await replay(system, "--yes")
        assert done.returncode == 0, done.stderr
        assert "1 job on the way again" in done.stdout

        async def again() -> bool:
            row = await system.job(event)
            return (row.life, row.status) == (2, "succeeded")

        await until(again)
    after = await system.job(event)
    # The model was asked again, and paid for again; its quests take the place of the first ones.
    assert after.tokens_in > before.tokens_in
    assert {quest.status for quest in written} == {"proposed"}
    old = {quest.id for quest in written}
    now = await system.rows(quests, user=user_id)
    assert {quest.status for quest in now if quest.id in old} == {"expired"}
    assert 0 < len([quest for quest in now if quest.status == "proposed"]) <= 5
    assert [effect["id"] for effect in after.effects] == [effect["id"] for effect in before.effects]
    [action] = await system.rows("SELECT operator, action, target FROM operator_actions")
    assert (action.operator, action.action, action.target) == ("olga", "group.replay", GROUP)


async def test_a_replay_keeps_its_rate(system: System, user_id: str) -> None:
    window = {"since": datetime.now(UTC) - timedelta(minutes=5), "until": datetime.now(UTC) + timedelta(minutes=5)}
    async with system.worker(chat_model=OfflineChatModel()):
        for number in range(3):
            event = await asks_for_quests(system, f"{user_id}-{number}")
            await system.job_in(event, "succeeded")
    # Nobody publishes what was written, so that it can be looked at.
    retries = "SELECT available_at FROM outbox_events WHERE topic = 'quest-generation.retry' ORDER BY available_at"
    [subscription] = [consumer.subscription for consumer in system.consumers]
    await replay_service.replay(system.settings, system.sessions, subscription, rate=0.1, operator="olga", **window)
    due = [row.available_at for row in await system.rows(retries)]
    assert len(due) == 3
    assert all(later - earlier > timedelta(seconds=9) for earlier, later in pairwise(due))


async def test_whatever_is_replayed_a_person_has_what_they_had(make_settings: SettingsFactory, user_id: str) -> None:
    # One partition each: all topics of the platform are many for a broker that has just begun.
    settings = make_settings(kafka_partitions=1, kafka_send_timeout=timedelta(seconds=20))
    system = System(settings, CONSUMERS, events=EVENT_TYPES, chat_model=OfflineChatModel())
    await system.start()
    monitor = LagMonitor(system.settings, [consumer.subscription for consumer in CONSUMERS])
    try:
        async with system.worker(), system.relay():
            await live(system, user_id)
            await until(lambda: is_quiet(system, monitor), what="everything is handled")
            had = await belongings(system)
            assert [
                len(rows) for table, rows in had.items() if table.startswith(("quests", "missions", "essence"))
            ] == [2, 1, 1]
            assert len(had["companion_messages"]) >= 2
            window = {
                "since": datetime.now(UTC) - timedelta(minutes=5),
                "until": datetime.now(UTC) + timedelta(minutes=5),
            }
            for consumer in CONSUMERS:
                await replay_service.replay(
                    system.settings, system.sessions, consumer.subscription, rate=500, operator="olga", **window
                )
            await until(lambda: all_ran_again(system), what="every job has run again")
            # For a mission that is over there is nothing to be briefed about.
            left = {(row.job_type, row.life, row.status) for row in await not_done_again(system)}
            assert left <= {("mission-briefing", 2, "rejected")}, await not_done_again(system)
            await until(lambda: is_quiet(system, monitor), what="everything is handled")
        assert await belongings(system) == had
    finally:
        await monitor.close()
        await system.stop()


async def live(system: System, user_id: str) -> None:
    """Every kind of thing that a person does, or that is due for them."""
    asked = await asks_for_quests(system, user_id)
    await system.job_in(asked, "succeeded")
    first, second = (await system.rows("SELECT id FROM quests ORDER BY created_at, id LIMIT 2"))[:2]
    accepted = QuestAccepted(user_id=user_id, quest_id=first.id, mission_id=new_id())
    await handled(system, accepted, QuestDeclined(user_id=user_id, quest_id=second.id))
    await handled(system, MissionStarted(user_id=user_id, mission_id=accepted.mission_id))
    await handled(
        system,
        MissionCompleted(user_id=user_id, mission_id=accepted.mission_id, reflection="It was cold and good."),
        CompanionMessaged(user_id=user_id, message="I ran along the river, and I love the mornings there."),
    )
    today = datetime.now(UTC).date()
    await handled(system, CharacterInitiationDue(user_id=user_id, day=today), MemoryConsolidationDue(user_id=user_id))


async def handled(system: System, *events: Event) -> None:
    for event in [await system.publish(event) for event in events]:
        await until(lambda event=event: has_succeeded(system, event.id), what=f"{event.data.type} is handled")


async def has_succeeded(system: System, event_id: UUID) -> bool:
    rows = await system.rows("SELECT status FROM jobs WHERE event_id = :id", id=event_id)
    return bool(rows) and {row.status for row in rows} == {"succeeded"}


async def is_quiet(system: System, monitor: LagMonitor) -> bool:
    due = await system.rows("SELECT 1 FROM outbox_events WHERE available_at <= clock_timestamp()")
    return not due and not any(part.lag for group in await monitor.measure() for part in group.partitions)


async def all_ran_again(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM jobs WHERE life = 1 OR status NOT IN ('succeeded', 'rejected', 'dead')")


async def not_done_again(system: System) -> list[Any]:
    return await system.rows(
        "SELECT job_type, event_type, life, status, error_message FROM jobs WHERE life = 1 OR status <> 'succeeded'"
    )


async def belongings(system: System) -> dict[str, list[Any]]:
    return {
        table: sorted(await system.rows(f"SELECT {columns} FROM {table}"), key=str)
        for table, columns in BELONGINGS.items()
    }
