"""arq: asyncio on Redis. Its worker reads five times `max_jobs` at a poll, and keeps no results here."""

import asyncio
from typing import Any

import asyncpg
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import run_worker

from benchmarks.contenders.job import DATABASE_URL, INSERT, REDIS_URL, enqueue_count, jobs, row

REDIS = RedisSettings.from_dsn(REDIS_URL or "redis://127.0.0.1")


async def startup(context: dict[str, Any]) -> None:
    context["pool"] = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)


async def handle(context: dict[str, Any], job: dict[str, Any]) -> None:
    await context["pool"].execute(INSERT, *row(job))


class WorkerSettings:
    functions = (handle,)
    redis_settings = REDIS
    on_startup = startup
    max_jobs = 100
    keep_result = 0
    log_results = False


async def enqueue(count: int) -> None:
    queue = await create_pool(REDIS)
    slots = asyncio.Semaphore(32)

    async def one(job: dict[str, Any]) -> None:
        async with slots:
            await queue.enqueue_job("handle", job)

    await asyncio.gather(*map(one, jobs(count)))


if __name__ == "__main__":
    wanted = enqueue_count()
    if wanted is None:
        run_worker(WorkerSettings)
    else:
        asyncio.run(enqueue(wanted))
