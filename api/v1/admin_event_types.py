"""Event types, for operators: what an edited event must look like."""

from fastapi import APIRouter

from api.dependencies import Operator, TheEdge
from api.responses import PERSON_ERRORS, errors
from schemas.event_types import EventTypeDetail, EventTypeRead
from services import event_type_service

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=PERSON_ERRORS)


@router.get("/event-types", summary="List the event types and who handles them")
async def list_event_types(_: Operator, edge: TheEdge) -> list[EventTypeRead]:
    return event_type_service.list_types(edge.subscriptions)


@router.get("/event-types/{event_type}", summary="Read the schema of an event type", responses=errors(404))
async def get_event_type(event_type: str, _: Operator, edge: TheEdge) -> EventTypeDetail:
    return event_type_service.read_type(event_type, edge.subscriptions)
