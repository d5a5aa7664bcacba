"""Consumer groups, for operators: which there are and who works for them, pause, resume."""

from fastapi import APIRouter

from api.dependencies import Operator, Session, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.job_admin import GroupPauseOrder, GroupRead
from services import group_service

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=PERSON_ERRORS)


@router.get("/groups", summary="List the consumer groups, which are paused, and their workers")
async def list_consumer_groups(_: Operator, session: Session, edge: TheEdge) -> list[GroupRead]:
    return await group_service.list_groups(session, edge.redis, edge.subscriptions)


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
