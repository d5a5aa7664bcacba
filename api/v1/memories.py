"""Memories: a person reads, corrects and deletes what is remembered of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Action, Cursor, Limit, Person, Session
from api.responses import ACCEPTED, PERSON_ERRORS, errors
from schemas.jobs import JobAccepted
from schemas.memories import MemoryConsolidationDue, MemoryRead, MemoryTier, MemoryUpdate
from schemas.pages import Page
from services import memory_service

router = APIRouter(prefix="/api/v1/memories", tags=["memories"], responses=PERSON_ERRORS)


@router.get("", summary="List what is remembered, newest first")
async def list_memories(
    person: Person,
    session: Session,
    tier: Annotated[MemoryTier | None, Query(description="Only memories of this tier.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MemoryRead]:
    return await memory_service.list_memories(session, person.user_id, tier=tier, limit=limit, cursor=cursor)


@router.patch("/{memory_id}", summary="Correct a memory", responses=errors(404))
async def update_memory(memory_id: UUID, change: MemoryUpdate, person: Person, session: Session) -> MemoryRead:
    return await memory_service.update_memory(session, person.user_id, memory_id, change)


@router.delete("/{memory_id}", status_code=204, summary="Forget a memory for good", responses=errors(404))
async def delete_memory(memory_id: UUID, person: Person, session: Session) -> None:
    await memory_service.delete_memory(session, person.user_id, memory_id)


@router.post("/consolidate", status_code=202, summary="Tidy what is remembered", responses=ACCEPTED)
async def consolidate_memories(person: Person, action: Action) -> JobAccepted:
    return await action.accept(MemoryConsolidationDue(user_id=person.user_id, reason="requested"))
