"""The edge, running on the module's own system."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from api.identity import Role
from infra.kafka import TopicNames, apply_topics
from infra.settings import Settings
from schemas.catalogue import EVENTS_BY_TYPE
from tests.support.running_api import RunningApi, running_api


@pytest.fixture(scope="module")
async def topics(settings: Settings) -> None:
    names = TopicNames(settings.kafka_topic_prefix)
    await apply_topics(settings, [names.topic(event_type) for event_type in EVENTS_BY_TYPE])


@pytest.fixture(scope="module")
async def api(settings: Settings, topics: None, redis: Redis) -> AsyncIterator[RunningApi]:
    async with running_api(settings) as api:
        yield api


@pytest.fixture
async def client(api: RunningApi, user_id: str) -> AsyncIterator[httpx.AsyncClient]:
    """The client of the test's own person."""
    async with api.client(user_id) as client:
        yield client


@pytest.fixture
async def operator(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    """The client of an operator, known as "olga", of the module's `api`."""
    async with api.client("olga", Role.OPERATOR) as client:
        yield client
