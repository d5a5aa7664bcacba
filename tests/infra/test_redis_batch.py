"""Commands that travel together are answered each by itself."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from infra.redis import create_redis
from infra.redis_batch import RedisBatch
from infra.settings import Settings


async def test_each_command_has_its_own_answer(redis: Redis) -> None:
    commands = RedisBatch(redis)
    await redis.delete("batch:a", "batch:list")
    await redis.rpush("batch:list", 1)

    answers = await asyncio.gather(
        commands.set("batch:a", "1", ex=timedelta(minutes=1)),
        commands.execute("INCR", "batch:a"),
        commands.execute("INCR", "batch:list"),
        commands.execute("GET", "batch:a"),
        return_exceptions=True,
    )

    assert answers[1] == 2
    assert isinstance(answers[2], ResponseError)
    assert answers[3] == b"2"
    assert 0 < await redis.ttl("batch:a") <= 60


async def test_many_at_once_keep_their_order(redis: Redis) -> None:
    commands = RedisBatch(redis)
    await redis.delete("batch:order")

    lengths = await asyncio.gather(*(commands.execute("RPUSH", "batch:order", number) for number in range(1_200)))

    assert lengths == list(range(1, 1_201))
    assert await redis.lrange("batch:order", 0, -1) == [str(number).encode() for number in range(1_200)]


async def test_who_gives_up_waiting_harms_nobody_else(redis: Redis) -> None:
    commands = RedisBatch(redis)
    patient = asyncio.create_task(commands.execute("ECHO", "here"))
    impatient = asyncio.create_task(commands.execute("ECHO", "gone"))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await patient == b"here"
    assert await commands.execute("ECHO", "again") == b"again"


async def test_an_outage_fails_what_was_asked_and_nothing_later(settings: Settings, redis: Redis) -> None:
    away = create_redis(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    commands = RedisBatch(away)

    failed = await asyncio.gather(*(commands.execute("PING") for _ in range(3)), return_exceptions=True)

    assert all(isinstance(error, RedisError | OSError) for error in failed)
    with pytest.raises((RedisError, OSError)):
        await commands.execute("PING")
    await away.aclose()
