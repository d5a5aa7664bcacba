"""Limit the requests of a person, counted in Redis for all processes together. Without Redis nobody is limited."""

import hashlib
import time
from datetime import timedelta

import structlog
from redis.exceptions import NoScriptError, RedisError

from infra.exceptions import TooManyRequests
from infra.redis_batch import RedisBatch
from infra.settings import PERIODS
from schemas.events import UserId

log = structlog.get_logger(__name__)

# After a failure Redis is left alone for this long, so that each request does not wait for its deadline.
PAUSE_SECONDS = 5.0

# A sliding window by two counters: of the period before, the share that the window still covers is taken for even.
# Redis' clock is everybody's. What is refused does not count.
_COUNT = """
-- KEYS: the person's counters   ARGV: amount, period in seconds   Returns 0, or milliseconds until one more is let through.
local amount, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local position = (time[1] + time[2] / 1000000) / period
local window = math.floor(position)
local known = redis.call('HMGET', KEYS[1], 'window', 'count', 'before')
local counted_in, count, before = tonumber(known[1]), tonumber(known[2]), tonumber(known[3])
if counted_in ~= window then
    before = counted_in == window - 1 and count or 0
    count = 0
end
local passed = position - window
if count + before * (1 - passed) > amount - 1 then
    local free_at = 1 - (amount - 1 - count) / before
    if count > amount - 1 then free_at = 2 - (amount - 1) / count end
    return math.ceil((free_at - passed) * period * 1000)
end
if counted_in == window then
    redis.call('HINCRBY', KEYS[1], 'count', 1)
else
    redis.call('HSET', KEYS[1], 'window', window, 'count', 1, 'before', before)
    redis.call('EXPIRE', KEYS[1], period * 2)
end
return 0
"""
# Called by its hash: the client's object for a script takes nine times as long, and every request passes here.
_SHA = hashlib.sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()


class RateLimiter:
    """`limit` reads as `count/period`, for example `600/minute`, which the settings have made sure of."""

    def __init__(self, limit: str, commands: RedisBatch) -> None:
        amount, self._period_name = limit.split("/")
        self._amount, self._period = int(amount), PERIODS[self._period_name]
        self._commands = commands
        self._paused_until = 0.0

    async def check(self, user_id: UserId) -> None:
        """Count one request. Raises `TooManyRequests` when the person has had as many as the period allows."""
        if time.monotonic() < self._paused_until:
            return
        try:
            wait_ms = await self._count(user_id)
        except (RedisError, OSError) as error:
            # Of those who waited together the first one tells.
            if time.monotonic() >= self._paused_until:
                log.warning("rate_limit.not_enforced", error=repr(error), for_s=PAUSE_SECONDS)
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            return
        if wait_ms:
            raise TooManyRequests(
                f"At most {self._amount} requests per {self._period_name} are accepted.",
                timedelta(seconds=max(1.0, wait_ms / 1000)),
            )

    async def _count(self, user_id: UserId) -> int:
        """0 when it is let through, else the milliseconds until the next one is."""
        command = ("EVALSHA", _SHA, 1, f"delight:limits:{user_id}", self._amount, self._period)
        try:
            wait_ms: int = await self._commands.execute(*command)
        except NoScriptError:
            # The server is new, or was started anew.
            await self._commands.execute("SCRIPT", "LOAD", _COUNT)
            wait_ms = await self._commands.execute(*command)
        return wait_ms
