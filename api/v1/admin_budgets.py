"""Budgets of persons, for operators: what somebody may spend on chat models a day, and what they have spent."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import Operator, Session, TheEdge
from api.responses import PERSON_ERRORS
from schemas.cost import BudgetRead, BudgetWrite
from services import budget_service

router = APIRouter(prefix="/api/v1/admin/budgets", tags=["admin"], responses=PERSON_ERRORS)

# A subject may contain anything but control characters, slashes too.
PersonId = Annotated[
    str, Path(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$", description="The subject of their token.")
]


@router.get("/{user_id:path}", summary="Read a person's own daily budget, and what they spent today")
async def get_budget(user_id: PersonId, _: Operator, session: Session, edge: TheEdge) -> BudgetRead:
    return await budget_service.read_own_budget(session, user_id, edge.settings, datetime.now(UTC))


@router.put("/{user_id:path}", summary="Set a person's own daily budget")
async def put_budget(
    user_id: PersonId, wanted: BudgetWrite, operator: Operator, session: Session, edge: TheEdge
) -> BudgetRead:
    """What is left out falls back to the common budget. Work that waits for the person's next day starts at once if the
    new budget allows it.
    """
    return await budget_service.set_budget(
        session, user_id, wanted, edge.settings, operator=operator.user_id, now=datetime.now(UTC)
    )
