"""The operators' list of jobs: pages that neither skip nor repeat, and that cost the same however many jobs there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.ids import new_id
from schemas.job_admin import JobLine, JobQuery
from schemas.jobs import JobStatus
from services import job_desk
from tests.support.seeds import Sessions

SETTLED_AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
_INSERT = text("""
    INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type,
                      accepted_at, started_at, finished_at, tokens_in, tokens_out)
    SELECT CAST(:event_id AS uuid), :job_type, 'succeeded', 1, 1, 1, :user_id, 'test.pinged', :at, :at, :at, 0, 0
""")
# Two settlements of five jobs a second, of five hundred persons and four job types; one in a hundred jobs is dead.
_INSERT_MANY = text("""
    INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type,
                      accepted_at, started_at, finished_at, tokens_in, tokens_out, error_message)
    SELECT gen_random_uuid(), 'type-' || n % 4, CASE WHEN n % 100 = 0 THEN 'dead' ELSE 'succeeded' END, 1, 1, 1,
           'person-' || n % 500, 'test.pinged', at, at, at, 0, 0, CASE WHEN n % 100 = 0 THEN 'no model' END
    FROM (SELECT n, CAST(:at AS timestamptz) - make_interval(secs => n / 5 * 0.5) AS at FROM generate_series(1, :jobs) n)
    ORDER BY at
""")
JOBS = 50_000


async def insert(sessions: Sessions, event_id: UUID, job_type: str, user_id: str, at: datetime) -> None:
    async with sessions.begin() as session:
        await session.execute(_INSERT, {"event_id": event_id, "job_type": job_type, "user_id": user_id, "at": at})


async def page_by_page(sessions: Sessions, **query: Any) -> list[JobLine]:
    found: list[JobLine] = []
    cursor = None
    while True:
        async with sessions() as session:
            page = await job_desk.search(session, JobQuery(cursor=cursor, **query))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_jobs_of_one_event_that_settled_together_are_neither_skipped_nor_repeated(
    sessions: Sessions, user_id: str
) -> None:
    together, before = new_id(), new_id()
    wanted = [(together, name) for name in ("third", "second", "first")] + [(before, "first")]
    for event_id, job_type in wanted[:3]:
        await insert(sessions, event_id, job_type, user_id, SETTLED_AT)
    await insert(sessions, before, "first", user_id, SETTLED_AT - timedelta(microseconds=1))
    for limit in (1, 2, 3):
        found = await page_by_page(sessions, user_id=user_id, limit=limit)
        assert sorted((job.event_id, job.job_type) for job in found) == sorted(wanted)
        assert (found[-1].event_id, found[-1].job_type) == wanted[-1]


@pytest.fixture(scope="module")
async def many(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(_INSERT_MANY, {"at": SETTLED_AT, "jobs": JOBS})
        await connection.execute(text("ANALYZE jobs"))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"since": SETTLED_AT - timedelta(days=1)},
        {"job_type": "type-1"},
        {"status": JobStatus.SUCCEEDED},
        {"status": JobStatus.DEAD},
        {"user_id": "person-7"},
        {"error": "NO MODEL"},
    ],
    ids=lambda query: " ".join(query) or "all",
)
async def test_a_page_reads_little_of_a_large_table(
    engine: AsyncEngine, sessions: Sessions, many: None, query: dict[str, Any]
) -> None:
    async with sessions() as session:
        first = await job_desk.search(session, JobQuery(limit=20, **query))
    with statements(engine) as sent:
        async with sessions() as session:
            second = await job_desk.search(session, JobQuery(limit=20, cursor=first.next_cursor, **query))
    assert len(first.items) == len(second.items) == 20
    [(statement, parameters)] = sent
    async with engine.connect() as connection:
        explained = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        plan = explained.scalar_one()
    [explanation] = orjson.loads(plan) if isinstance(plan, str) else plan
    assert rows_read(explanation["Plan"]) < JOBS / 50, explanation


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database within the block."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


def rows_read(node: dict[str, Any]) -> int:
    """The most rows that a part of the plan has looked at."""
    looked_at = (
        node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    )
    return max([looked_at * node["Actual Loops"], *map(rows_read, node.get("Plans", ()))])
