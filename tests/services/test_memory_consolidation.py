from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from agents.context import AgentContext
from agents.memory_agent import consolidate_memories
from infra.offline_model.model import OfflineChatModel
from schemas.events import Envelope, Event
from schemas.ids import new_id
from schemas.memories import MemoryConsolidated, MemoryConsolidationDue, MemoryTier, MemoryUpdate
from services import memory_service
from services.memory_consolidation import (
    ConsolidationPlan,
    KnownMemory,
    group_memories,
    save_consolidation,
    says_the_same,
)
from services.memory_service import raised
from tests.support.memories import fact, known, remember

TASK = MemoryTier.TASK


def due(user_id: str) -> Envelope[MemoryConsolidationDue]:
    return Envelope.mint(MemoryConsolidationDue(user_id=user_id))


async def plan_for(sessions: Any, event: Envelope[MemoryConsolidationDue]) -> ConsolidationPlan:
    context = AgentContext(sessions, OfflineChatModel(), job_type="memory-consolidation", attempt=1, request_id=None)
    return await consolidate_memories(event, context)


async def carry_out(sessions: Any, event: Envelope[MemoryConsolidationDue], plan: ConsolidationPlan) -> list[Event]:
    async with sessions.begin() as session:
        return list(await save_consolidation(session, event, plan))


async def consolidate(sessions: Any, user_id: str) -> MemoryConsolidated | None:
    event = due(user_id)
    caused = await carry_out(sessions, event, await plan_for(sessions, event))
    assert all(isinstance(one, MemoryConsolidated) for one in caused)
    return caused[0] if caused else None  # type: ignore[return-value]


async def execute(sessions: Any, statement: str, **parameters: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), parameters)


def counts(consolidated: MemoryConsolidated | None) -> tuple[int, int, int] | None:
    return consolidated and (consolidated.merged, consolidated.summarised, consolidated.faded)


async def test_near_duplicates_become_the_newest_and_matter_more(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("She runs in the park before work", importance=0.5))
    await remember(sessions, user_id, fact("Runs before work, in the park!", importance=0.4))
    await remember(sessions, user_id, fact("Plays the cello"))
    assert counts(await consolidate(sessions, user_id)) == (1, 0, 0)
    memories = {memory.text: memory.importance for memory in await known(sessions, user_id)}
    assert set(memories) == {"Runs before work, in the park!", "Plays the cello"}
    assert memories["Runs before work, in the park!"] == pytest.approx(raised(0.5, 1))


async def test_consolidating_again_changes_nothing(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("Runs in the park before work"), fact("In the park, runs before work"))
    event = due(user_id)
    plan = await plan_for(sessions, event)
    assert await carry_out(sessions, event, plan)
    before = await known(sessions, user_id)
    assert await carry_out(sessions, event, plan) == []
    assert await consolidate(sessions, user_id) is None
    assert await known(sessions, user_id) == before


async def test_a_cluster_becomes_one_summary_that_keeps_every_fact(sessions: Any, user_id: str) -> None:
    said = [
        "The marathon training hurts the left knee",
        "Marathon training is on Tuesdays",
        "Marathon training with Jo",
    ]
    for one in said:
        await remember(sessions, user_id, fact(one, TASK, importance=0.3))
    await remember(sessions, user_id, fact("Baked bread", TASK))
    assert counts(await consolidate(sessions, user_id)) == (0, 3, 0)
    memories = {memory.text: memory for memory in await known(sessions, user_id)}
    assert len(memories) == 2
    (summary,) = set(memories) - {"Baked bread"}
    assert all(one in summary for one in said)
    assert (memories[summary].tier, memories[summary].source_event_id) == (TASK, None)
    assert memories[summary].importance > 0.3
    assert memories[summary].expires_at is not None
    async with sessions() as session:
        found = await memory_service.recall(
            session,
            user_id,
            "marathon",
            limit=1,
            embeddings=AgentContext(sessions, OfflineChatModel(), job_type="x", attempt=1, request_id=None).embeddings,
        )
    assert [memory.text for memory in found] == [summary]


async def test_tiers_and_goals_are_never_mixed(sessions: Any, user_id: str) -> None:
    await remember(
        sessions,
        user_id,
        fact("Runs in the park"),
        fact("Runs in the park", TASK),
        fact("Runs in the park", MemoryTier.PROJECT),
    )
    assert await consolidate(sessions, user_id) is None
    assert len(await known(sessions, user_id)) == 3


