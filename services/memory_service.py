"""Memories: kept from what a person tells us, recalled when they matter, read, corrected and deleted by the person.

What is recalled first is decided by three things, weighted: how similar a memory is to the query, how important it is,
and how recently it was told (halved every RECENCY_HALF_LIFE). The comparison is exact, over one person's memories.
The caller owns the transaction: nothing here commits.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, case, delete, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from infra.exceptions import NotFound
from models.goal import GoalModel
from models.memory import MemoryModel
from producers.outbox import enqueue
from schemas.events import Envelope, UserId
from schemas.ids import derived_id
from schemas.memories import MemoryCandidate, MemoryConsolidationDue, MemoryRead, MemoryTier, MemoryUpdate
from schemas.pages import Page
from services.paging import read_page
from services.user_service import lock_user

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

SIMILARITY_WEIGHT = 0.6
IMPORTANCE_WEIGHT = 0.2
RECENCY_WEIGHT = 0.2
"""The three weights sum to one. What was asked about counts most."""

RECENCY_HALF_LIFE = timedelta(days=14)

TASK_RETENTION = timedelta(days=30)
"""How long a task memory lasts after it was last told."""

RECURRENCE_GAIN = 0.2
"""The part of what is missing to full importance that a memory gains each time it is told again."""


async def recall(
    session: AsyncSession, user_id: UserId, query: str, *, limit: int, embeddings: "Embeddings"
) -> list[MemoryRead]:
    """The person's memories that matter most for `query`, best first, at most `limit`.

    For agents: pass `context.embeddings`. The query is embedded before the session is used, so that a fresh session
    holds no connection meanwhile. A memory without a comparable embedding counts as not similar. What is recalled was
    written by people: it goes into prompts as data. Raises what `infra.model_errors` says of the provider.
    """
    # Imported where it is used: the edge, which recalls nothing, starts without the models' libraries.
    from infra.embeddings import embed_texts  # noqa: PLC0415

    (asked,) = await embed_texts(embeddings, [query])
    similarity = case(
        (
            MemoryModel.embedding_model == asked.model,
            1.0 - func.least(1.0, MemoryModel.embedding.cosine_distance(list(asked.vector))),
        ),
        else_=0.0,
    )
    age = extract("epoch", func.now() - MemoryModel.seen_at)
    recency = func.exp(-func.ln(2.0) * func.greatest(age, 0.0) / RECENCY_HALF_LIFE.total_seconds())
    score = similarity * SIMILARITY_WEIGHT + MemoryModel.importance * IMPORTANCE_WEIGHT + recency * RECENCY_WEIGHT
    rows = await session.scalars(living(user_id).order_by(score.desc(), MemoryModel.id).limit(limit))
    return [MemoryRead.model_validate(row) for row in rows]


async def save_candidates(
    session: AsyncSession, user_id: UserId, candidates: Sequence[MemoryCandidate], source_event_id: UUID
) -> None:
    """Keep `candidates`, inside a settlement. Embed them in the agent: `infra.embeddings.embed_candidates`.

    One that is remembered already, word for word, is told again: its importance rises and it lasts longer. A goal that
    is not the person's own is left out, and so is the goal of any but a project memory.
    """
    if not candidates:
        return
    await lock_user(session, user_id)
    now = datetime.now(UTC)
    known = {(row.tier, _comparable(row.text)): row for row in await session.scalars(living(user_id))}
    goals = set(await session.scalars(select(GoalModel.id).where(GoalModel.user_id == user_id)))
    for number, candidate in enumerate(candidates):
        key = (candidate.tier, _comparable(candidate.text))
        if key in known:
            _tell_again(known[key], candidate, now)
            continue
        memory = MemoryModel(
            # Derived, so that the same event can never be remembered twice.
            id=derived_id("memory", str(source_event_id), str(number)),
            user_id=user_id,
            tier=candidate.tier,
            text=candidate.text,
            importance=candidate.importance,
            occurrences=1,
            goal_id=candidate.goal_id if candidate.tier is MemoryTier.PROJECT and candidate.goal_id in goals else None,
            source_event_id=source_event_id,
            embedding=list(candidate.embedding.vector) if candidate.embedding else None,
            embedding_model=candidate.embedding.model if candidate.embedding else None,
            version=1,
            seen_at=now,
            expires_at=expiry(candidate.tier, now),
        )
        session.add(memory)
        known[key] = memory


async def list_memories(
    session: AsyncSession, user_id: UserId, *, tier: MemoryTier | None, limit: int, cursor: str | None
) -> Page[MemoryRead]:
    """The person's memories, newest first. Raises `InvalidRequest` for a malformed cursor or limit."""
    query = living(user_id)
    if tier is not None:
        query = query.where(MemoryModel.tier == tier)
    return await read_page(session, query, MemoryModel, MemoryRead, limit=limit, cursor=cursor)


