"""Goals: plain records that a person edits; no job is involved."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api.dependencies import Cursor, Limit, Person, Session
from api.responses import PERSON_ERRORS, errors
from schemas.goals import GoalCreate, GoalRead, GoalStatus, GoalUpdate
from schemas.pages import Page
from services import goal_service

router = APIRouter(prefix="/api/v1/goals", tags=["goals"], responses=PERSON_ERRORS)


@router.post("", status_code=201, summary="Write down a goal")
async def create_goal(goal: GoalCreate, request: Request, person: Person, session: Session) -> GoalRead:
    row = await goal_service.create_goal(session, person.user_id, goal, correlation_id=request.scope.get("request_id"))
    return GoalRead.model_validate(row)


@router.get("", summary="List goals, newest first")
async def list_goals(
    person: Person,
    session: Session,
    status: Annotated[GoalStatus | None, Query(description="Only goals with this status.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GoalRead]:
    return await goal_service.list_goals(session, person.user_id, status=status, limit=limit, cursor=cursor)


@router.patch("/{goal_id}", summary="Change or archive a goal", responses=errors(404))
async def update_goal(goal_id: UUID, change: GoalUpdate, person: Person, session: Session) -> GoalRead:
    return GoalRead.model_validate(await goal_service.update_goal(session, person.user_id, goal_id, change))
