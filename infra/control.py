"""Messages to all workers, and what workers say of themselves: over Redis, where a lost one costs only time.

What must not be lost is a row in PostgreSQL: a paused group, a cancelled job. The messages make it take effect at once.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from infra.redis import RedisClient
from schemas.job_admin import WorkerRead

CHANNEL = "delight:control"
BREAKERS = "delight:breakers"
WORKERS = "delight:workers"

# A worker says again while its breaker is not closed; what is older comes from a worker that died.
BREAKER_SAID_EVERY = timedelta(seconds=5)
BREAKER_VALID_FOR = timedelta(seconds=20)

# A worker says again what it does; one that has not for a while has ended, or cannot reach Redis.
WORKER_SAID_EVERY = timedelta(seconds=2)
WORKER_VALID_FOR = timedelta(seconds=10)


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
        group = _text(field).partition("/")[0]
        if datetime.fromisoformat(entry["at"]) >= oldest and states.get(group) != "open":
            states[group] = entry["state"]
    return states


async def say_work(redis: RedisClient, worker: str, groups: Mapping[str, tuple[int, int]]) -> None:
    """Let operators see what this worker does: of each of its groups, the jobs that run and the ones that wait here."""
    content = {"groups": groups, "at": datetime.now(UTC).isoformat()}
    await redis.hset(WORKERS, worker, orjson.dumps(content))


async def forget_work(redis: RedisClient, worker: str) -> None:
    """Take back what this worker said, since it ends."""
    await redis.hdel(WORKERS, worker)


async def read_work(redis: RedisClient) -> dict[str, list[WorkerRead]]:
    """Group → what the workers said last that are there now. Raises what Redis raises."""
    oldest = datetime.now(UTC) - WORKER_VALID_FOR
    found: dict[str, list[WorkerRead]] = {}
    ended = []
    for name, content in sorted((await redis.hgetall(WORKERS)).items()):
        entry = orjson.loads(content)
        said_at = datetime.fromisoformat(entry["at"])
        if said_at < oldest:
            ended.append(name)
            continue
        for group, (running, waiting) in entry["groups"].items():
            worker = WorkerRead(name=_text(name), running=running, waiting=waiting, said_at=said_at)
            found.setdefault(group, []).append(worker)
    if ended:
        # Killed ones cannot do it themselves.
        await redis.hdel(WORKERS, *ended)
    return found


def _text(field: bytes | str) -> str:
    return field.decode() if isinstance(field, bytes) else field
