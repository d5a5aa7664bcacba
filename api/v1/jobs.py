"""Jobs: what became of an accepted event in each consumer group."""

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import Person, Session, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.jobs import EventStatusRead
from services import job_service

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=PERSON_ERRORS)


@router.get("/{job_id}", summary="Read the status of an accepted event", responses=errors(404))
async def get_job(job_id: UUID, person: Person, session: Session, edge: TheEdge) -> EventStatusRead:
    return await job_service.read_event_status(session, edge.redis, job_id, person.user_id, edge.subscriptions)
