"""Jobs and groups, for operators: find, look into, count, cancel, pause, resume."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Operator, Session, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.job_admin import (
    GroupPauseOrder,
    GroupRead,
    JobCancelled,
    JobDetail,
    JobLine,
    JobQuery,
    OperatorActionRead,
    StatsRead,
)
from schemas.pages import Page
from services import group_service, job_desk, operator_action_service

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=PERSON_ERRORS)


@router.get("/jobs", summary="Find jobs, the last settled first")
async def search_jobs(_: Operator, session: Session, query: Annotated[JobQuery, Query()]) -> Page[JobLine]:
    return await job_desk.search(session, query)


@router.get("/jobs/stats", summary="Read the numbers of each job type")
async def get_job_stats(
    _: Operator,
    session: Session,
    window_minutes: Annotated[int, Query(ge=1, le=10_080, description="Jobs settled within the last minutes.")] = 60,
) -> StatsRead:
    return await job_desk.read_stats(session, timedelta(minutes=window_minutes))


@router.get("/jobs/{event_id}", summary="Read every job of an event, with its history", responses=errors(404))
async def get_admin_jobs(event_id: UUID, _: Operator, session: Session) -> list[JobDetail]:
    return await job_desk.read_jobs(session, event_id)


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


@router.get("/groups", summary="List the consumer groups and which are paused")
async def list_consumer_groups(_: Operator, session: Session, edge: TheEdge) -> list[GroupRead]:
    return await group_service.list_groups(session, edge.subscriptions)


@router.post("/groups/{group}/pause", summary="Let a group start nothing more", responses=errors(404, 409))
async def pause_group(
    group: str, order: GroupPauseOrder, operator: Operator, session: Session, edge: TheEdge
) -> GroupRead:
    return await group_service.pause(
        session,
        edge.redis,
        group=group,
        reason=order.reason,
        operator=operator.user_id,
        subscriptions=edge.subscriptions,
    )


@router.post("/groups/{group}/resume", summary="Let a paused group work again", responses=errors(404, 409))
async def resume_group(group: str, operator: Operator, session: Session, edge: TheEdge) -> GroupRead:
    return await group_service.resume(
        session, edge.redis, group=group, operator=operator.user_id, subscriptions=edge.subscriptions
    )


@router.get("/actions", summary="Read what operators did, the latest first")
async def list_operator_actions(
    _: Operator, session: Session, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[OperatorActionRead]:
    return [OperatorActionRead.model_validate(row) for row in await operator_action_service.read_latest(session, limit)]
