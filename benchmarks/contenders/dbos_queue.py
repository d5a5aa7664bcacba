"""DBOS: durable workflows in PostgreSQL. A queued workflow of one step, which inserts the row."""

import asyncio
import threading
from typing import Any

import asyncpg
import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSConfig

from benchmarks.contenders.job import DATABASE_URL, INSERT, enqueue_count, jobs, row

QUEUE = "bench"
URL = DATABASE_URL.replace("postgresql://", "postgresql+psycopg://")
CONFIG: DBOSConfig = {
    "name": "bench",
    "system_database_url": URL,
    "sys_db_pool_size": 20,
    "application_version": "1",
    "run_admin_server": False,
    "log_level": "WARNING",
}


class Pool:
    current: asyncpg.Pool | None = None
    opening = asyncio.Lock()


@DBOS.step()
async def save(job: dict[str, Any]) -> None:
    async with Pool.opening:
        if Pool.current is None:
            Pool.current = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)
    await Pool.current.execute(INSERT, *row(job))


@DBOS.workflow(name="handle")
async def handle(job: dict[str, Any]) -> None:
    await save(job)


def launch() -> None:
    DBOS(config=CONFIG)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=200, polling_interval_sec=0.01)


def enqueue(count: int) -> None:
    client = DBOSClient(system_database_url=URL)
    engine = sqlalchemy.create_engine(URL)
    waiting = list(jobs(count))
    while waiting:
        batch, waiting = waiting[:500], waiting[500:]
        with engine.begin() as connection:
            for job in batch:
                client.enqueue_in_transaction(
                    connection, {"queue_name": QUEUE, "workflow_name": "handle", "app_version": "1"}, job
                )


if __name__ == "__main__":
    wanted = enqueue_count()
    if wanted is None:
        launch()
        threading.Event().wait()
    else:
        # The first launch makes the tables.
        DBOS(config=CONFIG)
        DBOS.launch()
        DBOS.destroy()
        enqueue(wanted)
