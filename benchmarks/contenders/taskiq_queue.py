"""taskiq: asyncio on a Redis stream, acknowledged after the task."""

import asyncio
from typing import Any

import asyncpg
from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from benchmarks.contenders.job import DATABASE_URL, INSERT, REDIS_URL, enqueue_count, jobs, row

broker = RedisStreamBroker(REDIS_URL or "redis://127.0.0.1", xread_count=100, max_connection_pool_size=64)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def startup(state: TaskiqState) -> None:
    state.pool = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)


@broker.task(task_name="handle")
async def handle(job: dict[str, Any]) -> None:
    await broker.state.pool.execute(INSERT, *row(job))


async def enqueue(count: int) -> None:
    # Before the first message: the group reads what comes after it was made.
    await broker.startup()
    slots = asyncio.Semaphore(32)

    async def one(job: dict[str, Any]) -> None:
        async with slots:
            await handle.kiq(job)

    await asyncio.gather(*map(one, jobs(count)))
    await broker.shutdown()


if __name__ == "__main__":
    wanted = enqueue_count()
    assert wanted is not None
    asyncio.run(enqueue(wanted))
