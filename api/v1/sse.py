"""Server-sent events: a person's streams of frames, and the tickets that let a browser's EventSource open them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from api.dependencies import Credentials, Person, TheEdge, authenticate, require_role
from api.event_stream import EventStreamResponse
from api.identity import Identity, Role
from api.request_facts import note_person
from api.responses import PERSON_ERRORS, Responses
from api.tickets import GOOD_FOR
from schemas.frames import StreamType, TicketRead

router = APIRouter(prefix="/api/v1/sse", tags=["sse"], responses=PERSON_ERRORS)

_STREAM: Responses = {
    200: {
        "description": (
            "Frames as they come: `id` to resume from, `event` the frame's type, `data` JSON with the same `type`. "
            "Comments keep the connection alive. A `reset` frame means that frames may be lost: load the present state."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}

Ticket = Annotated[str | None, Query(max_length=64, description="From `POST /api/v1/sse/tickets`, instead of a token.")]


async def authenticate_reader(edge: TheEdge, credentials: Credentials, ticket: Ticket = None) -> Identity:
    """A token in the header, or a ticket in the query; the same rules hold for both."""
    if credentials is not None or ticket is None:
        identity = await authenticate(edge, credentials)
    else:
        identity = await edge.tickets.redeem(ticket)
        note_person(identity.user_id)
    require_role(identity, Role.USER)
    await edge.limiter.check(identity.user_id)
    return identity


@router.post("/tickets", status_code=201, summary="Get a single-use ticket for an EventSource")
async def create_ticket(person: Person, edge: TheEdge) -> TicketRead:
    return TicketRead(ticket=await edge.tickets.issue(person), expires_in=int(GOOD_FOR.total_seconds()))


@router.get("/{stream_type:path}", summary="Read a stream of frames", response_class=Response, responses=_STREAM)
async def read_stream(
    stream_type: Annotated[StreamType, Path(description="`updates` has every frame but tokens.")],
    edge: TheEdge,
    reader: Annotated[Identity, Depends(authenticate_reader)],
    last_event_id_header: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Resume after this frame.")
    ] = None,
    last_event_id: Annotated[str | None, Query(description="The same, for a first connection.")] = None,
) -> Response:
    # A browser that reconnects by itself sends the newer one as a header, to the address it had at first.
    stream = await edge.hub.open(reader.user_id, stream_type, last_event_id_header or last_event_id or None)
    return EventStreamResponse(stream, edge.hub, heartbeat=edge.settings.sse_heartbeat, until=reader.expires_at)
