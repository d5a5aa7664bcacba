"""Deleting a person: no thinking, but Redis is cleared outside the transaction."""

import structlog

from agents.context import AgentContext
from infra.dead_letters import DeadLetterStore
from infra.frame_publisher import forget_frames
from schemas.events import Envelope
from schemas.persons import PersonDeleted, PersonDeletionRequested

log = structlog.get_logger(__name__)


async def clear_redis(event: Envelope[PersonDeletionRequested | PersonDeleted], context: AgentContext) -> None:
    """Once the deletion is committed, clear the person's frames and dead letters. Raises what Redis raises."""
    if not isinstance(event.data, PersonDeleted) or context.redis is None:
        return
    await forget_frames(context.redis, event.user_id)
    removed = await DeadLetterStore(context.redis).remove_of(event.user_id)
    log.info("person.redis_cleared", dead_letters=removed)
