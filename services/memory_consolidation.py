"""Consolidation: near-duplicates become one memory, clusters become a summary, what recurs gains, what is over fades.

The agent plans without a transaction; the settlement decides again. A plan names the version of every memory that it
read, and what changed meanwhile is left alone until the next time. What a person has corrected is never rewritten.

Memories are compared within one tier and one goal, and only when one embedding model made their vectors.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.memory import MemoryModel
from schemas.events import Envelope, Event, UserId
from schemas.ids import derived_id
from schemas.memories import Embedding, MemoryConsolidated, MemoryConsolidationDue, MemoryTier
from services.memory_service import expiry, living, raised
from services.user_service import lock_user

NEAR_DUPLICATE = 0.92
"""From this cosine similarity on, two memories say the same, unless one denies the other or names another number."""

RELATED = 0.55
"""From this cosine similarity on, two memories are about the same thing."""

MIN_CLUSTER = 3
MAX_CLUSTER = 8
"""So many related memories are worth a summary; more would not fit into one."""

MAX_COMPARED = 300
"""The newest memories of a person that are compared: the work grows with the square."""

MAX_EMBEDDED = 200
"""Memories that get their embedding in one run."""

SUPERSEDED_RETENTION = timedelta(days=30)
"""How long a memory that went into another is kept, for people to ask what became of it."""

_NEGATIONS = frozenset("no not never none nothing neither nor without stopped quit".split())
_WORD = re.compile(r"[^\W_]+(?:['’]t)?")

# Each pair once; comparing happens where the vectors are.
_SIMILAR_PAIRS = text("""
    WITH compared AS (
        SELECT id, tier, goal_id, embedding, embedding_model FROM memories
        WHERE user_id = :user_id AND superseded_by IS NULL AND embedding_model = :model
          AND (expires_at IS NULL OR expires_at > now())
        ORDER BY created_at DESC, id DESC LIMIT :limit
    )
    SELECT a.id, b.id, 1 - (a.embedding <=> b.embedding) AS similarity
    FROM compared a JOIN compared b ON a.id < b.id AND a.tier = b.tier AND a.goal_id IS NOT DISTINCT FROM b.goal_id
    WHERE 1 - (a.embedding <=> b.embedding) >= :threshold
""")


@dataclass(frozen=True, slots=True)
class KnownMemory:
    """A memory as a plan sees it."""

    id: UUID
    version: int
    tier: MemoryTier
    goal_id: UUID | None
    text: str
    importance: float
    corrected: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemoryState:
    """What a consolidation starts from. `duplicates` and `clusters` are disjoint; the first of each group leads it."""

    unembedded: tuple[KnownMemory, ...]
    duplicates: tuple[tuple[KnownMemory, ...], ...]
    clusters: tuple[tuple[KnownMemory, ...], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A text that stands for several memories."""

    sources: tuple[KnownMemory, ...]
    text: str
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class ConsolidationPlan:
    """What the memory agent proposes."""

    embedded: tuple[tuple[KnownMemory, Embedding], ...] = ()
    duplicates: tuple[tuple[KnownMemory, ...], ...] = ()
    summaries: tuple[Summary, ...] = ()


async def read_state(session: AsyncSession, user_id: UserId, embedding_model: str) -> MemoryState:
    """The person's memories, grouped by how near they are in the vectors of `embedding_model`."""
    rows = await session.scalars(living(user_id).order_by(MemoryModel.created_at.desc(), MemoryModel.id.desc()))
    known: dict[UUID, KnownMemory] = {}
    unembedded: list[KnownMemory] = []
    for row in rows:
        memory = known[row.id] = _known(row)
        if row.embedding_model != embedding_model:
            unembedded.append(memory)
    pairs = await session.execute(
        _SIMILAR_PAIRS,
        {"user_id": user_id, "model": embedding_model, "limit": MAX_COMPARED, "threshold": RELATED},
    )
    similarity = {frozenset((first, second)): float(value) for first, second, value in pairs}
    duplicates, clusters = group_memories(known, similarity)
    return MemoryState(tuple(unembedded[:MAX_EMBEDDED]), duplicates, clusters)


def group_memories(
    known: Mapping[UUID, KnownMemory], similarity: Mapping[frozenset[UUID], float]
) -> tuple[tuple[tuple[KnownMemory, ...], ...], tuple[tuple[KnownMemory, ...], ...]]:
    """Near-duplicates and clusters among `known`, each memory in at most one group.

    A group gathers around its leader and not along chains, so that its members are all near one thing. Of
    near-duplicates the one that the person corrected leads, else the newest; of clusters the most important.
    """
    near: dict[UUID, dict[UUID, float]] = {}
    for pair, value in similarity.items():
        first, second = pair
        if first in known and second in known:
            near.setdefault(first, {})[second] = value
            near.setdefault(second, {})[first] = value
    taken: set[UUID] = set()
    duplicates = []
    for leader in sorted(known.values(), key=lambda m: (m.corrected, m.created_at, m.id), reverse=True):
        members = [
            known[other]
            for other, value in near.get(leader.id, {}).items()
            if value >= NEAR_DUPLICATE
            and other not in taken
            and not known[other].corrected
            and says_the_same(leader.text, known[other].text)
        ]
        if leader.id not in taken and members:
            duplicates.append((leader, *members))
            taken.update(member.id for member in (leader, *members))
    clusters = []
    for leader in sorted(known.values(), key=lambda m: (m.importance, m.created_at, m.id), reverse=True):
        if leader.id in taken or leader.corrected:
            continue
        others = sorted(near.get(leader.id, {}).items(), key=lambda item: item[1], reverse=True)
        members = [known[other] for other, _ in others if other not in taken and not known[other].corrected]
        members = members[: MAX_CLUSTER - 1]
        if len(members) + 1 >= MIN_CLUSTER:
            clusters.append((leader, *members))
            taken.update(member.id for member in (leader, *members))
    return tuple(duplicates), tuple(clusters)


