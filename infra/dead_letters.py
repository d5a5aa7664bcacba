"""The dead-letter stream: jobs that exhausted their retries and records that nobody can read, kept for an operator.

The stream `dead-letters` on Redis is the operator's list; the job row in PostgreSQL is the record, from which the stream
can be rebuilt. Field names follow Spring Kafka's dead-letter headers where it has one.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from infra.redis import RedisClient

T = TypeVar("T")

STREAM = "dead-letters"
# place on the topic → entry id: what makes adding idempotent.
INDEX = "dead-letters:index"

# Adding is atomic with its index, so that neither can exist alone after a crash; what has lost its entry gets it again.
_ADD = """
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and #redis.call('XRANGE', KEYS[1], known, known) > 0 then return 0 end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('HSET', KEYS[2], ARGV[1], id)
return 1
"""
_REMOVE = """
local id = redis.call('HGET', KEYS[2], ARGV[1])
if not id then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('XDEL', KEYS[1], id)
"""
# Entries of one round trip; each may hold a whole record.
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry: the whole record, where it stood, and what went wrong."""

    job_id: UUID
    job_type: str
    event_type: str | None
    user_id: str
    request_id: str | None
    reason: str
    attempts: int
    life: int
    delivery: int
    accepted_at: datetime
    group: str
    topic: str
    partition: int
    offset: int
    exception_type: str
    exception_message: str
    stacktrace: str
    fingerprint: str | None
    key: bytes | None
    value: bytes | None
    headers: list[list[str | None]]

    @property
    def place(self) -> str:
        return place_of(self.group, self.topic, self.partition, self.offset, self.life)

    def fields(self) -> dict[str, bytes]:
        """The entry as the stream has it; a missing key or value is a missing field."""
        fields: dict[str, str | bytes | None] = {
            "event-id": str(self.job_id),
            "job-type": self.job_type,
            "event-type": self.event_type,
            "user-id": self.user_id,
            "request-id": self.request_id,
            "reason": self.reason,
            "attempts": str(self.attempts),
            "life": str(self.life),
            "delivery": str(self.delivery),
            "accepted-at": self.accepted_at.astimezone(UTC).isoformat(),
            "original-consumer-group": self.group,
            "original-topic": self.topic,
            "original-partition": str(self.partition),
            "original-offset": str(self.offset),
            "original-timestamp": str(int(self.accepted_at.timestamp() * 1000)),
            "exception-fqcn": self.exception_type,
            "exception-message": self.exception_message,
            "exception-stacktrace": self.stacktrace,
            "fingerprint": self.fingerprint,
            "key": self.key,
            "value": self.value,
            "headers": orjson.dumps(self.headers),
        }
        return {
            name: value if isinstance(value, bytes) else value.encode()
            for name, value in fields.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """An entry as it stands in the stream."""

    id: bytes
    fields: Mapping[str, bytes]

    @property
    def place(self) -> str:
        names = ("original-consumer-group", "original-topic", "original-partition", "original-offset", "life")
        return "|".join(self.fields.get(name, b"").decode("utf-8", "replace") for name in names)


class DeadLetterStore:
    """Reads and writes the stream. Every method raises what Redis raises."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self._remove = redis.register_script(_REMOVE)

    async def add(self, letters: Sequence[DeadLetter]) -> set[str]:
        """Add entries; one that is there already stays single. Returns the places of those that were not there."""
        added: set[str] = set()
        for chunk in _chunks(letters):
            pipeline = self._redis.pipeline(transaction=False)
            for letter in chunk:
                arguments: list[str | bytes] = [letter.place]
                for name, value in letter.fields().items():
                    arguments += [name, value]
                await self._add(keys=[STREAM, INDEX], args=arguments, client=pipeline)
            results = await pipeline.execute()
            added |= {letter.place for letter, is_new in zip(chunk, results, strict=True) if is_new}
        return added

    async def remove(self, places: Iterable[str]) -> int:
        """Remove the entries of these places; returns how many there were."""
        removed = 0
        for chunk in _chunks(list(places)):
            pipeline = self._redis.pipeline(transaction=False)
            for place in chunk:
                await self._remove(keys=[STREAM, INDEX], args=[place], client=pipeline)
            removed += sum(await pipeline.execute())
        return removed

    async def remove_of(self, user_id: str) -> int:
        """Remove every entry about this person; returns how many there were. Reads the whole stream."""
        removed = 0
        wanted = user_id.encode()
        async for entries in self.scan():
            removed += await self.remove([entry.place for entry in entries if entry.fields.get("user-id") == wanted])
        return removed

    async def find_ids(self, places: Sequence[str]) -> dict[str, bytes]:
        """Place → entry id, as the index has it; those that it does not know are left out."""
        ids: Any = await self._redis.hmget(INDEX, list(places)) if places else []
        return {place: entry_id for place, entry_id in zip(places, ids, strict=True) if entry_id is not None}

    async def find(self, places: Sequence[str]) -> dict[str, StreamEntry]:
        """The entries of these places, by place; those without one are left out."""
        found: dict[str, StreamEntry] = {}
        for chunk in _chunks(places):
            known = await self.find_ids(chunk)
            pipeline = self._redis.pipeline(transaction=False)
            for entry_id in known.values():
                pipeline.xrange(STREAM, entry_id, entry_id)
            for place, entries in zip(known, await pipeline.execute(), strict=True):
                for entry in entries:
                    found[place] = _entry(*entry)
        return found

    async def scan(self) -> AsyncIterator[list[StreamEntry]]:
        """All entries, oldest first, some at a time."""
        start = b"-"
        while True:
            # The client's annotations allow for text, which ours never decodes to.
            entries: Any = await self._redis.xrange(STREAM, start, count=_CHUNK)
            if not entries:
                return
            yield [_entry(*entry) for entry in entries]
            start = b"(" + entries[-1][0]

    async def scan_places(self) -> AsyncIterator[dict[str, bytes]]:
        """Place → entry id, as the index has it, some at a time; cheap, for no record is read."""
        cursor = 0
        found: Any
        while True:
            cursor, found = await self._redis.hscan(INDEX, cursor, count=1000)
            yield {place.decode(): entry_id for place, entry_id in found.items()}
            if cursor == 0:
                return

    async def delete(self, entry_ids: Sequence[bytes]) -> None:
        """Delete entries that the index does not name."""
        if entry_ids:
            await self._redis.xdel(STREAM, *entry_ids)

    async def count(self) -> int:
        """How many dead letters there are."""
        return int(await self._redis.xlen(STREAM))


def place_of(group: str, topic: str | None, partition: int | None, offset: int | None, life: int) -> str:
    """What an entry is known by: the group, where the event's first record stood, and which life of the job ended."""
    return f"{group}|{topic}|{partition}|{offset}|{life}"


def _entry(entry_id: bytes, fields: Mapping[bytes, bytes]) -> StreamEntry:
    return StreamEntry(entry_id, {name.decode(): value for name, value in fields.items()})


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
