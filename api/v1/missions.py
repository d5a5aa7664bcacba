"""Missions: looked at, started, completed, abandoned. The actions are events; their answer is 202."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Action, Cursor, Limit, Person, Session, TheEdge
from api.responses import ACCEPTED, PERSON_ERRORS, errors
from schemas.jobs import JobAccepted
from schemas.missions import (
    MissionAbandon,
    MissionAbandoned,
    MissionComplete,
    MissionCompleted,
    MissionRead,
    MissionStart,
    MissionStarted,
    MissionStatus,
    TriadMission,
)
from schemas.pages import Page
from services import mission_service

router = APIRouter(prefix="/api/v1/missions", tags=["missions"], responses=PERSON_ERRORS)
_ACTION = ACCEPTED | errors(404, 409)


@router.post("/start", status_code=202, summary="Start a mission; a briefing follows", responses=_ACTION)
async def start_mission(start: MissionStart, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await mission_service.check_startable(session, person.user_id, start.mission_id, alongside=start.alongside)
    return await action.accept(MissionStarted(user_id=person.user_id, **vars(start)))


@router.post("/complete", status_code=202, summary="Complete a mission; it earns essence", responses=_ACTION)
async def complete_mission(complete: MissionComplete, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await mission_service.check_completable(session, person.user_id, complete.mission_id)
    return await action.accept(MissionCompleted(user_id=person.user_id, **vars(complete)))


@router.post("/abandon", status_code=202, summary="Abandon a mission", responses=_ACTION)
async def abandon_mission(abandon: MissionAbandon, person: Person, edge: TheEdge, action: Action) -> JobAccepted:
    if not action.is_repeated:
        async with edge.sessions() as session:
            await mission_service.check_abandonable(session, person.user_id, abandon.mission_id)
    return await action.accept(MissionAbandoned(user_id=person.user_id, **vars(abandon)))


@router.get("", summary="List missions, newest first")
async def list_missions(
    person: Person,
    session: Session,
    status: Annotated[MissionStatus | None, Query(description="Only missions with this status.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MissionRead]:
    return await mission_service.list_missions(session, person.user_id, status=status, limit=limit, cursor=cursor)


@router.get("/triad", summary="The up to three pending missions to look at now, the most fitting first")
async def get_triad(person: Person, session: Session) -> list[TriadMission]:
    return await mission_service.triad(session, person.user_id)


@router.get("/{mission_id}", summary="Read a mission", responses=errors(404))
async def get_mission(mission_id: UUID, person: Person, session: Session) -> MissionRead:
    return MissionRead.model_validate(await mission_service.get_mission(session, person.user_id, mission_id))
