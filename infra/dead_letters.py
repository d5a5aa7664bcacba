"""The dead-letter stream: jobs that exhausted their retries and records that nobody can read, kept for an operator.

The stream `dead-letters` on Redis is the operator's list; the job row in PostgreSQL is the record, from which the stream
can be rebuilt. Field names follow Spring Kafka's dead-letter headers where it has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from infra.redis import RedisClient

STREAM = "dead-letters"
# place on the topic → entry id: what makes adding idempotent.
INDEX = "dead-letters:index"

# Adding is atomic with its index, so that neither can exist alone after a crash.
_ADD = """
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return known end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('HSET', KEYS[2], ARGV[1], id)
return id
"""


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
    timestamp_ms: int
    exception_type: str
    exception_message: str
    stacktrace: str
    key: bytes | None
    value: bytes | None
    headers: list[list[str | None]]

    @property
    def place(self) -> str:
        """What it is known by: the group, where its record stood, and which life of the job ended."""
        return f"{self.group}|{self.topic}|{self.partition}|{self.offset}|{self.life}"

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
            "accepted-at": self.accepted_at.isoformat(),
            "original-consumer-group": self.group,
            "original-topic": self.topic,
            "original-partition": str(self.partition),
            "original-offset": str(self.offset),
            "original-timestamp": str(self.timestamp_ms),
            "exception-fqcn": self.exception_type,
            "exception-message": self.exception_message,
            "exception-stacktrace": self.stacktrace,
            "key": self.key,
            "value": self.value,
            "headers": orjson.dumps(self.headers),
        }
        return {
            name: value if isinstance(value, bytes) else value.encode()
            for name, value in fields.items()
            if value is not None
        }


class DeadLetterStore:
    """Reads and writes the stream."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)

    async def add(self, letters: Sequence[DeadLetter]) -> None:
        """Add entries; one that is there already stays single. Raises what Redis raises."""
        for letter in letters:
            arguments: list[str | bytes] = [letter.place]
            for name, value in letter.fields().items():
                arguments += [name, value]
            await self._add(keys=[STREAM, INDEX], args=arguments)

    async def count(self) -> int:
        """How many dead letters there are."""
        return int(await self._redis.xlen(STREAM))
