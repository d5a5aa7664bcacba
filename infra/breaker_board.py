"""Which circuit breakers are not closed, told by the workers in Redis; what a worker says is forgotten when it dies."""

import time
from collections.abc import Mapping
from datetime import timedelta

from infra.redis import RedisClient

# Members are `job type|worker|state`, each scored by the moment until which it is believed.
KEY = "delight:breakers"
BELIEVED_FOR = timedelta(seconds=20)

_SEVERITY = {"half_open": 1, "open": 2}


async def tell_breakers(redis: RedisClient, worker: str, states: Mapping[str, str]) -> None:
    """Tell the states of this worker's breakers, by job type. Say it again well before it is forgotten.

    Raises what Redis raises.
    """
    until = time.time() + BELIEVED_FOR.total_seconds()
    async with redis.pipeline(transaction=True) as pipeline:
        for job_type, present in states.items():
            for state in _SEVERITY:
                member = f"{job_type}|{worker}|{state}"
                if state == present:
                    pipeline.zadd(KEY, {member: until})
                else:
                    pipeline.zrem(KEY, member)
        pipeline.zremrangebyscore(KEY, "-inf", time.time())
        await pipeline.execute()


async def read_breakers(redis: RedisClient) -> dict[str, str]:
    """The worst state of each job type's breaker in any worker; closed ones are not listed. Raises what Redis raises."""
    worst: dict[str, str] = {}
    for member in await redis.zrangebyscore(KEY, time.time(), "+inf"):
        job_type, _worker, state = member.decode().split("|")
        if _SEVERITY[state] > _SEVERITY.get(worst.get(job_type, ""), 0):
            worst[job_type] = state
    return worst