async def update_memory(session: AsyncSession, user_id: UserId, memory_id: UUID, change: MemoryUpdate) -> MemoryRead:
    """Correct a memory; what `change` leaves out stays. Raises `NotFound` unless it is theirs.

    New words lose their embedding: a consolidation is owed, which makes the new one. What it was merged from is
    deleted, since it says what the person has corrected.
    """
    memory = await _find(session, user_id, memory_id)
    now = datetime.now(UTC)
    changes = change.model_dump(exclude_none=True)
    new_words = "text" in changes and changes["text"] != memory.text
    for field, value in changes.items():
        setattr(memory, field, value)
    if "tier" in changes:
        memory.expires_at = expiry(memory.tier, now)
        if memory.tier is not MemoryTier.PROJECT:
            memory.goal_id = None
    memory.version += 1
    memory.corrected_at = now
    if new_words:
        memory.embedding, memory.embedding_model = None, None
        await session.execute(delete(MemoryModel).where(MemoryModel.superseded_by == memory.id))
        await enqueue(session, [Envelope.mint(MemoryConsolidationDue(user_id=user_id, reason="corrected"))])
    await session.flush()
    return MemoryRead.model_validate(memory)


async def delete_memory(session: AsyncSession, user_id: UserId, memory_id: UUID) -> None:
    """Delete a memory and what was merged into it. Raises `NotFound` unless it is theirs."""
    await session.delete(await _find(session, user_id, memory_id))
    await session.flush()


def living(user_id: UserId) -> Select[MemoryModel]:
    """The person's memories that neither faded nor went into another. Vectors stay in the database, which compares them."""
    return (
        select(MemoryModel)
        .where(
            MemoryModel.user_id == user_id,
            MemoryModel.superseded_by.is_(None),
            or_(MemoryModel.expires_at.is_(None), MemoryModel.expires_at > func.now()),
        )
        .options(defer(MemoryModel.embedding, raiseload=True))
    )


def raised(importance: float, times: int) -> float:
    """The importance of what was told `times` times more: it nears 1 and never reaches it."""
    return 1.0 - (1.0 - importance) * (1.0 - RECURRENCE_GAIN) ** times


def expiry(tier: MemoryTier, told_at: datetime) -> datetime | None:
    """When a memory of this tier fades; None when it lasts."""
    return told_at + TASK_RETENTION if tier is MemoryTier.TASK else None


def _tell_again(memory: MemoryModel, candidate: MemoryCandidate, now: datetime) -> None:
    memory.importance = raised(max(memory.importance, candidate.importance), 1)
    memory.occurrences += 1
    memory.seen_at = now
    memory.expires_at = expiry(memory.tier, now)
    if memory.embedding_model is None and candidate.embedding is not None:
        memory.embedding, memory.embedding_model = list(candidate.embedding.vector), candidate.embedding.model
    memory.version += 1


async def _find(session: AsyncSession, user_id: UserId, memory_id: UUID) -> MemoryModel:
    # The lock of every save: a consolidation decides before or after this, never beside it.
    await lock_user(session, user_id)
    memory = await session.scalar(living(user_id).where(MemoryModel.id == memory_id))
    if memory is None:
        raise NotFound("No such memory.")
    return memory


def _comparable(text: str) -> str:
    """Texts that differ only in case, spacing or a final full stop say the same."""
    return " ".join(text.casefold().split()).rstrip(".!")
