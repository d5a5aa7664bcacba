"""What operators see: the lag of every group, and the alerts. Both were measured elsewhere and are only read here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Session, TheEdge, require_operator
from api.responses import errors
from infra.exceptions import ServiceUnavailable
from infra.lag_board import read_snapshot
from schemas.alerts import AlertsRead
from schemas.lag import LagSnapshot
from services import alert_service

router = APIRouter(
    prefix="/api/v1/admin",
    tags=["admin"],
    dependencies=[Depends(require_operator)],
    responses=errors(401, 403, 422, 500, 503),
)


@router.get("/lag", summary="Read what waits for each consumer group, and since when")
async def get_lag(edge: TheEdge) -> LagSnapshot:
    """The monitor's last snapshot, a few seconds old. Without a monitor it is 503."""
    snapshot = await read_snapshot(edge.redis)
    if snapshot is None:
        raise ServiceUnavailable("No monitor has measured lately. Start one with `delight monitor`.")
    return snapshot


@router.get("/alerts", summary="Read the alerts that fire, and those that were resolved last")
async def get_alerts(
    session: Session,
    recent: Annotated[int, Query(ge=0, le=500, description="How many resolved ones to read.")] = alert_service.RECENT,
) -> AlertsRead:
    return await alert_service.list_alerts(session, recent=recent)
