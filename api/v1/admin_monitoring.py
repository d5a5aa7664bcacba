"""What operators see: the lag of every group, and the alerts. Both were measured elsewhere and are only read here."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Session, TheEdge, require_operator
from api.responses import errors
from infra.exceptions import ServiceUnavailable
from infra.lag_board import read_snapshot
from schemas.alerts import AlertsRead
from schemas.lag import LagHistory, LagSnapshot
from services import alert_service, lag_history

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


@router.get("/lag/history", summary="Read how much waited for each job type over time, and for how long")
async def get_lag_history(
    session: Session,
    window_minutes: Annotated[int, Query(ge=1, le=2_880, description="The last minutes; two days are kept.")] = 60,
    points: Annotated[int, Query(ge=2, le=1_000, description="About so many points for each job type.")] = 120,
    job_type: Annotated[str | None, Query(max_length=64, description="Of this job type only.")] = None,
) -> LagHistory:
    return await lag_history.read_history(
        session, window=timedelta(minutes=window_minutes), points=points, job_type=job_type
    )


@router.get("/alerts", summary="Read the alerts that fire, and those that were resolved last")
async def get_alerts(
    session: Session,
    recent: Annotated[int, Query(ge=0, le=500, description="How many resolved ones to read.")] = alert_service.RECENT,
) -> AlertsRead:
    return await alert_service.list_alerts(session, recent=recent)
