"""Rules, judged against readings that the test makes up, in the real database."""

import dataclasses
import math
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from schemas.alerts import AlertState, Severity
from services import alert_service
from services.alert_rules import ALERT_RULES, AlertRule

DEPTH = AlertRule(
    name="queue-depth",
    metric="delight_queue_depth",
    label="job_type",
    above=1000,
    severity=Severity.WARNING,
    summary="{value} events wait for {subject}.",
    keep_firing=timedelta(seconds=30),
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def no_alerts(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[None]:
    yield
    async with sessions.begin() as session:
        await session.execute(text("TRUNCATE alerts CASCADE"))


@pytest.fixture
def judge(sessions: async_sessionmaker[AsyncSession]) -> Any:
    async def judge(
        readings: Mapping[str, Mapping[str, float]], after: float, rules: tuple[AlertRule, ...] = (DEPTH,)
    ) -> list[tuple[str, str]]:
        """Judge these readings `after` seconds from the start; what was owed to the log by then."""
        async with sessions.begin() as session:
            measured_at = START + timedelta(seconds=after)
            assert await alert_service.judge(session, readings, rules, measured_at=measured_at, channels={"log"})
        async with sessions() as session:
            notices = await session.execute(
                text(
                    "SELECT change, subject FROM alert_notices JOIN alerts ON alerts.id = alert_id ORDER BY alert_notices.id"
                )
            )
            return [tuple(notice) for notice in notices]

    return judge


def depth(value: float, job_type: str = "quest-generation") -> dict[str, dict[str, float]]:
    return {"delight_queue_depth": {job_type: value}}


async def read(sessions: async_sessionmaker[AsyncSession]) -> Any:
    async with sessions() as session:
        return await alert_service.list_alerts(session)


async def test_an_alert_is_raised_once_and_resolved_when_it_is_over(judge: Any, sessions: Any) -> None:
    assert await judge(depth(1000), 0) == []
    assert await judge(depth(1001), 5) == [("raised", "quest-generation")]
    assert await judge(depth(4000), 10) == [("raised", "quest-generation")]
    assert await judge(depth(1500), 15) == [("raised", "quest-generation")]
    [firing] = (await read(sessions)).firing
    assert (firing.value, firing.threshold, firing.since) == (4000, 1000, START + timedelta(seconds=5))
    assert firing.summary == "4000 events wait for quest-generation."
    assert await judge(depth(3), 60) == [("raised", "quest-generation"), ("resolved", "quest-generation")]
    alerts = await read(sessions)
    assert alerts.firing == []
    [resolved] = alerts.resolved
    assert (resolved.id, resolved.state, resolved.resolved_at) == (
        firing.id,
        AlertState.RESOLVED,
        START + timedelta(seconds=60),
    )


async def test_a_number_that_dances_around_its_threshold_is_one_alert(judge: Any) -> None:
    for after in range(0, 100, 10):
        told = await judge(depth(1001 if after % 20 == 0 else 999), after)
    assert told == [("raised", "quest-generation")]
    assert await judge(depth(999), 110) == [("raised", "quest-generation"), ("resolved", "quest-generation")]
    assert (await judge(depth(1001), 120))[2:] == [("raised", "quest-generation")]


async def test_each_subject_has_its_own_alert(judge: Any, sessions: Any) -> None:
    await judge({"delight_queue_depth": {"a": 2000, "b": 2000, "c": 5}}, 0)
    # Gone from the readings: there is no such queue any more.
    await judge({"delight_queue_depth": {"b": 2000}}, 60)
    alerts = await read(sessions)
    assert [alert.subject for alert in alerts.firing] == ["b"]
    assert [alert.subject for alert in alerts.resolved] == ["a"]


async def test_what_must_be_looked_at_now_comes_before_what_is_newer(judge: Any, sessions: Any) -> None:
    await judge({"delight_breaker_state": {"quest-generation": 2.0}}, 0, ALERT_RULES)
    await judge(depth(4000), 5, ALERT_RULES)
    assert [alert.rule for alert in (await read(sessions)).firing] == ["breaker-open", "queue-depth"]


async def test_what_is_not_known_neither_raises_nor_resolves(judge: Any, sessions: Any) -> None:
    assert await judge({}, 0) == []
    assert await judge(depth(math.nan), 5) == []
    await judge(depth(1001), 10)
    await judge({}, 100)
    await judge(depth(math.nan), 200)
    assert len((await read(sessions)).firing) == 1


async def test_an_older_measurement_does_not_raise_again_what_a_newer_one_resolved(judge: Any) -> None:
    await judge(depth(1001), 0)
    await judge(depth(0), 100)
    told = await judge(depth(1001), 99)
    assert told == [("raised", "quest-generation"), ("resolved", "quest-generation")]


async def test_the_alert_of_a_rule_that_is_no_more_is_resolved(judge: Any, sessions: Any) -> None:
    await judge(depth(1001), 0)
    await judge(depth(1001), 5, rules=())
    assert (await read(sessions)).firing == []


async def test_one_monitor_judges_at_a_time(judge: Any, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as first, sessions.begin() as second:
        assert await alert_service.judge(first, depth(1001), (DEPTH,), measured_at=START, channels={"log"})
        assert not await alert_service.judge(second, depth(1001), (DEPTH,), measured_at=START, channels={"log"})
    assert await judge(depth(1001), 1) == [("raised", "quest-generation")]


def test_the_owners_rules_are_there() -> None:
    rules = {rule.name: rule for rule in ALERT_RULES}
    assert len(rules) == len(ALERT_RULES)
    assert (rules["queue-depth"].metric, rules["queue-depth"].above) == ("delight_queue_depth", 1000)
    assert (rules["job-age"].metric, rules["job-age"].above) == ("delight_job_oldest_age_seconds", 5 * 60)
    assert set(rules) == {
        "queue-depth",
        "job-age",
        "dead-letters-growing",
        "critical-failure",
        "breaker-open",
        "ledger-unaccounted",
        "relay-stalled",
        "records-lost",
    }


def test_a_rule_that_could_not_work_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="keep_firing"):
        dataclasses.replace(DEPTH, keep_firing=timedelta(seconds=-1))
    with pytest.raises(KeyError):
        dataclasses.replace(DEPTH, summary="{unknown}")
