"""Jobs for operators: find them, see what happened to one, count them, and cancel what should not go on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from infra.control import CancelJob, send_control
from infra.exceptions import Conflict, NotFound
from infra.redis import RedisClient
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from schemas.job_admin import (
    AttemptRead,
    JobCancelled,
    JobDetail,
    JobLine,
    JobQuery,
    JobStats,
    OperatorActionRead,
    StatsRead,
)
from schemas.jobs import FINAL_STATUSES, JobStatus, Subscription
from schemas.pages import Page
from services import operator_action_service
from services.job_place import PLACE, decode_place, encode_place
from services.job_service import read_mark

_STATS = text("""
    SELECT job_type,
           count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
           count(*) FILTER (WHERE status = 'rejected') AS rejected,
           count(*) FILTER (WHERE status = 'retrying') AS retrying,
           count(*) FILTER (WHERE status = 'snoozed') AS snoozed,
           count(*) FILTER (WHERE status = 'dead') AS dead,
           count(*) FILTER (WHERE status = 'expired') AS expired,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           avg(extract(epoch FROM finished_at - started_at)) AS average_seconds,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at)) AS p95_seconds,
           coalesce(sum(greatest(attempt - 1, 0)), 0) AS retries,
           coalesce(sum(tokens_in), 0) AS tokens_in,
           coalesce(sum(tokens_out), 0) AS tokens_out,
           coalesce(sum(cost), 0) AS cost
    FROM jobs WHERE finished_at >= :since GROUP BY job_type ORDER BY job_type
""")
# The next delivery is settled in advance, so that neither a retry that is under way nor a running attempt can be saved.
_CANCEL = text("""
    UPDATE jobs SET status = 'cancelled', delivery = delivery + 1, next_attempt_at = NULL, finished_at = now()
    WHERE event_id = :event_id AND job_type = :job_type AND status IN ('retrying', 'snoozed')
    RETURNING event_id
""")
_CANCEL_UNSEEN = text("""
    INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type,
                      accepted_at, started_at, finished_at, tokens_in, tokens_out)
    VALUES (:event_id, :job_type, 'cancelled', 1, 0, 1, :user_id, :event_type, :accepted_at, now(), now(), 0, 0)
    ON CONFLICT DO NOTHING RETURNING event_id
