"""Dramatiq: processes with threads, Redis as broker, acknowledged after the actor."""

from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from psycopg_pool import ConnectionPool

from benchmarks.contenders.job import DATABASE_URL, INSERT_PSYCOPG, REDIS_URL, enqueue_count, jobs, row

broker = RedisBroker(url=REDIS_URL or "redis://127.0.0.1")
dramatiq.set_broker(broker)


class Pool:
    """Opened by the first job of each process: a pool does not survive a fork."""

    current: ConnectionPool | None = None


@dramatiq.actor
def handle(job: dict[str, Any]) -> None:
    if Pool.current is None:
        Pool.current = ConnectionPool(DATABASE_URL, min_size=8, max_size=8, kwargs={"autocommit": True}, open=True)
    with Pool.current.connection() as connection:
        connection.execute(INSERT_PSYCOPG, row(job))


if __name__ == "__main__":
    wanted = enqueue_count()
    assert wanted is not None
    for job in jobs(wanted):
        handle.send(job)
