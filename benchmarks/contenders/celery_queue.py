"""Celery: prefork, `acks_late`, Redis as broker. A large prefetch, as its guide advises for short tasks; no results."""

from typing import Any

import psycopg
from celery import Celery
from celery.signals import worker_process_init

from benchmarks.contenders.job import DATABASE_URL, INSERT_PSYCOPG, REDIS_URL, enqueue_count, jobs, row

app = Celery("bench", broker=REDIS_URL or "redis://127.0.0.1")
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=128,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


class Connection:
    """One for each process of the pool."""

    current: psycopg.Connection[Any] | None = None


@worker_process_init.connect
def open_connection(**_: Any) -> None:
    Connection.current = psycopg.connect(DATABASE_URL, autocommit=True)


@app.task(name="handle")
def handle(job: dict[str, Any]) -> None:
    assert Connection.current is not None
    Connection.current.execute(INSERT_PSYCOPG, row(job))


def enqueue(count: int) -> None:
    with app.producer_pool.acquire(block=True) as producer:
        for job in jobs(count):
            handle.apply_async((job,), producer=producer)


if __name__ == "__main__":
    wanted = enqueue_count()
    assert wanted is not None
    enqueue(wanted)
