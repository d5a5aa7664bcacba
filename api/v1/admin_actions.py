"""What operators did, for operators: who, what, to what, and when."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Operator, Session
from api.responses import PERSON_ERRORS
from schemas.job_admin import ActionQuery, OperatorActionRead
from schemas.pages import Page
from services import operator_action_service

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=PERSON_ERRORS)


@router.get("/actions", summary="Read what operators did, the latest first")
async def search_operator_actions(
    _: Operator, session: Session, query: Annotated[ActionQuery, Query()]
) -> Page[OperatorActionRead]:
    return await operator_action_service.search(session, query)
