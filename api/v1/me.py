"""The person themselves: their clock, everything that is kept of them to take along, and its deletion."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from api.dependencies import Action, Person, Session, TheEdge
from api.responses import ACCEPTED, PERSON_ERRORS, Responses
from schemas.jobs import JobAccepted
from schemas.persons import PersonDeletionRequested, PersonRead, PersonWrite
from services import user_service
from services.data_export import export_person

router = APIRouter(prefix="/api/v1/me", tags=["me"], responses=PERSON_ERRORS)

_EXPORT: Responses = {
    200: {
        "description": "One JSON document: the rows of the person, table by table.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.get("", summary="Read the person's clock")
async def get_me(person: Person, session: Session) -> PersonRead:
    return await user_service.read_person(session, person.user_id)


@router.put("", summary="Set the person's time zone and quiet hours")
async def put_me(wanted: PersonWrite, person: Person, session: Session) -> PersonRead:
    return await user_service.write_person(session, person.user_id, wanted)


@router.get(
    "/export", summary="Take everything along that is kept", response_class=StreamingResponse, responses=_EXPORT
)
async def export_me(person: Person, edge: TheEdge) -> StreamingResponse:
    pieces = export_person(edge.sessions, person.user_id)
    # Before the status is sent: a database that is away is a 503, and no document that stops short.
    first = await anext(pieces)

    async def document() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return StreamingResponse(
        document(),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="delight-export.json"', "Cache-Control": "no-store"},
    )


@router.delete("", status_code=202, summary="Delete everything that is kept, for good", responses=ACCEPTED)
async def delete_me(person: Person, action: Action) -> JobAccepted:
    """While it is under way `Location` says so; afterwards it is 404 like everything else of the person.

    For thirty days what would create something of theirs is refused with 410; then the subject may begin anew.
    """
    return await action.accept(PersonDeletionRequested(user_id=person.user_id))
