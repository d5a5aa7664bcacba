"""What a person has told, remembered as a settlement would."""

from typing import Any
from uuid import UUID

from infra.embeddings import embed_candidates
from infra.offline_model.embeddings import OfflineEmbeddings
from schemas.ids import new_id
from schemas.memories import MemoryCandidate, MemoryRead, MemoryTier
from services import memory_service


def fact(said: str, tier: MemoryTier = MemoryTier.PERSONAL, **fields: Any) -> MemoryCandidate:
    return MemoryCandidate(text=said, tier=tier, **fields)


async def remember(sessions: Any, user_id: str, *candidates: MemoryCandidate, event_id: UUID | None = None) -> None:
    """One event, and all that was worth remembering in it."""
    embedded = await embed_candidates(OfflineEmbeddings(), candidates)
    async with sessions.begin() as session:
        await memory_service.save_candidates(session, user_id, embedded, event_id or new_id())


async def known(sessions: Any, user_id: str, *, tier: MemoryTier | None = None) -> list[MemoryRead]:
    """The person's memories, newest first."""
    async with sessions() as session:
        page = await memory_service.list_memories(session, user_id, tier=tier, limit=100, cursor=None)
    return page.items
