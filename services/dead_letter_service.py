"""Dead letters as PostgreSQL remembers them: the record from which a lost entry of the stream is written again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.dead_letters import DeadLetter

_READ = text("""
    SELECT jobs.*, job_attempts.error_stacktrace
    FROM jobs
    LEFT JOIN job_attempts USING (event_id, job_type, delivery)
    WHERE jobs.status = 'dead' AND jobs.job_type = :job_type AND jobs.event_id = ANY(:ids)
""")


async def read_dead_letters(session: AsyncSession, job_type: str, job_ids: Sequence[UUID]) -> list[DeadLetter]:
    """The dead letters of these jobs; those that are not dead are left out."""
    rows = await session.execute(_READ, {"job_type": job_type, "ids": list(job_ids)})
    return [_dead_letter(row) for row in rows.mappings()]


def _dead_letter(row: Any) -> DeadLetter:
    headers = row["record_headers"]
    return DeadLetter(
        job_id=row["event_id"],
        job_type=row["job_type"],
        event_type=row["event_type"],
        user_id=row["user_id"],
        request_id=row["request_id"],
        reason=row["dead_reason"],
        attempts=row["attempt"],
        life=row["life"],
        delivery=row["delivery"],
        accepted_at=row["accepted_at"],
        group=row["job_type"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp_ms=int(row["accepted_at"].timestamp() * 1000),
        exception_type=row["error_type"],
        exception_message=row["error_message"],
        stacktrace=row["error_stacktrace"] or "",
        key=row["record_key"],
        value=row["record_value"],
        headers=orjson.loads(headers) if isinstance(headers, str) else headers,
    )
