"""What became of an accepted event: its jobs in Postgres, and until a worker has seen it, the edge's mark in Redis.

The mark is a courtesy, never the record: losing it costs a person a 404 for the moment until a worker has settled.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
import structlog
from pydantic import AwareDatetime, BaseModel, ValidationError
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import BudgetReached, NotFound, ServiceUnavailable
from infra.redis import RedisClient
from infra.redis_batch import RedisBatch
from models.job import JobModel
from schemas.events import Envelope, Event, UserId
from schemas.jobs import EventStatusRead, JobError, JobRead, JobStatus, Subscription
from services.user_service import is_forgotten

log = structlog.get_logger(__name__)

MARK_LIFETIME = timedelta(hours=1)
"""How long the mark of an accepted event is kept: longer than a worker ever takes to see it, unless all are down."""
_MARK_SECONDS = int(MARK_LIFETIME.total_seconds())

STATUS_PRECEDENCE = (
    JobStatus.RUNNING,
    JobStatus.RETRYING,
    JobStatus.SNOOZED,
    JobStatus.QUEUED,
    JobStatus.DEAD,
    JobStatus.REJECTED,
    JobStatus.EXPIRED,
    JobStatus.CANCELLED,
    JobStatus.SUCCEEDED,
)
"""An event has the first of these that one of its jobs has: it is over when all are, and succeeded when all did."""

_TROUBLES: Mapping[JobStatus, str] = MappingProxyType(
    {
        JobStatus.RETRYING: "It failed and will be tried again.",
        JobStatus.SNOOZED: "A service that it needs asked for a pause; it will be tried again.",
        JobStatus.DEAD: "It failed for good. Somebody will look at it.",
        JobStatus.EXPIRED: "It came too late to be worth doing.",
        JobStatus.CANCELLED: "It was cancelled.",
    }
)


BUDGET_REACHED = f"{BudgetReached.__module__}.{BudgetReached.__qualname__}"


class EventMark(BaseModel):
    """What the edge remembers of an event that it gives to Kafka."""

    type: str
    user_id: UserId
    accepted_at: AwareDatetime


def mark_queued(commands: RedisBatch, envelope: Envelope[Event]) -> asyncio.Future[Any]:
    """Begin to leave the mark of an event; `marked` waits for it.

    It may be left before Kafka has the event: nobody is told the id of one that was not accepted.
    """
    mark = {"type": envelope.type, "user_id": envelope.user_id, "accepted_at": envelope.time}
    marking = commands.soon("SET", _mark_key(envelope.id), orjson.dumps(mark), "EX", _MARK_SECONDS)
    marking.add_done_callback(partial(_note_missing_mark, envelope.id))
    return marking


async def marked(marking: asyncio.Future[Any]) -> None:
    """Wait for a mark. Without Redis there is none, and the event is no less accepted."""
    with contextlib.suppress(RedisError, OSError):
        await marking


def _note_missing_mark(event_id: UUID, marking: asyncio.Future[Any]) -> None:
    if not marking.cancelled() and (error := marking.exception()) is not None:
        log.warning("job.mark_not_left", event_id=str(event_id), error=type(error).__name__)


async def read_mark(redis: RedisClient, event_id: UUID) -> EventMark | None:
    """The mark of an event, if it is still there. Raises `ServiceUnavailable` when Redis is away."""
    try:
        stored = await redis.get(_mark_key(event_id))
    except RedisError as error:
        raise ServiceUnavailable("The status cannot be read right now. Ask again soon.") from error
    if stored is None:
        return None
    try:
        return EventMark.model_validate_json(stored)
    except ValidationError:
        log.warning("job.mark_unreadable", event_id=str(event_id))
        return None


async def read_event_status(
    session: AsyncSession,
    redis: RedisClient,
    event_id: UUID,
    user_id: UserId,
    subscriptions: Sequence[Subscription],
) -> EventStatusRead:
    """The event and its job in each group that handles its type; a group that has no row yet is `queued`.

    Raises `NotFound` unless the event is theirs, `ServiceUnavailable` when only the mark could tell and Redis is away.
    """
    query = select(JobModel).where(JobModel.event_id == event_id, JobModel.user_id == user_id)
    rows = {row.job_type: row for row in await session.scalars(query)}
    if not rows and await is_forgotten(session, user_id):
        # The rows are nobody's any more, and the marks, which end by themselves, would say for an hour that it is queued.
        raise NotFound("No such job.")
    event_type, accepted_at = _seen(rows) if rows else await _marked(redis, event_id, user_id)
    groups = [s.group for s in subscriptions if any(event.type == event_type for event in s.events)]
    # A group that was retired since has its row still.
    groups += [group for group in sorted(rows) if group not in groups]
    jobs = [_job_read(group, rows.get(group)) for group in groups]
    return EventStatusRead(id=event_id, type=event_type, status=_overall(jobs), accepted_at=accepted_at, jobs=jobs)


def is_for_person(status: JobStatus, error_type: str) -> bool:
    """Whether what the failure says is written for the person; what others say may hold what is not theirs to see."""
    return status is JobStatus.REJECTED or (status is JobStatus.SNOOZED and error_type == BUDGET_REACHED)


def _seen(rows: Mapping[str, JobModel]) -> tuple[str, datetime]:
    first = min(rows.values(), key=lambda row: row.accepted_at)
    return first.event_type, first.accepted_at


async def _marked(redis: RedisClient, event_id: UUID, user_id: UserId) -> tuple[str, datetime]:
    mark = await read_mark(redis, event_id)
    if mark is None or mark.user_id != user_id:
        raise NotFound("No such job.")
    return mark.type, mark.accepted_at


def _mark_key(event_id: UUID) -> str:
    return f"delight:event:{event_id}"


def _overall(jobs: Sequence[JobRead]) -> JobStatus:
    """An event that no group handles is done as soon as it is accepted."""
    if not jobs:
        return JobStatus.SUCCEEDED
    return min((job.status for job in jobs), key=STATUS_PRECEDENCE.index)


def _job_read(group: str, row: JobModel | None) -> JobRead:
    if row is None:
        return JobRead(job_type=group, status=JobStatus.QUEUED, attempt=0)
    status = JobStatus(row.status)
    return JobRead(
        job_type=group,
        status=status,
        attempt=row.attempt,
        next_attempt_at=row.next_attempt_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        model=row.model,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        cost_usd=float(row.cost),
        error=_job_error(status, row),
        effects=row.effects or [],
    )


def _job_error(status: JobStatus, row: JobModel) -> JobError | None:
    if status is JobStatus.SUCCEEDED or row.error_type is None:
        return None
    message = row.error_message if is_for_person(status, row.error_type) else _TROUBLES.get(status)
    return JobError(type=row.error_type, message=message or "It did not succeed.")
