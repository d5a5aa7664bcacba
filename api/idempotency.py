"""Idempotency keys: a client's retry is the same event. The key gives the event its id; Redis remembers the body.

The inbox removes the second effect whatever happens here; this record only tells a retry from a mistake, and lets a
retry pass whose first try has already changed what it would be checked against.
"""

import hashlib
from datetime import timedelta
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from infra.exceptions import InvalidRequest
from infra.redis import RedisClient
from schemas.events import UserId
from schemas.ids import derived_id

log = structlog.get_logger(__name__)

REMEMBERED_FOR = timedelta(hours=24)


def keyed_event_id(user_id: UserId, path: str, key: str) -> UUID:
    """The id of the event that this person makes with this key at this endpoint."""
    return derived_id("idempotency", user_id, path, key)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class IdempotencyRecords:
    """Which body an event was made from. While Redis is away nothing is remembered, and requests pass."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    async def is_repeated(self, event_id: UUID, body_digest: str) -> bool:
        """Whether this request was let through before. Raises `InvalidRequest` when its body was another one."""
        try:
            known = await self._redis.get(_key(event_id))
        except (RedisError, OSError) as error:
            log.warning("idempotency.not_checked", error=repr(error))
            return False
        return known is not None and _same(known, body_digest)

    async def remember(self, event_id: UUID, body_digest: str) -> None:
        """Remember the body for a day. Raises `InvalidRequest` when another one came first."""
        try:
            known = await self._redis.set(_key(event_id), body_digest, nx=True, get=True, ex=REMEMBERED_FOR)
        except (RedisError, OSError) as error:
            log.warning("idempotency.not_remembered", error=repr(error))
            return
        if known is not None:
            _same(known, body_digest)


def _same(known: object, body_digest: str) -> bool:
    if known != body_digest.encode():
        raise InvalidRequest("This Idempotency-Key was used with another body. Use a new key.")
    return True


def _key(event_id: UUID) -> str:
    return f"delight:idempotency:{event_id}"
