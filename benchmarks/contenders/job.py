"""The job of the contenders that are not Delight, and where their servers are.

These files run in `.venv-bench`, which has none of our code, so this one needs nothing but the standard library.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

PEOPLE = 5_000

DATABASE_URL = os.environ.get("BENCH_DATABASE_URL", "")
REDIS_URL = os.environ.get("BENCH_REDIS_URL", "")
KAFKA = os.environ.get("BENCH_KAFKA", "")
TOPIC = os.environ.get("BENCH_TOPIC", "")
# A redelivered job must not fail: none of the contenders promises to deliver exactly once.
INSERT = "INSERT INTO bench_results (id, user_id, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
INSERT_PSYCOPG = "INSERT INTO bench_results (id, user_id, number) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def jobs(count: int) -> Iterator[dict[str, Any]]:
    """What is enqueued: as JSON, about 500 bytes."""
    for number in range(count):
        yield {
            "id": str(uuid4()),
            "user_id": f"person-{number % PEOPLE}",
            "number": number,
            "source": "/benchmarks",
            "type": "bench.requested",
            "padding": "x" * 330,
        }


def row(job: dict[str, Any]) -> tuple[UUID, str, int]:
    """The row that a job leaves."""
    return UUID(job["id"]), job["user_id"], job["number"]


def enqueue_count() -> int | None:
    """N of the arguments `enqueue N`; None for a worker."""
    return int(sys.argv[2]) if sys.argv[1:2] == ["enqueue"] else None
