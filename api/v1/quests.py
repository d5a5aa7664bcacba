"""Quests: asked for, looked at, accepted or declined. The actions are events; their answer is 202."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Action, Cursor, Limit, Person, Session, TheEdge
from api.responses import ACCEPTED, PERSON_ERRORS, errors
from schemas.ids import derived_id
from schemas.jobs import JobAccepted
from schemas.pages import Page
from schemas.quests import (
    QuestAccepted,
    QuestDecision,
    QuestDeclined,
    QuestRead,
    QuestReopened,
    QuestRequestCreate,
    QuestRequested,
    QuestStatus,
)
from services import mission_lifecycle, quest_service

router = APIRouter(prefix="/api/v1/quests", tags=["quests"], responses=PERSON_ERRORS)


@router.post("/request", status_code=202, summary="Ask for quests", responses=ACCEPTED)
async def request_quests(wish: QuestRequestCreate, person: Person, action: Action) -> JobAccepted:
    return await action.accept(QuestRequested(user_id=person.user_id, **vars(wish)))


@router.post(
    "/accept", status_code=202, summary="Accept a quest: it becomes a mission", responses=ACCEPTED | errors(404, 409)
)
async def accept_quest(decision: QuestDecision, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await quest_service.check_acceptable(session, person.user_id, decision.quest_id)
    # Derived, so that a repeated request makes the same mission.
    mission_id = derived_id("mission", str(action.event_id))
    return await action.accept(QuestAccepted(user_id=person.user_id, quest_id=decision.quest_id, mission_id=mission_id))


@router.post("/decline", status_code=202, summary="Decline a quest", responses=ACCEPTED | errors(404, 409))
async def decline_quest(decision: QuestDecision, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await quest_service.check_declinable(session, person.user_id, decision.quest_id)
    return await action.accept(QuestDeclined(user_id=person.user_id, quest_id=decision.quest_id))


@router.post(
    "/reopen", status_code=202, summary="Take back a decision about a quest", responses=ACCEPTED | errors(404, 409)
)
async def reopen_quest(decision: QuestDecision, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    """The quest is proposed again, and the mission that it became is gone. That is possible for an hour after the decision
    took effect (its job succeeded), as long as the mission was not started.
    """
    if not action.is_repeated:
        async with edge.sessions() as session:
            await mission_lifecycle.check_reopenable(session, person.user_id, decision.quest_id)
    return await action.accept(QuestReopened(user_id=person.user_id, quest_id=decision.quest_id))


@router.get("", summary="List quests, newest first")
async def list_quests(
    person: Person,
    session: Session,
    status: Annotated[QuestStatus | None, Query(description="Only quests with this status.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[QuestRead]:
    return await quest_service.list_quests(session, person.user_id, status=status, limit=limit, cursor=cursor)


@router.get("/{quest_id}", summary="Read a quest", responses=errors(404))
async def get_quest(quest_id: UUID, person: Person, session: Session) -> QuestRead:
    return QuestRead.model_validate(await quest_service.get_quest(session, person.user_id, quest_id))
