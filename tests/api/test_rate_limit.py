"""The limit of requests: as many as were said in any period, and a refusal says when to come again."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api.rate_limit import RateLimiter
from infra.exceptions import TooManyRequests
from infra.redis_batch import RedisBatch
from tests.support.waiting import until

HOUR = 3_600


@pytest.fixture
async def commands(redis: Redis) -> AsyncIterator[RedisBatch]:
    commands = RedisBatch(redis)
    yield commands
    await commands.close()


async def let_through(limiter: RateLimiter, user_id: str, requests: int) -> list[TooManyRequests]:
    """The refusals among so many requests at once."""
    answers = await asyncio.gather(*(limiter.check(user_id) for _ in range(requests)), return_exceptions=True)
    return [answer for answer in answers if isinstance(answer, TooManyRequests)]


async def position(redis: Redis) -> float:
    """Hours since 1970 by the server's clock."""
    seconds, microseconds = await redis.time()
    return float((seconds + microseconds / 1e6) / HOUR)


async def test_what_was_refused_is_let_through_when_it_was_said(commands: RedisBatch, user_id: str) -> None:
    limiter = RateLimiter("5/second", commands)
    refused = await let_through(limiter, user_id, 50)

    assert 44 <= len(refused) <= 45
    assert "At most 5 requests per second" in str(refused[0])
    assert 1 <= refused[0].retry_after.total_seconds() <= 1.2

    async def again() -> bool:
        return not await let_through(limiter, user_id, 1)

    await until(again, within=10)


async def test_the_period_before_counts_for_the_share_that_is_still_covered(
    redis: Redis, commands: RedisBatch, user_id: str
) -> None:
    began = await position(redis)
    key = f"delight:limits:{user_id}"
    await redis.hset(key, mapping={"window": math.floor(began) - 1, "count": 1_000, "before": 0})
    refused = await let_through(RateLimiter("1000/hour", commands), user_id, 1_000)

    free = 1_000 - len(refused)
    assert math.floor(1_000 * (began % 1)) <= free <= math.ceil(1_000 * (await position(redis) % 1))
    # The next place is free when another thousandth of the hour has passed.
    assert all(1 <= refusal.retry_after.total_seconds() <= HOUR / 1_000 for refusal in refused)
    assert 0 < await redis.ttl(key) <= 2 * HOUR


async def test_a_server_that_has_forgotten_the_script_is_given_it_again(
    redis: Redis, commands: RedisBatch, user_id: str
) -> None:
    limiter = RateLimiter("3/hour", commands)
    assert not await let_through(limiter, user_id, 1)
    await redis.script_flush()

    assert len(await let_through(limiter, user_id, 10)) == 8
