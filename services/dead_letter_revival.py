"""A retried dead letter begins another life: the same event under the same id, with a fresh budget of attempts.

The job's row, which is `retrying` from then on, and the record that the relay will publish are one transaction, so a
letter is retried once however many ask for it: whoever comes second finds it no longer dead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.dead_letters import place_of
from models.job import JobModel
from producers.outbox import OutboxRecord, enqueue_records
from schemas.deliveries import (
    ATTEMPTS_HEADER,
    DELIVERY_HEADER,
    JOB_ID_HEADER,
    LIFE_BEGAN_HEADER,
    LIFE_HEADER,
    ORIGIN_HEADER,
    ORIGINAL_TIMESTAMP_HEADER,
    RETRY_HEADERS,
)

_REVIVE = text("""
    UPDATE jobs SET status = 'retrying', life = jobs.life + 1, attempt = 0,
        next_attempt_at = clock_timestamp() + make_interval(secs => u.delay)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:job_types AS text[]), CAST(:delays AS float8[]))
        AS u(event_id, job_type, delay)
    WHERE jobs.event_id = u.event_id AND jobs.job_type = u.job_type
""")


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """What can be sent back: to groups that exist, and records that the relay may publish."""

    groups: Sequence[str]
    max_bytes: int

    def obstacle(self, row: JobModel) -> str | None:
        """Why this letter cannot be retried as it is, in a sentence; None when it can."""
        if row.job_type not in self.groups:
            return f"There is no consumer group {row.job_type} any more."
        if row.record_value is None:
            return "Its record has no value. Edit it first."
        if len(row.record_value) > self.max_bytes:
            return f"Its record has {len(row.record_value)} bytes; at most {self.max_bytes} can be sent. Edit it first."
        for name, *values in row.record_headers or []:
            if values[0] is None:
                kind = "is null" if len(values) == 1 else "is no UTF-8"
                return f"Its header {name!r} {kind}, and a retry carries text only. Edit it first."
        return None

    def has_obstacle(self) -> ColumnElement[bool]:
        """The same as a condition on a job's row."""
        header = func.json_array_elements(
            func.coalesce(JobModel.record_headers, cast("[]", JobModel.record_headers.type))
        )
        header_row = header.table_valued("value").render_derived()
        return or_(
            JobModel.job_type.not_in(self.groups),
            JobModel.record_value.is_(None),
            func.octet_length(JobModel.record_value) > self.max_bytes,
            select(1).select_from(header_row).where(header_row.c.value.op("->>")(1).is_(None)).exists(),
        )


async def revive(session: AsyncSession, rows: Sequence[JobModel], delays: Sequence[timedelta]) -> list[str]:
    """Send these dead jobs, which the caller has locked, back to their groups after these pauses.

    Returns the places of their entries, which are to be removed from the stream once the transaction is committed.
    """
    places = [place_of(row.job_type, row.topic, row.partition, row.offset, row.life) for row in rows]
    await enqueue_records(session, [_next_record(row, delay) for row, delay in zip(rows, delays, strict=True)])
    await session.execute(
        _REVIVE,
        {
            "ids": [row.event_id for row in rows],
            "job_types": [row.job_type for row in rows],
            "delays": [delay.total_seconds() for delay in delays],
        },
    )
    return places


def _next_record(row: JobModel, delay: timedelta) -> OutboxRecord:
    headers = {str(name): str(value) for name, value, *_ in row.record_headers or []}
    kept = {name: value for name, value in headers.items() if name not in RETRY_HEADERS}
    accepted = _milliseconds(row.accepted_at)
    return OutboxRecord(
        topic=f"{row.job_type}.retry",
        key=row.record_key,
        value=row.record_value,
        headers=kept
        | {
            ATTEMPTS_HEADER: "1",
            ORIGINAL_TIMESTAMP_HEADER: headers.get(ORIGINAL_TIMESTAMP_HEADER, str(accepted)),
            ORIGIN_HEADER: f"{row.topic}/{row.partition}/{row.offset}",
            DELIVERY_HEADER: str(row.delivery + 1),
            LIFE_HEADER: str(row.life + 1),
            LIFE_BEGAN_HEADER: str(_milliseconds(datetime.now(UTC) + delay)),
            JOB_ID_HEADER: str(row.event_id),
        },
        delay=delay,
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
