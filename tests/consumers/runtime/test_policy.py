"""Declarations are validated when they are made, so a wrong one never runs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import Criticality, JobPolicy, RetryPolicy
from schemas.events import Envelope, Event
from tests.support.pinged import TestPinged, TestPonged

SECOND = timedelta(seconds=1)
ONCE = RetryPolicy.fixed(max_retries=1, delay=SECOND)


def test_exponential_back_off_is_exact() -> None:
    policy = RetryPolicy.exponential(max_retries=3, initial=2 * SECOND)
    assert policy.delays == (2 * SECOND, 4 * SECOND, 8 * SECOND)
    assert [policy.delay_after(attempt) for attempt in (1, 2, 3, 4, 5)] == [*policy.delays, None, None]
    assert policy.max_retries == 3


def test_exponential_back_off_has_a_longest_pause_however_many_retries() -> None:
    policy = RetryPolicy.exponential(max_retries=10_000, initial=SECOND, longest=timedelta(minutes=1))
    assert policy.delays[5:8] == (32 * SECOND, 60 * SECOND, 60 * SECOND)
    assert policy.max_retries == 10_000


def test_no_retries_is_a_policy_too() -> None:
    policy = RetryPolicy.fixed(max_retries=0, delay=SECOND)
    assert policy.delay_after(1) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy((timedelta(),)),
        lambda: RetryPolicy.fixed(max_retries=1, delay=-SECOND),
        lambda: RetryPolicy.fixed(max_retries=-1, delay=SECOND),
        lambda: RetryPolicy.exponential(max_retries=-1, initial=SECOND),
        lambda: RetryPolicy.exponential(max_retries=3, initial=SECOND, factor=0.5),
        lambda: RetryPolicy.exponential(max_retries=3, initial=timedelta()),
        lambda: JobPolicy(retry=ONCE, timeout=timedelta()),
        lambda: JobPolicy(retry=ONCE, timeout=-SECOND),
        lambda: JobPolicy(retry=ONCE, concurrency=0),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        make()


def test_a_policy_has_careful_defaults() -> None:
    policy = JobPolicy(retry=ONCE)
    assert (policy.timeout, policy.concurrency, policy.criticality) == (60 * SECOND, 100, Criticality.NORMAL)


async def agent(_event: Envelope[Event], _context: AgentContext) -> None: ...


async def save(_session: AsyncSession, _event: Envelope[Event], _result: None) -> Sequence[Event]:
    return ()


async def save_all(_session: AsyncSession, _pairs: Sequence[Any]) -> Sequence[Sequence[Event]]:
    return ()


def consumer(**changes: Any) -> Consumer[Any, Any]:
    return Consumer(
        **({"name": "some-job", "event": TestPinged, "agent": agent, "save": save} | changes), policy=JobPolicy(ONCE)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Some Job"}, "hyphens"),
        ({"name": "s"}, "hyphens"),
        ({"name": "x" * 64}, "hyphens"),
        ({"name": "some_job"}, "hyphens"),
        ({"event": ()}, "no event type"),
        ({"save": None}, "either save or save_all"),
        ({"save_all": save_all}, "either save or save_all"),
    ],
)
def test_a_consumer_that_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        consumer(**changes)


def test_a_consumer_subscribes_to_its_events_and_its_retries() -> None:
    subscription = consumer(event=(TestPinged, TestPonged)).subscription
    assert (subscription.group, subscription.events) == ("some-job", (TestPinged, TestPonged))
    assert subscription.retry_topic == "some-job.retry"
