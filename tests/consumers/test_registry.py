"""The registry: the reliability rules that the owner agreed on, and names that cannot be confused."""

from datetime import timedelta
from itertools import pairwise

import pytest

from consumers.registry import CONSUMERS
from consumers.runtime.consumer import no_agent
from consumers.runtime.policy import Criticality
from consumers.subscriptions import SUBSCRIPTIONS
from consumers.worker import select_consumers
from infra.exceptions import ConfigurationError
from schemas.catalogue import EVENTS_BY_TYPE
from tests.support.pinged import TestPinged

BY_NAME = {consumer.name: consumer for consumer in CONSUMERS}


def seconds(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=number) for number in numbers)


@pytest.mark.parametrize(
    ("name", "delays", "criticality"),
    [
        ("quest-generation", seconds(2, 4, 8), Criticality.CRITICAL),
        ("nudge-scheduling", seconds(5, 5), Criticality.NORMAL),
    ],
)
def test_policies_are_the_owners(name: str, delays: tuple[timedelta, ...], criticality: Criticality) -> None:
    policy = BY_NAME[name].policy
    assert (policy.retry.delays, policy.criticality) == (delays, criticality)


@pytest.mark.parametrize(("name", "retries"), [("character-initiation", 3), ("memory-consolidation", 5)])
def test_policies_that_the_owner_calls_exponential_grow(name: str, retries: int) -> None:
    delays = BY_NAME[name].policy.retry.delays
    assert len(delays) == retries
    assert all(later > earlier for earlier, later in pairwise(delays))


def test_names_and_topics_are_each_used_once() -> None:
    assert len(BY_NAME) == len(CONSUMERS)
    retry_topics = [subscription.retry_topic for subscription in SUBSCRIPTIONS]
    assert len(set(retry_topics)) == len(CONSUMERS)
    assert not set(retry_topics) & set(EVENTS_BY_TYPE)
    for consumer in CONSUMERS:
        assert len({event.type for event in consumer.events}) == len(consumer.events)


def test_every_event_that_is_handled_is_in_the_catalogue() -> None:
    handled = {event for consumer in CONSUMERS for event in consumer.events}
    assert handled <= set(EVENTS_BY_TYPE.values())
    assert TestPinged not in handled


def test_a_worker_may_run_some_of_the_groups() -> None:
    assert select_consumers(()) == CONSUMERS
    assert select_consumers(["quest-generation"]) == (BY_NAME["quest-generation"],)
    with pytest.raises(ConfigurationError, match=r"no consumer group 'quests'\. There are: quest-generation"):
        select_consumers(["quests"])


def test_every_consumer_that_thinks_counts_against_the_budget() -> None:
    """The exceptions have an agent that asks no model."""
    free = {"nudge-delivery", "person-deletion"}
    thinking = {consumer.name for consumer in CONSUMERS if consumer.agent is not no_agent}
    assert {consumer.name for consumer in CONSUMERS if consumer.uses_model} == thinking - free


def test_only_jobs_that_use_the_model_are_given_more_time_with_a_slow_one() -> None:
    quests, decisions = BY_NAME["quest-generation"], BY_NAME["mission-lifecycle"]
    assert quests.with_patience(3).policy.timeout == 3 * quests.policy.timeout
    assert decisions.with_patience(3) is decisions