def says_the_same(first: str, second: str) -> bool:
    """Whether two near texts may be taken for one: neither denies what the other says, and their numbers agree."""
    return _decisive_words(first) == _decisive_words(second)


async def save_consolidation(
    session: AsyncSession, event: Envelope[MemoryConsolidationDue], plan: ConsolidationPlan
) -> Sequence[Event]:
    """Carry out the plan as far as its memories are still what they were, and let go of what is over."""
    user_id = event.user_id
    await lock_user(session, user_id)
    now = datetime.now(UTC)
    rows = await _rows(session, user_id, plan)

    def unchanged(memories: Iterable[KnownMemory]) -> list[MemoryModel]:
        return [rows[memory.id] for memory in memories if memory.id in rows]

    merged = summarised = 0
    for memory, embedding in plan.embedded:
        for row in unchanged([memory]):
            row.embedding, row.embedding_model = list(embedding.vector), embedding.model
    for group in plan.duplicates:
        alive = unchanged(group)
        # Without its leader the group has no text to keep.
        if len(alive) > 1 and alive[0].id == group[0].id:
            _merge(alive[0], alive[1:], now)
            merged += len(alive) - 1
    for number, summary in enumerate(plan.summaries):
        alive = unchanged(summary.sources)
        # A summary stands for all of its sources or for none. One of this id was written when the event was handled before.
        known = await session.get(MemoryModel, derived_id("summary", str(event.id), str(number)))
        if known is None and len(alive) == len(summary.sources):
            session.add(_summary_row(event, number, summary, alive, now))
            await session.flush()
            for row in alive:
                _supersede(row, derived_id("summary", str(event.id), str(number)), now)
            summarised += len(alive)
    await session.flush()
    faded = await _let_go(session, user_id)
    if not merged and not summarised and not faded:
        return []
    return [MemoryConsolidated(user_id=user_id, merged=merged, summarised=summarised, faded=faded)]


async def _rows(session: AsyncSession, user_id: UserId, plan: ConsolidationPlan) -> Mapping[UUID, MemoryModel]:
    """The memories of the plan that are still what it read."""
    versions = {memory.id: memory.version for memory, _ in plan.embedded}
    versions |= {memory.id: memory.version for group in plan.duplicates for memory in group}
    versions |= {memory.id: memory.version for summary in plan.summaries for memory in summary.sources}
    if not versions:
        return {}
    rows = await session.scalars(
        living(user_id).where(MemoryModel.id.in_(versions)).execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows if row.version == versions[row.id]}


def _merge(kept: MemoryModel, others: Sequence[MemoryModel], now: datetime) -> None:
    """Told again and again: the one that is kept gains what the others had."""
    times = sum(row.occurrences for row in others)
    kept.importance = raised(max(row.importance for row in (kept, *others)), times)
    kept.occurrences += times
    kept.seen_at = max(row.seen_at for row in (kept, *others))
    kept.expires_at = expiry(kept.tier, kept.seen_at)
    kept.version += 1
    for row in others:
        _supersede(row, kept.id, now)


def _summary_row(
    event: Envelope[MemoryConsolidationDue],
    number: int,
    summary: Summary,
    sources: Sequence[MemoryModel],
    now: datetime,
) -> MemoryModel:
    seen_at = max(row.seen_at for row in sources)
    return MemoryModel(
        id=derived_id("summary", str(event.id), str(number)),
        user_id=event.user_id,
        tier=sources[0].tier,
        text=summary.text,
        # What comes up in several memories matters more than any one of them said.
        importance=raised(max(row.importance for row in sources), 1),
        occurrences=sum(row.occurrences for row in sources),
        goal_id=sources[0].goal_id,
        source_event_id=None,
        embedding=list(summary.embedding.vector),
        embedding_model=summary.embedding.model,
        version=1,
        created_at=now,
        seen_at=seen_at,
        expires_at=expiry(sources[0].tier, seen_at),
    )


def _supersede(row: MemoryModel, by: UUID, now: datetime) -> None:
    row.superseded_by, row.superseded_at = by, now
    row.version += 1


async def _let_go(session: AsyncSession, user_id: UserId) -> int:
    """Delete what expired or was superseded long ago; how many memories expired."""
    await session.execute(
        delete(MemoryModel).where(
            MemoryModel.user_id == user_id,
            MemoryModel.superseded_by.is_not(None),
            MemoryModel.superseded_at < func.now() - SUPERSEDED_RETENTION,
        )
    )
    expired = await session.scalars(
        delete(MemoryModel)
        .where(MemoryModel.user_id == user_id, MemoryModel.expires_at <= func.now())
        .returning(MemoryModel.id)
    )
    return len(expired.all())


def _known(row: MemoryModel) -> KnownMemory:
    return KnownMemory(
        id=row.id,
        version=row.version,
        tier=row.tier,
        goal_id=row.goal_id,
        text=row.text,
        importance=row.importance,
        corrected=row.corrected_at is not None,
        created_at=row.created_at,
    )


def _decisive_words(said: str) -> frozenset[str]:
    words = _WORD.findall(said.casefold())
    return frozenset(
        word for word in words if word in _NEGATIONS or word.endswith(("'t", "’t")) or any(map(str.isdigit, word))
    )
