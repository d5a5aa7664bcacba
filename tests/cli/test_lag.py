"""`lag` and `alerts` as operators run them, against the module's own system."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from consumers.registry import CONSUMERS
from consumers.subscriptions import SUBSCRIPTIONS
from infra.kafka import TopicNames, apply_topics
from infra.lag_board import KEY
from infra.settings import Settings
from producers.publisher import EventPublisher
from schemas.events import Envelope
from schemas.lag import GroupPause
from schemas.quests import QuestRequested
from services import alert_service, group_service
from services.alert_rules import ALERT_RULES
from services.monitor import Monitor
from tests.support.command import delight


@pytest.fixture(scope="module")
async def waiting(settings: Settings, redis: Redis) -> None:
    """Two events that wait for quest-generation, which never started."""
    names = TopicNames(settings.kafka_topic_prefix)
    topics = {names.topic(event.type) for subscription in SUBSCRIPTIONS for event in subscription.events}
    topics |= {names.retry(subscription.group) for subscription in SUBSCRIPTIONS}
    await apply_topics(settings, topics)
    async with EventPublisher(settings) as publisher:
        for _ in range(2):
            await publisher.publish(Envelope.mint(QuestRequested(user_id="ada")))


async def run(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    addresses = {
        "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "DELIGHT_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "DELIGHT_DATABASE_URL": settings.database_url,
        "DELIGHT_REDIS_URL": settings.redis_url,
    }
    return await asyncio.to_thread(delight, *arguments, **addresses)


def groups_of(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return {group["job_type"]: group for group in json.loads(done.stdout)["groups"]}


async def test_without_a_monitor_it_measures_and_says_so(settings: Settings, waiting: None, redis: Redis) -> None:
    await redis.delete(KEY)
    done = await run(settings, "lag", "--json")
    groups = groups_of(done)
    assert set(groups) == {consumer.name for consumer in CONSUMERS}
    shown = groups["quest-generation"]
    assert (shown["state"], shown["members"], shown["lag"], shown["depth"]) == ("never_started", 0, 2, 2)
    assert 0 < shown["oldest_age_seconds"] < 300
    assert "No monitor runs" in done.stderr


async def test_with_a_monitor_it_shows_what_that_measured(settings: Settings, waiting: None, redis: Redis) -> None:
    monitor = Monitor(settings, SUBSCRIPTIONS)
    seen = await monitor.look()
    await monitor.close()
    done = await run(settings, "lag", "--json")
    assert groups_of(done)["quest-generation"]["lag"] == 2
    assert json.loads(done.stdout)["measured_at"] == seen.at.isoformat().replace("+00:00", "Z")
    assert done.stderr == ""
    table = await run(settings, "lag")
    assert table.returncode == 0, table.stderr
    row = next(line for line in table.stdout.splitlines() if line.startswith("quest-generation"))
    assert row.split()[1:6] == ["never", "started", "0", "2", "0"]
    assert "\x1b" not in table.stdout


async def test_the_partitions_of_one_job_type(settings: Settings, waiting: None) -> None:
    done = await run(settings, "lag", "quest-generation")
    assert done.returncode == 0, done.stderr
    topic = f"{settings.kafka_topic_prefix}quest.requested"
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(topic)]
    assert len(lines) == settings.kafka_partitions
    assert sum(int(line[4]) for line in lines) == 2
    unknown = await run(settings, "lag", "tea-making")
    assert unknown.returncode == 1
    assert "There is no job type 'tea-making'" in unknown.stderr


async def test_a_paused_group_is_shown_with_who_paused_it_and_why(
    settings: Settings, waiting: None, redis: Redis, sessions: async_sessionmaker[AsyncSession]
) -> None:
    common = {"group": "quest-generation", "operator": "olga", "subscriptions": SUBSCRIPTIONS}
    async with sessions() as session:
        paused = await group_service.pause(session, redis, reason="The provider is down.", **common)
    monitor = Monitor(settings, SUBSCRIPTIONS)
    try:
        await monitor.look()
        shown = groups_of(await run(settings, "lag", "--json"))
        assert shown["quest-generation"]["paused"] is True
        assert GroupPause.model_validate(shown["quest-generation"]["pause"]) == GroupPause(
            paused_by="olga", paused_at=paused.paused_at, reason="The provider is down."
        )
        assert (shown["mission-briefing"]["paused"], shown["mission-briefing"]["pause"]) == (False, None)
        table = (await run(settings, "lag")).stdout
        row = next(line for line in table.splitlines() if line.startswith("quest-generation"))
        assert row.split()[1] == "paused"
        assert "quest-generation was paused by olga" in table
        assert "The provider is down." in table
        async with sessions() as session:
            await group_service.resume(session, redis, **common)
        seen = (await monitor.look()).snapshot()
        assert not any(group.paused for group in seen.groups)
    finally:
        await monitor.close()


async def test_alerts_are_listed(settings: Settings, sessions: async_sessionmaker[AsyncSession]) -> None:
    assert (await run(settings, "alerts")).stdout == "No alert has fired.\n"
    async with sessions.begin() as session:
        readings = {"delight_queue_depth": {"quest-generation": 4321.0}}
        await alert_service.judge(session, readings, ALERT_RULES, measured_at=datetime.now(UTC), channels=())
    done = await run(settings, "alerts", "--json")
    [firing] = json.loads(done.stdout)["firing"]
    assert (firing["rule"], firing["subject"], firing["state"]) == ("queue-depth", "quest-generation", "firing")
    assert "4321 events wait for quest-generation" in (await run(settings, "alerts")).stdout
