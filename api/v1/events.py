"""Events from systems of ours: CloudEvents over HTTP, single or in a batch."""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request

from api.cloudevents_http import BATCH, BINARY, MAX_BATCH, STRUCTURED, EventReader
from api.dependencies import TheEdge, require_publisher
from api.responses import errors
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.jobs import EventsAccepted
from services import job_service

router = APIRouter(prefix="/api/v1/events", tags=["events"], responses=errors(401, 403, 413, 415, 422, 500, 503))

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {
            "type": "string",
            "minLength": 1,
            "description": "A UUID is kept; another id is known by a derived one.",
        },
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "type": {"type": "string", "enum": list(EVENTS_BY_TYPE)},
        "time": {"type": "string", "format": "date-time"},
        "correlationid": {"type": "string", "maxLength": 128},
        "data": {"type": "object", "description": "As the type's JSON Schema at /asyncapi says."},
    },
    "examples": [
        {
            "specversion": "1.0",
            "id": "0198b0c0-7c1e-7d3a-9a55-3f1c5a1f1d10",
            "source": "/campaigns",
            "type": "quest.requested",
            "data": {"user_id": "person-1", "count": 3},
        }
    ],
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "In binary mode the attributes are `ce-` headers and the body is the data.",
        "content": {
            STRUCTURED: {"schema": _EVENT},
            BATCH: {"schema": {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MAX_BATCH}},
            BINARY: {"schema": {"type": "object"}},
        },
    }
}


@router.post(
    "", status_code=202, summary="Publish events", openapi_extra=_BODY, dependencies=[Depends(require_publisher)]
)
async def publish_events(request: Request, edge: TheEdge) -> EventsAccepted:
    """Publish one CloudEvent, or a batch of which either all are valid or none is published.

    After a 503 send the same events again: those that did arrive have no second effect.
    """
    reader = EventReader(edge.settings.max_event_bytes, request.scope.get("request_id"))
    envelopes = reader.read(request.headers, await request.body())
    await asyncio.gather(*(edge.publisher.publish(envelope) for envelope in envelopes))
    for marking in [job_service.mark_queued(edge.commands, envelope) for envelope in envelopes]:
        await job_service.marked(marking)
    return EventsAccepted(ids=[envelope.id for envelope in envelopes])
