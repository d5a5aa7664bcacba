"""Commands that travel together are answered each by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from infra.redis import create_redis
from infra.redis_batch import RedisBatch
from infra.settings import Settings


@pytest.fixture
async def commands(redis: Redis) -> AsyncIterator[RedisBatch]:
    commands = RedisBatch(redis)
    yield commands
    await commands.close()


async def test_each_command_has_its_own_answer(redis: Redis, commands: RedisBatch) -> None:
    await redis.delete("batch:a", "batch:list")
    await redis.rpush("batch:list", 1)

    answers = await asyncio.gather(
        commands.execute("SET", "batch:a", "1", "EX", 60),
        commands.execute("INCR", "batch:a"),
        commands.execute("INCR", "batch:list"),
        commands.execute("GET", "batch:a"),
        return_exceptions=True,
    )

    assert answers[1] == 2
    assert isinstance(answers[2], ResponseError)
    assert answers[3] == b"2"
    assert 0 < await redis.ttl("batch:a") <= 60


async def test_many_at_once_keep_their_order(redis: Redis, commands: RedisBatch) -> None:
    await redis.delete("batch:order")

    lengths = await asyncio.gather(*(commands.execute("RPUSH", "batch:order", number) for number in range(1_200)))

    assert lengths == list(range(1, 1_201))
    assert await redis.lrange("batch:order", 0, -1) == [str(number).encode() for number in range(1_200)]


async def test_a_command_that_has_time_goes_before_the_next_one(redis: Redis, commands: RedisBatch) -> None:
    await redis.delete("batch:order")

    later = commands.soon("RPUSH", "batch:order", "soon")
    assert await commands.execute("RPUSH", "batch:order", "now") == 2
    assert await later == 1
    assert await redis.lrange("batch:order", 0, -1) == [b"soon", b"now"]


async def test_a_command_that_has_time_outlives_the_batch_it_came_too_late_for(commands: RedisBatch) -> None:
    under_way = asyncio.create_task(commands.execute("ECHO", "under way"))
    for _ in range(3):
        await asyncio.sleep(0)
    later = commands.soon("ECHO", "later")

    assert (await under_way, await later) == (b"under way", b"later")


async def test_without_company_it_goes_alone(commands: RedisBatch) -> None:
    first, second = commands.soon("ECHO", "1"), commands.soon("ECHO", "2")

    assert (await first, await second) == (b"1", b"2")
    assert await commands.soon("ECHO", "3") == b"3"


async def test_who_gives_up_waiting_harms_nobody_else(redis: Redis, commands: RedisBatch) -> None:
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
    await commands.close()
    await away.aclose()


async def test_a_connection_that_the_server_closed_is_made_anew(redis: Redis, commands: RedisBatch) -> None:
    client_id = await commands.execute("CLIENT", "ID")
    await redis.client_kill_filter(_id=client_id)

    assert await commands.execute("ECHO", "still here") == b"still here"
    assert await commands.execute("CLIENT", "ID") != client_id


async def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_one_deadline(settings: Settings) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    redis = create_redis(
        settings.model_copy(
            update={"redis_url": f"redis://127.0.0.1:{port}/0", "redis_timeout": timedelta(seconds=0.1)}
        )
    )
    commands = RedisBatch(redis)

    failed = await asyncio.gather(*(commands.execute("PING") for _ in range(3)), return_exceptions=True)

    assert all(isinstance(error, RedisError) for error in failed)
    await commands.close()
    silent.close()