async def test_what_changed_meanwhile_is_left_alone(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("Runs in the park before work"), fact("In the park, runs before work"))
    event = due(user_id)
    plan = await plan_for(sessions, event)
    newest = plan.duplicates[0][0]
    async with sessions.begin() as session:
        await memory_service.update_memory(session, user_id, newest.id, MemoryUpdate(text="Runs at night"))
    assert await carry_out(sessions, event, plan) == []
    assert {m.text for m in await known(sessions, user_id)} >= {"Runs at night"}
    assert len(await known(sessions, user_id)) == 2


async def test_what_was_deleted_meanwhile_does_not_come_back(sessions: Any, user_id: str) -> None:
    for one in ("Marathon training hurts", "Marathon training is on Tuesdays", "Marathon training with Jo"):
        await remember(sessions, user_id, fact(one))
    event = due(user_id)
    plan = await plan_for(sessions, event)
    assert len(plan.summaries) == 1
    async with sessions.begin() as session:
        await memory_service.delete_memory(session, user_id, plan.summaries[0].sources[1].id)
    assert await carry_out(sessions, event, plan) == []
    assert len(await known(sessions, user_id)) == 2


async def test_a_correction_is_never_rewritten_and_takes_in_what_repeats_it(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("Runs in the park at work"))
    (memory,) = await known(sessions, user_id)
    async with sessions.begin() as session:
        await memory_service.update_memory(
            session, user_id, memory.id, MemoryUpdate(text="Runs in the park before work")
        )
    await remember(sessions, user_id, fact("In the park: runs before work"))
    await consolidate(sessions, user_id)  # embeds what was corrected
    assert counts(await consolidate(sessions, user_id)) == (1, 0, 0)
    assert [m.text for m in await known(sessions, user_id)] == ["Runs in the park before work"]


async def test_expired_task_memories_are_deleted(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("Has a dentist today", TASK), fact("Prefers tea"))
    await execute(
        sessions, "UPDATE memories SET expires_at = now() WHERE tier = 'task' AND user_id = :user", user=user_id
    )
    assert counts(await consolidate(sessions, user_id)) == (0, 0, 1)
    async with sessions() as session:
        rows = await session.scalar(text("SELECT count(*) FROM memories WHERE user_id = :user"), {"user": user_id})
    assert rows == 1


async def test_superseded_memories_are_kept_for_a_while_and_then_deleted(sessions: Any, user_id: str) -> None:
    await remember(sessions, user_id, fact("Runs in the park before work"), fact("In the park, runs before work"))
    await consolidate(sessions, user_id)
    count = text("SELECT count(*) FROM memories WHERE user_id = :user")
    async with sessions() as session:
        assert await session.scalar(count, {"user": user_id}) == 2
    await execute(
        sessions, "UPDATE memories SET superseded_at = now() - interval '31 days' WHERE user_id = :user", user=user_id
    )
    await consolidate(sessions, user_id)
    async with sessions() as session:
        assert await session.scalar(count, {"user": user_id}) == 1


def memory(said: str, *, importance: float = 0.5, corrected: bool = False, age: int = 0) -> KnownMemory:
    created_at = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=age)
    return KnownMemory(new_id(), 1, MemoryTier.PERSONAL, None, said, importance, corrected, created_at)


def similar(*pairs: tuple[KnownMemory, KnownMemory, float]) -> dict[frozenset[UUID], float]:
    return {frozenset((one.id, other.id)): value for one, other, value in pairs}


def test_a_chain_of_likeness_is_no_group() -> None:
    one, two, three = (memory(f"text {letter}", age=age) for age, letter in enumerate("abc"))
    known_ = {m.id: m for m in (one, two, three)}
    duplicates, clusters = group_memories(known_, similar((one, two, 0.95), (two, three, 0.95)))
    assert duplicates == ((one, two),)
    assert clusters == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Likes coffee", "likes coffee a lot", True),
        ("Likes coffee", "Does not like coffee", False),
        ("Doesn't like coffee", "Does like coffee", False),
        ("Never smokes", "Smokes", False),
        ("Runs 5 km", "Runs 10 km", False),
        ("Runs 5 km", "Runs her 5 km", True),
    ],
)
def test_denials_and_numbers_keep_near_texts_apart(one: str, other: str, same: bool) -> None:
    assert says_the_same(one, other) is same
