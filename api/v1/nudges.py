"""Nudges: whether and how the person wants them, what was sent, and what they say to it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Action, Cursor, Limit, Person, Session, TheEdge
from api.responses import ACCEPTED, PERSON_ERRORS, errors
from schemas.jobs import JobAccepted
from schemas.nudges import (
    NudgeAnswered,
    NudgePreferencesRead,
    NudgePreferencesWrite,
    NudgeRead,
    NudgeRespond,
    NudgeStatus,
)
from schemas.pages import Page
from services import nudge_preferences, nudge_service

router = APIRouter(prefix="/api/v1/nudges", tags=["nudges"], responses=PERSON_ERRORS)


@router.get("", summary="List nudges that are over or delivered, newest first")
async def list_nudges(
    person: Person,
    session: Session,
    status: Annotated[NudgeStatus | None, Query(description="Only nudges with this status.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[NudgeRead]:
    return await nudge_service.list_nudges(session, person.user_id, status=status, limit=limit, cursor=cursor)


@router.get("/preferences", summary="Read how the person wants to be nudged")
async def get_nudge_preferences(person: Person, session: Session) -> NudgePreferencesRead:
    return await nudge_preferences.read_preferences(session, person.user_id)


@router.put("/preferences", summary="Set how the person wants to be nudged")
async def put_nudge_preferences(
    wanted: NudgePreferencesWrite, person: Person, session: Session, edge: TheEdge
) -> NudgePreferencesRead:
    return await nudge_preferences.write_preferences(
        session, person.user_id, wanted, trusting=edge.settings.in_development
    )


@router.post("/respond", status_code=202, summary="Answer a nudge", responses=ACCEPTED | errors(404, 409))
async def respond_to_nudge(answer: NudgeRespond, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await nudge_service.check_answerable(session, person.user_id, answer.nudge_id)
    return await action.accept(NudgeAnswered(user_id=person.user_id, **vars(answer)))
