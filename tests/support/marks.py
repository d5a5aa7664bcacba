"""Leave the mark of an accepted event, as the edge does."""

from redis.asyncio import Redis

from infra.redis_batch import RedisBatch
from schemas.events import Envelope, Event
from services import job_service


async def leave_mark(redis: Redis, envelope: Envelope[Event]) -> None:
    commands = RedisBatch(redis)
    await job_service.marked(job_service.mark_queued(commands, envelope))
    await commands.close()
