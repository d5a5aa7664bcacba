"""The way one event took, from what was stored about it: accepted, attempted, settled, told, and what it caused."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import NotFound
from infra.frame_log import BEGINNING, FrameLog
from infra.frame_publisher import UPDATES, stream_key
from infra.redis import RedisClient
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from schemas.journeys import Journey, JourneyJob, JourneyStep

# A chain of events is short; a circle would be a mistake that must not hang an operator.
_DEEPEST = 6


async def read_journey(session: AsyncSession, redis: RedisClient, event_id: UUID) -> Journey:
    """The way of an event and of everything that it caused. Raises `NotFound` when no job of it was settled yet."""
    journey = await _read(session, redis, event_id, depth=0)
    if journey is None:
        raise NotFound("No job of this event was settled. It may still wait in Kafka: see `delight lag`.")
    return journey


async def _read(session: AsyncSession, redis: RedisClient, event_id: UUID, *, depth: int) -> Journey | None:
    rows = (
        await session.scalars(select(JobModel).where(JobModel.event_id == event_id).order_by(JobModel.job_type))
    ).all()
    if not rows:
        return None
    attempts = (
        await session.scalars(
            select(JobAttemptModel).where(JobAttemptModel.event_id == event_id).order_by(JobAttemptModel.delivery)
        )
    ).all()
    told = await _told(redis, rows[0].user_id, event_id)
    jobs = []
    for row in rows:
        own = [attempt for attempt in attempts if attempt.job_type == row.job_type]
        caused = []
        for effect in row.effects or []:
            child = await _read(session, redis, UUID(effect["id"]), depth=depth + 1) if depth < _DEEPEST else None
            caused.append(child or Journey(event_id=UUID(effect["id"]), type=effect["type"], accepted_at=None, jobs=[]))
        jobs.append(
            JourneyJob(job_type=row.job_type, status=row.status, steps=[*_steps(row, own), *told], caused=caused)
        )
        # A frame belongs to the event; it is shown once.
        told = []
    return Journey(
        event_id=event_id,
        type=rows[0].event_type,
        user_id=rows[0].user_id,
        request_id=rows[0].request_id,
        accepted_at=min(row.accepted_at for row in rows),
        jobs=jobs,
    )


def _steps(row: JobModel, attempts: Sequence[JobAttemptModel]) -> list[JourneyStep]:
    """From the acceptance on: each wait and each attempt, one after the other."""
    spans = [
        (one.started_at, one.finished_at, f"attempt {one.attempt} {one.outcome}", one.error_message) for one in attempts
    ]
    if not attempts or attempts[-1].delivery != row.delivery:
        spans.append(
            (row.started_at, row.finished_at, f"attempt {max(row.attempt, 1)} {row.status}", row.error_message)
        )
    steps: list[JourneyStep] = []
    before = row.accepted_at
    for started, finished, what, detail in spans:
        waited = "waits in Kafka" if not steps else "waits for its next attempt"
        steps.append(JourneyStep(what=waited, began_at=before, ended_at=max(before, started)))
        steps.append(JourneyStep(what=what, began_at=started, ended_at=finished, detail=detail))
        before = finished
    if row.next_attempt_at is not None:
        steps.append(JourneyStep(what="next attempt due", began_at=row.next_attempt_at, ended_at=row.next_attempt_at))
    return steps


async def _told(redis: RedisClient, user_id: str, event_id: UUID) -> list[JourneyStep]:
    """When the person's stream heard of it: a frame's id begins with the clock of Redis, in milliseconds."""
    steps = []
    kept = await FrameLog(redis).read_after(stream_key(user_id, UPDATES), BEGINNING)
    for frame in kept.frames:
        data = orjson.loads(frame.data)
        if data.get("job_id") == str(event_id):
            moment = datetime.fromtimestamp(int(frame.id.partition("-")[0]) / 1000, UTC)
            steps.append(JourneyStep(what=f"the person is told: {frame.event}", began_at=moment, ended_at=moment))
    return steps
