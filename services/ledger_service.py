"""Prove from the topics and the database that nothing accepted or caused was lost and nothing was done twice.

For each retained record of each group's topics: its job row is final, or it is in flight. In flight means that the group
has not committed past it, or that its next delivery stands in the outbox or on the retry topic. A job that looks lost is
looked at again after a pause, since records move while they are counted. What jobs caused is `ledger_effects`' part.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text

from infra.database import SessionFactory
from infra.kafka import TopicNames
from infra.settings import Settings
from infra.topic_reader import Record, read_committed, read_topics
from schemas.cloudevents import UndecodableEventError, decode
from schemas.deliveries import DELIVERY_HEADER, JOB_ID_HEADER, job_id_of_place
from schemas.events import Event
from schemas.jobs import FINAL_STATUSES, JobStatus, Subscription
from schemas.ledger import Ledger, LedgerGroup
from services.ledger_effects import find_unpublished, read_caused

# Seconds between looking and looking again at what seems lost, and how often.
SECOND_LOOK_AFTER = 2.0
LOOKS = 3

_READ_JOBS = text("""
    SELECT j.event_id, j.status, j.delivery
    FROM unnest(CAST(:ids AS uuid[])) AS u(id)
    CROSS JOIN LATERAL (
        SELECT event_id, status, delivery FROM jobs WHERE event_id = u.id AND job_type = :group OFFSET 0
    ) AS j
""")
_READ_OUTBOX = text("""
    SELECT headers ->> :job_id_header AS job_id, CAST(headers ->> :delivery_header AS int) AS delivery
    FROM outbox_events WHERE topic = :topic
""")
_READ_TWICE = text("""
    SELECT u.id FROM unnest(CAST(:ids AS uuid[])) AS u(id)
    CROSS JOIN LATERAL (
        SELECT 1 FROM job_attempts WHERE event_id = u.id AND job_type = :group AND outcome = 'succeeded'
        GROUP BY life HAVING count(*) > 1 LIMIT 1
    ) AS a
