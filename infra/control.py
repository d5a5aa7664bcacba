"""Messages to all workers, and what workers say of themselves: over Redis, where a lost one costs only time.

What must not be lost is a row in PostgreSQL: a paused group, a cancelled job. The messages make it take effect at once.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from infra.redis import RedisClient

CHANNEL = "delight:control"
BREAKERS = "delight:breakers"

# A worker says again while its breaker is not closed; what is older comes from a worker that died.
BREAKER_SAID_EVERY = timedelta(seconds=5)
BREAKER_VALID_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Stop this job's agent if it runs; its row says already that it is cancelled."""

    group: str
    job_id: UUID


@dataclass(frozen=True, slots=True)
class PausesChanged:
    """Read the paused groups again."""


ControlMessage = CancelJob | PausesChanged


async def send_control(redis: RedisClient, message: ControlMessage) -> None:
    """Tell every worker. Raises what Redis raises."""
    match message:
        case CancelJob(group=group, job_id=job_id):
            body: Mapping[str, str] = {"type": "cancel_job", "group": group, "job_id": str(job_id)}
        case PausesChanged():
            body = {"type": "pauses_changed"}
    await redis.publish(CHANNEL, orjson.dumps(body))


async def control_messages(redis: RedisClient) -> AsyncIterator[ControlMessage]:
    """The messages as they come; the first one is always `PausesChanged`. Raises what Redis raises when it goes away."""
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        yield PausesChanged()
        while True:
            received = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5.0)
            message = _parse(received["data"]) if received is not None else None
            if message is not None:
                yield message


def _parse(data: bytes) -> ControlMessage | None:
    try:
        body = orjson.loads(data)
        match body["type"]:
            case "cancel_job":
                return CancelJob(body["group"], UUID(body["job_id"]))
            case "pauses_changed":
                return PausesChanged()
    except (ValueError, KeyError, TypeError):
        pass
    # A newer version may say more than we understand.
    return None


async def say_breaker(redis: RedisClient, group: str, worker: str, state: str) -> None:
    """Let operators see this worker's breaker; a closed one is not worth an entry."""
    field = f"{group}/{worker}"
    if state == "closed":
        await redis.hdel(BREAKERS, field)
    else:
        await redis.hset(BREAKERS, field, orjson.dumps({"state": state, "at": datetime.now(UTC).isoformat()}))


async def read_breakers(redis: RedisClient) -> dict[str, str]:
    """Group → the worst state of its workers' breakers; groups whose breakers are all closed are missing."""
    states: dict[str, str] = {}
    oldest = datetime.now(UTC) - BREAKER_VALID_FOR
    for field, value in (await redis.hgetall(BREAKERS)).items():
        entry = orjson.loads(value)
        name = field.decode() if isinstance(field, bytes) else field
        group = name.partition("/")[0]
        if datetime.fromisoformat(entry["at"]) >= oldest and states.get(group) != "open":
            states[group] = entry["state"]
    return states
