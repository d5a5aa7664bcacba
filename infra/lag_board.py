"""The last snapshot of the lag, where everybody may read it: a key in Redis that outlives its monitor only for a moment."""

from datetime import timedelta

from infra.redis import RedisClient
from schemas.lag import LagSnapshot

KEY = "delight:lag"
# Older numbers would be taken for present ones.
GOOD_FOR = timedelta(seconds=30)


async def publish_snapshot(redis: RedisClient, snapshot: LagSnapshot) -> None:
    """Put it on the board. Raises what Redis raises."""
    await redis.set(KEY, snapshot.model_dump_json(), px=GOOD_FOR)


async def read_snapshot(redis: RedisClient) -> LagSnapshot | None:
    """The newest snapshot; None when no monitor has published one lately. Raises what Redis raises."""
    content = await redis.get(KEY)
    return LagSnapshot.model_validate_json(content) if content is not None else None
