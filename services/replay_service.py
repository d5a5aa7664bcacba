"""Replay: a group's retained events run again as new attempts, with a plan first and at a bounded rate.

A replayed job begins another life under its own event id. What has a fixed place, such as the essence of a mission, is not
written twice; a save that makes something new each time, such as proposals, makes it again. Events that it causes have the
ids of the first time, and are ignored by whoever handled those.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import SessionFactory
from infra.exceptions import InvalidRequest
from infra.kafka import TopicNames
from infra.settings import Settings
from infra.topic_reader import Record, read_topics
from producers.outbox import OutboxRecord, enqueue_records
from schemas.cloudevents import UndecodableEventError, decode
from schemas.deliveries import (
    ATTEMPTS_HEADER,
    DELIVERY_HEADER,
    JOB_ID_HEADER,
    LIFE_BEGAN_HEADER,
    LIFE_HEADER,
    ORIGIN_HEADER,
    ORIGINAL_TIMESTAMP_HEADER,
)
from schemas.events import Event
from schemas.jobs import FINAL_STATUSES, JobStatus, Subscription
from schemas.replays import ReplayPlan
from services import operator_action_service

MAX_RATE = 1_000.0
_BATCH = 200

_LOCK = text("""
    SELECT event_id, status, delivery, life FROM jobs
    WHERE job_type = :group AND event_id = ANY(:ids) ORDER BY event_id FOR UPDATE
""")
# A job that succeeded at once has no history: its row alone knows its times, and the next life overwrites them. What an
# operator cancelled was settled by no worker.
_KEEP_LAST_DELIVERY = text("""
    INSERT INTO job_attempts (
        event_id, job_type, delivery, life, attempt, outcome, published_at, polled_at, started_at, returned_at, finished_at
    )
    SELECT event_id, job_type, delivery, life, attempt, status, published_at, polled_at, started_at, returned_at, finished_at
    FROM jobs WHERE job_type = :group AND event_id = ANY(:ids) AND status <> 'cancelled'
    ON CONFLICT DO NOTHING
""")
_REVIVE = text("""
    UPDATE jobs SET status = 'retrying', life = life + 1, attempt = 0, next_attempt_at = now()
    WHERE job_type = :group AND event_id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class _Candidate:
    job_id: UUID
    user_id: str
    record: Record


async def plan(
    settings: Settings, sessions: SessionFactory, subscription: Subscription, *, since: datetime, until: datetime
) -> ReplayPlan:
    """What a replay would do: how many jobs, whose, and which are left alone. Raises `InvalidRequest` for an empty window."""
    people: set[str] = set()
    found = ReplayPlan(group=subscription.group, since=since, until=until)
    async for batch in _candidates(settings, subscription, since, until):
        async with sessions() as session:
            states = await _states(session, subscription.group, batch)
        for candidate in batch:
            if _may_run_again(states.get(candidate.job_id)):
                found.jobs += 1
                people.add(candidate.user_id)
            else:
                found.in_flight += 1
    found.people = len(people)
    return found


async def replay(
    settings: Settings,
    sessions: SessionFactory,
    subscription: Subscription,
    *,
    since: datetime,
    until: datetime,
    rate: float,
    operator: str,
    on_progress: Callable[[int], None] = lambda _jobs: None,
) -> int:
    """Send the retained events of this window to the group again, `rate` jobs a second; returns how many.

    Each batch is one transaction, so stopping halfway leaves every job either as it was or under way. Jobs in flight are
    left alone. Raises `InvalidRequest` for an empty window or a rate out of bounds.
    """
    if not 0 < rate <= MAX_RATE:
        raise InvalidRequest(f"The rate must be above 0 and at most {MAX_RATE:g} jobs a second.")
    async with sessions() as session:
        details = {"since": since.isoformat(), "until": until.isoformat(), "rate": rate}
        await operator_action_service.record(
            session, operator=operator, action="group.replay", target=subscription.group, details=details
        )
        await session.commit()
    done = 0
    started = datetime.now(UTC)
    async for batch in _candidates(settings, subscription, since, until):
        async with sessions() as session:
            states = await _states(session, subscription.group, batch)
            chosen = [candidate for candidate in batch if _may_run_again(states.get(candidate.job_id))]
            records = []
            for number, candidate in enumerate(chosen, start=done):
                due = started + timedelta(seconds=number / rate)
                delay = max(timedelta(), due - datetime.now(UTC))
                records.append(_record(subscription.group, candidate, states.get(candidate.job_id), delay))
            await enqueue_records(session, records)
            jobs = {"group": subscription.group, "ids": [one.job_id for one in chosen]}
            await session.execute(_KEEP_LAST_DELIVERY, jobs)
            await session.execute(_REVIVE, jobs)
            await session.commit()
        done += len(chosen)
        on_progress(len(chosen))
    return done


async def _candidates(
    settings: Settings, subscription: Subscription, since: datetime, until: datetime
) -> AsyncIterator[list[_Candidate]]:
    """The group's readable events of the window, each once, in batches."""
    if since >= until:
        raise InvalidRequest("The window is empty: --from must lie before --to.")
    names = TopicNames(settings.kafka_topic_prefix)
    types: dict[str, type[Event]] = {event.type: event for event in subscription.events}
    last = int(until.timestamp() * 1000)
    seen: set[UUID] = set()
    async for records in read_topics(settings, map(names.topic, types), since=since, batch=_BATCH):
        batch = []
        for record in records:
            if record.timestamp >= last:
                continue
            try:
                envelope = decode(record.value, record.headers, types)
            except UndecodableEventError:
                # A poison record is a dead letter; running it again unchanged would only make it one again.
                continue
            if envelope.id not in seen:
                seen.add(envelope.id)
                batch.append(_Candidate(envelope.id, envelope.user_id, record))
        if batch:
            yield batch


async def _states(
    session: AsyncSession, group: str, batch: Sequence[_Candidate]
) -> dict[UUID, tuple[JobStatus, int, int]]:
    rows = await session.execute(_LOCK, {"group": group, "ids": [one.job_id for one in batch]})
    return {row.event_id: (JobStatus(row.status), row.delivery, row.life) for row in rows}


def _may_run_again(state: tuple[JobStatus, int, int] | None) -> bool:
    return state is not None and state[0] in FINAL_STATUSES


def _record(
    group: str, candidate: _Candidate, state: tuple[JobStatus, int, int] | None, delay: timedelta
) -> OutboxRecord:
    assert state is not None
    _, delivery, life = state
    record = candidate.record
    headers = {name: raw.decode() for name, raw in record.headers if raw is not None}
    return OutboxRecord(
        topic=f"{group}.retry",
        key=record.key,
        value=record.value,
        headers=headers
        | {
            ATTEMPTS_HEADER: "1",
            ORIGINAL_TIMESTAMP_HEADER: str(record.timestamp),
            ORIGIN_HEADER: f"{record.topic}/{record.partition}/{record.offset}",
            DELIVERY_HEADER: str(delivery + 1),
            LIFE_HEADER: str(life + 1),
            LIFE_BEGAN_HEADER: str(int((datetime.now(UTC) + delay).timestamp() * 1000)),
            JOB_ID_HEADER: str(candidate.job_id),
        },
        delay=delay,
    )
