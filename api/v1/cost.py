"""Cost: what the person's chat models took today, and what happens when the daily budget is spent."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Person, Session, TheEdge
from api.responses import PERSON_ERRORS
from schemas.cost import CostDay, CostToday
from services import cost_service

router = APIRouter(prefix="/api/v1/cost", tags=["cost"], responses=PERSON_ERRORS)


@router.get("/today", summary="Read what was spent today, and the daily budget")
async def get_cost_today(person: Person, session: Session, edge: TheEdge) -> CostToday:
    return await cost_service.read_cost_today(session, person.user_id, edge.settings, datetime.now(UTC))


@router.get("/days", summary="Read what was spent day by day, the latest first")
async def get_cost_days(
    person: Person,
    session: Session,
    days: Annotated[int, Query(ge=1, le=366, description="How many days back, today included.")] = 30,
) -> list[CostDay]:
    return await cost_service.read_cost_days(session, person.user_id, days=days, now=datetime.now(UTC))
