"""streaQ: asyncio on Redis streams. It keeps no results here."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from streaq import Worker

from benchmarks.contenders.job import DATABASE_URL, INSERT, REDIS_URL, enqueue_count, jobs, row


@asynccontextmanager
async def lifespan() -> AsyncGenerator[asyncpg.Pool]:
    async with asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10) as pool:
        yield pool


worker: Worker[asyncpg.Pool] = Worker(REDIS_URL or "redis://127.0.0.1", concurrency=64, lifespan=lifespan)


@worker.task(ttl=0, silent=True)
async def handle(job: dict[str, Any]) -> None:
    await worker.context.execute(INSERT, *row(job))


async def enqueue(count: int) -> None:
    async with worker:
        batch = []
        for job in jobs(count):
            batch.append(handle.enqueue(job))
            if len(batch) == 500:
                await worker.enqueue_many(batch)
                batch.clear()
        if batch:
            await worker.enqueue_many(batch)


if __name__ == "__main__":
    wanted = enqueue_count()
    if wanted is None:
        worker.run_sync()
    else:
        asyncio.run(enqueue(wanted))