""")


async def search(session: AsyncSession, query: JobQuery) -> Page[JobLine]:
    """The jobs that the query selects, last settled first. Raises `InvalidRequest` for a malformed cursor."""
    statement = select(JobModel)
    if query.job_type is not None:
        statement = statement.where(JobModel.job_type == query.job_type)
    if query.status is not None:
        statement = statement.where(JobModel.status == query.status)
    if query.user_id is not None:
        statement = statement.where(JobModel.user_id == query.user_id)
    if query.error is not None:
        contains = [
            column.icontains(query.error, autoescape=True) for column in (JobModel.error_type, JobModel.error_message)
        ]
        # Only jobs that did not succeed have an error, and an index of those makes it cheap.
        statement = statement.where(JobModel.status != JobStatus.SUCCEEDED, or_(*contains))
    if query.since is not None:
        statement = statement.where(JobModel.finished_at >= query.since)
    if query.until is not None:
        statement = statement.where(JobModel.finished_at < query.until)
    if query.cursor is not None:
        statement = statement.where(tuple_(*PLACE) < tuple_(*decode_place(query.cursor)))
    # The index of `finished_at` serves the order; what is left to sort are jobs of the same moment.
    statement = statement.order_by(*(column.desc() for column in PLACE)).limit(query.limit + 1)
    rows = (await session.scalars(statement)).all()
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(
        items=[JobLine.model_validate(row) for row in shown],
        next_cursor=encode_place(shown[-1]) if more else None,
    )


async def read_jobs(session: AsyncSession, event_id: UUID) -> list[JobDetail]:
    """Every job of an event, with all that is known of it. Raises `NotFound` when none was settled yet."""
    rows = (
        await session.scalars(select(JobModel).where(JobModel.event_id == event_id).order_by(JobModel.job_type))
    ).all()
    if not rows:
        raise NotFound("No job of this event was settled. It may still wait in Kafka: see the lag.")
    attempts = (
        await session.scalars(
            select(JobAttemptModel).where(JobAttemptModel.event_id == event_id).order_by(JobAttemptModel.delivery)
        )
    ).all()
    return [await _detail(session, row, [one for one in attempts if one.job_type == row.job_type]) for row in rows]


async def read_stats(session: AsyncSession, window: timedelta) -> StatsRead:
    """Numbers per job type over the jobs last settled within `window`."""
    rows = await session.execute(_STATS, {"since": datetime.now(UTC) - window})
    return StatsRead(
        window_seconds=int(window.total_seconds()),
        job_types=[
            JobStats(
                **row, completion_rate=_completion_rate(row["succeeded"], row["rejected"], row["expired"], row["dead"])
            )
            for row in rows.mappings()
        ],
    )


async def cancel(
    session: AsyncSession,
    redis: RedisClient,
    *,
    event_id: UUID,
    job_type: str,
    operator: str,
    subscriptions: Sequence[Subscription],
) -> JobCancelled:
    """Cancel a job that waits or runs: it is not run again, and nothing that a running attempt returns is saved.

    Commits. Raises `NotFound` when nobody knows the job and `Conflict` when it is final.
    """
    cancelled = (await session.execute(_CANCEL, {"event_id": event_id, "job_type": job_type})).first()
    if cancelled is None:
        await _cancel_unseen(session, redis, event_id, job_type, subscriptions)
    await operator_action_service.record(
        session, operator=operator, action="job.cancel", target=f"{event_id}:{job_type}", details={}
    )
    await session.commit()
    # After the commit: the worker stops the agent, whose result could not be saved any more.
    await send_control(redis, CancelJob(job_type, event_id))
    return JobCancelled(event_id=event_id, job_type=job_type)


async def _cancel_unseen(
    session: AsyncSession, redis: RedisClient, event_id: UUID, job_type: str, subscriptions: Sequence[Subscription]
) -> None:
    """Cancel a job without a row: it waits in Kafka or runs its first attempt."""
    row = await session.get(JobModel, (event_id, job_type))
    if row is not None:
        assert JobStatus(row.status) in FINAL_STATUSES
        raise Conflict(f"The job is {row.status}; there is nothing to cancel.")
    mark = await read_mark(redis, event_id)
    handled_by = {
        s.group for s in subscriptions if mark is not None and mark.type in {event.type for event in s.events}
    }
    if mark is None or job_type not in handled_by:
        raise NotFound("Nobody knows this job.")
    inserted = await session.execute(
        _CANCEL_UNSEEN,
        {
            "event_id": event_id,
            "job_type": job_type,
            "user_id": mark.user_id,
            "event_type": mark.type,
            "accepted_at": mark.accepted_at,
        },
    )
    if inserted.first() is None:
        raise Conflict("The job was settled just now; there is nothing to cancel.")


async def _detail(session: AsyncSession, row: JobModel, attempts: Sequence[JobAttemptModel]) -> JobDetail:
    actions = await operator_action_service.read_actions(session, f"{row.event_id}:{row.job_type}")
    line = JobLine.model_validate(row)
    return JobDetail(
        **line.model_dump(),
        life=row.life,
        delivery=row.delivery,
        request_id=row.request_id,
        trace_id=row.trace_id,
        published_at=row.published_at,
        polled_at=row.polled_at,
        returned_at=row.returned_at,
        next_attempt_at=row.next_attempt_at,
        model=row.model,
        effects=row.effects or [],
        attempts=[AttemptRead.model_validate(attempt) for attempt in attempts],
        actions=[OperatorActionRead.model_validate(action) for action in actions],
    )


def _completion_rate(succeeded: int, *otherwise: int) -> float | None:
    total = succeeded + sum(otherwise)
    return succeeded / total if total else None
