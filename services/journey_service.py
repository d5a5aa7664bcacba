"""The way one event took, from what was stored about it, and the way of everything that it caused.

    accepted → published → polled → started → attempt → settled → notified
                  ↑                                        │
                  └───────────── a retry ──────────────────┘

The times stand in the rows of the job and its attempts; the frames that a person was sent, with their times, are in Redis
for a day, and the way is told without them afterwards.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import NotFound, ServiceUnavailable
from infra.frame_log import BEGINNING, FrameLog
from infra.frame_publisher import UPDATES, stream_key
from infra.redis import RedisClient
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.operator_action import OperatorActionModel
from schemas.jobs import JobStatus, Subscription
from schemas.journeys import Journey, JourneyJob, JourneyStep, StepKind
from services.job_service import read_mark

log = structlog.get_logger(__name__)

# A chain of events is short; a circle would be a mistake that must not hang an operator.
_DEEPEST = 6


async def read_journey(
    session: AsyncSession, redis: RedisClient, event_id: UUID, subscriptions: Sequence[Subscription]
) -> Journey:
    """The way of an event and of everything that it caused. Raises `NotFound` when nobody knows the event."""
    way = _Way(session, redis, subscriptions)
    journey = await way.read(event_id, depth=0) or await way.read_marked(event_id)
    if journey is None:
        raise NotFound(
            "Nobody knows this event. If it was published elsewhere, it may still wait in Kafka: see the lag."
        )
    return journey


@dataclass(frozen=True, slots=True)
class _Frame:
    event: str
    sent_at: datetime
    data: Mapping[str, Any]


@dataclass(slots=True)
class _Way:
    """One reading. The frames of a person are read once, however many of their events are on the way."""

    session: AsyncSession
    redis: RedisClient
    subscriptions: Sequence[Subscription]
    frames: dict[str, list[_Frame]] = field(default_factory=dict)

    async def read(self, event_id: UUID, *, depth: int) -> Journey | None:
        query = select(JobModel).where(JobModel.event_id == event_id).order_by(JobModel.started_at, JobModel.job_type)
        rows = (await self.session.scalars(query)).all()
        if not rows:
            return None
        first = rows[0]
        jobs = [await self._read_job(row, depth) for row in rows]
        accepted_at = min(row.accepted_at for row in rows)
        jobs += self._queued(first.event_type, accepted_at, without={row.job_type for row in rows})
        return Journey(
            event_id=event_id,
            type=first.event_type,
            user_id=first.user_id,
            request_id=first.request_id,
            trace_id=first.trace_id,
            accepted_at=accepted_at,
            jobs=jobs,
        )

    async def read_marked(self, event_id: UUID) -> Journey | None:
        """The way of an event of which nothing was settled yet, by what the edge remembers."""
        try:
            mark = await read_mark(self.redis, event_id)
        except ServiceUnavailable:
            mark = None
        if mark is None:
            return None
        jobs = self._queued(mark.type, mark.accepted_at, without=set())
        return Journey(event_id=event_id, type=mark.type, user_id=mark.user_id, accepted_at=mark.accepted_at, jobs=jobs)

    def _queued(self, event_type: str, accepted_at: datetime, *, without: set[str]) -> list[JourneyJob]:
        waiting = JourneyStep(
            kind=StepKind.WAITING,
            what="waits in Kafka, or runs",
            began_at=accepted_at,
            ended_at=max(accepted_at, datetime.now(UTC)),
        )
        return [
            JourneyJob(job_type=subscription.group, status=JobStatus.QUEUED, steps=[waiting], caused=[])
            for subscription in self.subscriptions
            if subscription.group not in without and event_type in {event.type for event in subscription.events}
        ]

    async def _read_job(self, row: JobModel, depth: int) -> JourneyJob:
        attempts = (
            await self.session.scalars(
                select(JobAttemptModel)
                .where(JobAttemptModel.event_id == row.event_id, JobAttemptModel.job_type == row.job_type)
                .order_by(JobAttemptModel.delivery)
            )
        ).all()
        actions = (
            await self.session.scalars(
                select(OperatorActionModel).where(OperatorActionModel.target == f"{row.event_id}:{row.job_type}")
            )
        ).all()
        caused = []
        for effect in row.effects or []:
            effect_id = UUID(effect["id"])
            child = await self.read(effect_id, depth=depth + 1) if depth < _DEEPEST else None
            caused.append(child or Journey(event_id=effect_id, type=effect["type"], accepted_at=None, jobs=[]))
        settled = sorted([*(one.finished_at for one in attempts), row.finished_at])
        steps = [*_steps(row, attempts), *_notified(row, settled, await self._read_frames(row.user_id))]
        steps += [_operator_step(action) for action in actions]
        # By when they ended: a wait that an operator ended comes after what the operator did.
        steps.sort(key=lambda step: step.ended_at)
        return JourneyJob(job_type=row.job_type, status=JobStatus(row.status), steps=steps, caused=caused)

    async def _read_frames(self, user_id: str) -> list[_Frame]:
        if user_id not in self.frames:
            try:
                kept = await FrameLog(self.redis).read_after(stream_key(user_id, UPDATES), BEGINNING)
            except (RedisError, OSError) as error:
                log.warning("journey.frames_not_read", error=type(error).__name__)
                self.frames[user_id] = []
            else:
                self.frames[user_id] = [
                    _Frame(frame.event, _sent_at(frame.id), orjson.loads(frame.data)) for frame in kept.frames
                ]
        return self.frames[user_id]


def _steps(row: JobModel, attempts: Sequence[JobAttemptModel]) -> list[JourneyStep]:
    """Every delivery, one after the other, and what the job waits for now."""
    steps: list[JourneyStep] = []
    before, life = row.accepted_at, 1
    for one in attempts:
        waited = "published" if not steps else _wait_for(one.attempt, another_life=one.life > life)
        steps += _delivery(one, before, waited, one.attempt, one.outcome)
        before, life = one.finished_at, one.life
    settled = attempts[-1].delivery if attempts else 0
    if row.status == JobStatus.CANCELLED and settled < row.delivery:
        # Settled by an operator instead of a worker.
        steps.append(_step(StepKind.WAITING, "waits until it is cancelled", before, row.finished_at))
    elif settled < row.delivery:
        attempt = max(row.attempt, 1)
        waited = "published" if not steps else _wait_for(attempt, another_life=row.life > life)
        steps += _delivery(row, before, waited, attempt, row.status)
    elif row.status in {JobStatus.RETRYING, JobStatus.SNOOZED}:
        due = row.next_attempt_at
        what = f"waits for its next attempt, due {due:%H:%M:%S}" if due else "waits for its next attempt"
        steps.append(_step(StepKind.WAITING, what, before, datetime.now(UTC)))
    return steps


def _delivery(
    one: JobModel | JobAttemptModel, before: datetime, waited: str, attempt: int, outcome: str
) -> Iterator[JourneyStep]:
    """From the moment `before`, when the delivery was owed, to its settlement."""
    if one.published_at is not None:
        yield _step(StepKind.PUBLISHED, waited, before, one.published_at)
        before = max(before, one.published_at)
    if one.polled_at is not None:
        yield _step(StepKind.POLLED, "polled, after waiting in Kafka", before, one.polled_at)
        before = max(before, one.polled_at)
    yield _step(StepKind.STARTED, "started, after waiting for its turn", before, one.started_at)
    returned = one.returned_at or one.finished_at
    what = f"attempt {attempt}: {outcome}"
    detail = one.error_message
    yield JourneyStep(
        kind=StepKind.ATTEMPT,
        what=what,
        began_at=one.started_at,
        ended_at=max(one.started_at, returned),
        attempt=attempt,
        detail=detail,
    )
    yield _step(StepKind.SETTLED, "settled", returned, one.finished_at)


def _step(kind: StepKind, what: str, began_at: datetime, ended_at: datetime) -> JourneyStep:
    # Clocks of several machines, and Kafka's in whole milliseconds: nothing takes less than no time.
    return JourneyStep(kind=kind, what=what, began_at=began_at, ended_at=max(began_at, ended_at))


def _wait_for(attempt: int, *, another_life: bool) -> str:
    return (
        "waits for an operator, and is published again"
        if another_life
        else f"published again, due for attempt {attempt}"
    )


def _notified(row: JobModel, settled: Sequence[datetime], frames: Sequence[_Frame]) -> Iterator[JourneyStep]:
    """When the person's stream heard of the job and of what it caused; each time from the settlement before it."""
    effects = {effect["id"] for effect in row.effects or []}
    for frame in frames:
        data = frame.data
        if data.get("job_id") == str(row.event_id) and (
            data.get("job_type") == row.job_type or str(data.get("id")) in effects
        ):
            before = bisect_right(settled, frame.sent_at)
            began_at = settled[max(0, before - 1)]
            yield _step(StepKind.NOTIFIED, f"the person is told: {frame.event}", began_at, frame.sent_at)


def _operator_step(action: OperatorActionModel) -> JourneyStep:
    return JourneyStep(
        kind=StepKind.OPERATOR,
        what=action.action,
        began_at=action.created_at,
        ended_at=action.created_at,
        detail=action.operator,
    )


def _sent_at(frame_id: str) -> datetime:
    """A frame's id begins with the clock of Redis, in milliseconds."""
    return datetime.fromtimestamp(int(frame_id.partition("-")[0]) / 1000, UTC)
