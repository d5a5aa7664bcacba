"""Whether what jobs caused has left: each event that a settled job owes stands on its topic, or in the outbox still."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text

from infra.database import SessionFactory
from infra.kafka import TopicNames
from infra.settings import Settings
from infra.topic_reader import read_beginnings, read_retention, read_topics
from schemas.cloudevents import ID_HEADER

# What is nearly as old as its topic keeps events may be gone: of seven days, the last one is not judged.
JUDGED_SHARE = 6 / 7
# How far the clocks of our machines may lie apart: events are looked for from so much earlier on.
CLOCKS_APART = timedelta(minutes=5)

_ALWAYS = datetime.fromtimestamp(0, UTC)
_CHUNK = 5_000

# A job that is not succeeded may have effects of a former life, whose time the row does not say. Only the key is asked
# inside: with the time beside it, the planner may look through the index of times for each job.
_READ_CAUSED = text("""
    SELECT CAST(e.value ->> 'id' AS uuid) AS id, e.value ->> 'type' AS type, j.finished_at
    FROM unnest(CAST(:ids AS uuid[])) AS u(id)
    CROSS JOIN LATERAL (
        SELECT effects, finished_at, status FROM jobs WHERE event_id = u.id AND job_type = :group OFFSET 0
    ) AS j
    CROSS JOIN LATERAL json_array_elements(
        CASE WHEN j.status = 'succeeded' AND j.finished_at >= :since AND json_typeof(j.effects) = 'array' THEN j.effects END
    ) AS e
""")
_READ_OWED = text("SELECT headers ->> :id_header AS id FROM outbox_events WHERE topic = ANY(:types)")


@dataclass(slots=True)
class Caused:
    """Events that the jobs of one group caused."""

    group: str
    by_type: dict[str, dict[UUID, datetime]] = field(default_factory=dict)
    """Type → event → when its job was settled."""


async def read_caused(
    sessions: SessionFactory, group: str, job_ids: Sequence[UUID], *, since: datetime | None = None
) -> Caused:
    """What these jobs of the group caused, `since` when given: an event may come again long after its job was done."""
    caused = Caused(group)
    for start in range(0, len(job_ids), _CHUNK):
        ids = list(job_ids[start : start + _CHUNK])
        async with sessions() as session:
            rows = await session.execute(_READ_CAUSED, {"ids": ids, "group": group, "since": since or _ALWAYS})
            for row in rows:
                caused.by_type.setdefault(row.type, {})[row.id] = row.finished_at
    return caused


async def find_unpublished(
    settings: Settings, sessions: SessionFactory, groups: Iterable[Caused], *, since: datetime | None = None
) -> dict[str, list[UUID]]:
    """Group → events that it caused and that neither the outbox nor their topic has. With `since`, all were caused since."""
    groups = [caused for caused in groups if caused.by_type]
    types = sorted({event_type for caused in groups for event_type in caused.by_type})
    if not types:
        return {}
    # The outbox first: a row leaves it only when Kafka has the event.
    known = await _read_owed(sessions, types)
    published, complete_since = await _read_published(settings, types, since)
    known |= published
    return {
        caused.group: [
            event_id
            for event_type, events in caused.by_type.items()
            for event_id, settled in events.items()
            if event_id not in known and settled > complete_since[event_type]
        ]
        for caused in groups
    }


async def _read_published(
    settings: Settings, types: Sequence[str], since: datetime | None
) -> tuple[set[UUID], dict[str, datetime]]:
    """The events that these types' topics have; and type → since when its topic has all of them."""
    names = TopicNames(settings.kafka_topic_prefix)
    topics = {names.topic(event_type): event_type for event_type in types}
    retention = await read_retention(settings, topics)
    now = datetime.now(UTC)
    complete_since = {
        event_type: now - JUDGED_SHARE * retention[topic] if topic in retention else _ALWAYS
        for topic, event_type in topics.items()
    }
    # Topics may be kept by size as well: where the oldest records of a partition are gone, its first one says since when.
    beginnings = await read_beginnings(settings, topics)
    looked_from = since - CLOCKS_APART if since is not None else None
    published: set[UUID] = set()
    async for records in read_topics(settings, topics, since=looked_from):
        for record in records:
            event_type = topics[record.topic]
            beginning = beginnings.pop(TopicPartition(record.topic, record.partition), 0)
            if 0 < beginning == record.offset:
                oldest = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                complete_since[event_type] = max(complete_since[event_type], oldest)
            raw = next((raw for name, raw in record.headers if name == ID_HEADER), None)
            with contextlib.suppress(ValueError):
                published.add(UUID((raw or b"").decode()))
    return published, complete_since


async def _read_owed(sessions: SessionFactory, types: Sequence[str]) -> set[UUID]:
    async with sessions() as session:
        rows = await session.execute(_READ_OWED, {"id_header": ID_HEADER, "types": list(types)})
        return {UUID(row.id) for row in rows if row.id is not None}
