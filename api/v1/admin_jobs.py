"""Jobs, for operators: all at a glance, find, look into, follow, count, cancel."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Operator, Session, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.job_admin import JobCancelled, JobDetail, JobLine, JobQuery, StatsRead
from schemas.journeys import Journey
from schemas.overview import OverviewRead
from schemas.pages import Page
from services import job_desk, journey_service, overview_service

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=PERSON_ERRORS)

WindowMinutes = Annotated[int, Query(ge=1, le=10_080, description="Jobs settled within the last minutes.")]


@router.get("/overview", summary="Read the state of every job type")
async def get_overview(
    _: Operator, session: Session, edge: TheEdge, window_minutes: WindowMinutes = 60
) -> OverviewRead:
    return await overview_service.read_overview(
        session, edge.redis, edge.subscriptions, window=timedelta(minutes=window_minutes)
    )


@router.get("/jobs", summary="Find jobs, the last settled first")
async def search_jobs(_: Operator, session: Session, query: Annotated[JobQuery, Query()]) -> Page[JobLine]:
    return await job_desk.search(session, query)


@router.get("/jobs/stats", summary="Read the numbers of each job type")
async def get_job_stats(_: Operator, session: Session, window_minutes: WindowMinutes = 60) -> StatsRead:
    return await job_desk.read_stats(session, timedelta(minutes=window_minutes))


@router.get("/jobs/{event_id}", summary="Read every job of an event, with its history", responses=errors(404))
async def get_admin_jobs(event_id: UUID, _: Operator, session: Session) -> list[JobDetail]:
    return await job_desk.read_jobs(session, event_id)


@router.get("/jobs/{event_id}/journey", summary="Follow an event, and all that it caused", responses=errors(404))
async def get_journey(event_id: UUID, _: Operator, session: Session, edge: TheEdge) -> Journey:
    return await journey_service.read_journey(session, edge.redis, event_id, edge.subscriptions)


@router.post(
    "/jobs/{event_id}/{job_type}/cancel", summary="Cancel a job that waits or runs", responses=errors(404, 409)
)
async def cancel_job(
    event_id: UUID, job_type: str, operator: Operator, session: Session, edge: TheEdge
) -> JobCancelled:
    return await job_desk.cancel(
        session,
        edge.redis,
        event_id=event_id,
        job_type=job_type,
        operator=operator.user_id,
        subscriptions=edge.subscriptions,
    )