""")


@dataclass(slots=True)
class _Accepted:
    """What the topics say of one group: where each of its jobs was seen, and which deliveries are under way."""

    seen: dict[UUID, bool] = field(default_factory=dict)
    """Job → whether the group had not yet committed past its record."""
    records: int = 0
    retries: dict[UUID, int] = field(default_factory=dict)
    """Job → its highest delivery on the retry topic."""


async def audit(
    settings: Settings,
    sessions: SessionFactory,
    subscriptions: Sequence[Subscription],
    *,
    since: datetime | None = None,
    on_progress: Callable[[int], None] = lambda _records: None,
) -> Ledger:
    """The ledger of these groups over everything their topics retain, or over what came `since`.

    Raises `ServiceUnavailable` when Kafka is away, and what the database raises.
    """
    groups, caused = [], []
    for subscription in subscriptions:
        ledger, jobs = await _audit_group(settings, sessions, subscription, since, on_progress)
        for _ in range(LOOKS - 1):
            if not ledger.unaccounted:
                break
            await asyncio.sleep(SECOND_LOOK_AFTER)
            ledger, jobs = await _audit_group(
                settings, sessions, subscription, since, lambda _records: None, all_retries=True
            )
        groups.append(ledger)
        caused.append(await read_caused(sessions, ledger.group, jobs, since=since))
    unpublished = await find_unpublished(settings, sessions, caused, since=since)
    for ledger in groups:
        ledger.unpublished = unpublished.get(ledger.group, [])
    return Ledger(groups=groups)


async def _audit_group(
    settings: Settings,
    sessions: SessionFactory,
    subscription: Subscription,
    since: datetime | None,
    on_progress: Callable[[int], None],
    *,
    all_retries: bool = False,
) -> tuple[LedgerGroup, list[UUID]]:
    """The group's account, and the jobs that it is of.

    A job's retries come after its event, unless that came again later: `all_retries` looks for those as well.
    """
    names = TopicNames(settings.kafka_topic_prefix)
    group = subscription.group
    # The order matters. Offsets first: what was committed by then has its row by the time rows are read.
    committed = (await read_committed(settings, [names.group(group)]))[names.group(group)]
    accepted = _Accepted()
    types = {event.type: event for event in subscription.events}
    topics = [names.topic(event_type) for event_type in types]
    async for records in read_topics(settings, topics, since=since):
        for record in records:
            job_id = _job_id(record, types)
            waiting = record.offset >= committed.get(TopicPartition(record.topic, record.partition), 0)
            accepted.records += 1
            accepted.seen[job_id] = accepted.seen.get(job_id, True) and waiting
        on_progress(len(records))
    ledger = LedgerGroup(group=group, accepted=len(accepted.seen), duplicates=accepted.records - len(accepted.seen))
    pending = await _count_final(sessions, ledger, accepted)
    if pending:
        # Rows, then the outbox, then the topic: a retry moves in that order and cannot slip past.
        under_way = await _read_outbox(sessions, group)
        async for records in read_topics(settings, [names.retry(group)], since=None if all_retries else since):
            _note_retries(accepted, records)
        for job_id, delivery in pending:
            next_delivery = max(under_way.get(job_id, 0), accepted.retries.get(job_id, 0))
            if (delivery == 0 and accepted.seen[job_id]) or next_delivery > delivery > 0:
                ledger.in_flight += 1
            else:
                ledger.unaccounted.append(job_id)
    return ledger, list(accepted.seen)


async def _count_final(sessions: SessionFactory, ledger: LedgerGroup, accepted: _Accepted) -> list[tuple[UUID, int]]:
    """Count the jobs that are final; returns the others with their last settled delivery (0 without a row)."""
    pending: list[tuple[UUID, int]] = []
    for ids in _chunks(list(accepted.seen), 5_000):
        async with sessions() as session:
            rows = (await session.execute(_READ_JOBS, {"ids": ids, "group": ledger.group})).all()
            ledger.twice += (await session.scalars(_READ_TWICE, {"ids": ids, "group": ledger.group})).all()
        known = {row.event_id: (JobStatus(row.status), row.delivery) for row in rows}
        for job_id in ids:
            status, delivery = known.get(job_id, (JobStatus.QUEUED, 0))
            match status:
                case JobStatus.SUCCEEDED | JobStatus.REJECTED:
                    ledger.completed += 1
                case JobStatus.DEAD:
                    ledger.dead += 1
                case JobStatus.EXPIRED:
                    ledger.expired += 1
                case JobStatus.CANCELLED:
                    ledger.cancelled += 1
                case _:
                    assert status not in FINAL_STATUSES
                    pending.append((job_id, delivery))
    return pending


async def _read_outbox(sessions: SessionFactory, group: str) -> dict[UUID, int]:
    async with sessions() as session:
        rows = await session.execute(
            _READ_OUTBOX,
            {"topic": f"{group}.retry", "job_id_header": JOB_ID_HEADER, "delivery_header": DELIVERY_HEADER},
        )
        return {UUID(row.job_id): row.delivery for row in rows if row.job_id is not None}


def _note_retries(accepted: _Accepted, records: Iterable[Record]) -> None:
    for record in records:
        headers = {name: raw for name, raw in record.headers if raw is not None}
        try:
            job_id = UUID(headers[JOB_ID_HEADER].decode())
            delivery = int(headers[DELIVERY_HEADER])
        except (KeyError, ValueError):
            continue
        accepted.retries[job_id] = max(delivery, accepted.retries.get(job_id, 0))


def _job_id(record: Record, types: Mapping[str, type[Event]]) -> UUID:
    """The id under which a worker knows the job of this record, however broken the record is."""
    try:
        return decode(record.value, record.headers, types).id
    except UndecodableEventError:
        return job_id_of_place(record.topic, record.partition, record.offset)


def _chunks(items: Sequence[UUID], size: int) -> Iterable[Sequence[UUID]]:
    return (items[start : start + size] for start in range(0, len(items), size))
