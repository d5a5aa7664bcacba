"""What a path operation may ask for, as annotated types: `person: Person`, `session: Session`, `action: Action`, …"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Scope

from api.acceptance import Acceptance, AnswerHeaders
from api.edge import Edge
from api.idempotency import digest, keyed_event_id
from api.identity import Identity, Role
from api.request_facts import note_person
from infra.exceptions import NotPermitted, Unauthenticated
from schemas.ids import new_id
from services.paging import MAX_PAGE

_bearer = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="A token of the OIDC provider."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


# Async, since a plain function would be called in a thread, once for each that depends on it.
async def get_edge(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge


TheEdge = Annotated[Edge, Depends(get_edge)]


async def get_session(edge: TheEdge) -> AsyncIterator[AsyncSession]:
    """One transaction for the path operation: committed when it returns, rolled back when it raises."""
    async with edge.sessions() as session, session.begin():
        yield session


# "function" ends the transaction before the response is sent: what the client reads is committed.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def authenticate(edge: TheEdge, credentials: Credentials) -> Identity:
    if credentials is None:
        raise Unauthenticated("Send `Authorization: Bearer <token>`.")
    return await identify(edge, credentials.credentials)


async def identify(edge: Edge, token: str) -> Identity:
    """Who sends this token; log lines say so from here on."""
    identity = await edge.verifier.verify(token)
    note_person(identity.user_id)
    return identity


async def require_person(edge: TheEdge, identity: Annotated[Identity, Depends(authenticate)]) -> Identity:
    await admit_person(edge, identity)
    return identity


async def admit_person(edge: Edge, identity: Identity) -> None:
    """Raises `NotPermitted` for who is no person, and `TooManyRequests` for one who sends too many."""
    require_role(identity, Role.USER)
    await edge.limiter.check(identity.user_id)


async def require_publisher(identity: Annotated[Identity, Depends(authenticate)]) -> None:
    # Publishers are systems of ours: the limit of persons is not theirs.
    require_role(identity, Role.PUBLISHER)


async def require_operator(identity: Annotated[Identity, Depends(authenticate)]) -> Identity:
    require_role(identity, Role.OPERATOR)
    return identity


def require_role(identity: Identity, role: Role) -> None:
    """Raises `NotPermitted` unless the identity has the role."""
    if role not in identity.roles:
        raise NotPermitted(f"This needs the role {role.value!r}.")


Person = Annotated[Identity, Depends(require_person)]
Operator = Annotated[Identity, Depends(require_operator)]

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items of one page.")]
Cursor = Annotated[str | None, Query(max_length=128, description="The `next_cursor` of the page before.")]

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="The same key makes a repeated request the same event; another body under it is refused.",
    ),
]


async def get_acceptance(
    request: Request, response: Response, edge: TheEdge, person: Person, idempotency_key: IdempotencyKey = None
) -> Acceptance:
    records = edge.records
    body_digest: str | None = None
    event_id, is_repeated = new_id(), False
    if idempotency_key is not None:
        event_id = keyed_event_id(person.user_id, request.url.path, idempotency_key)
        body_digest = digest(await request.body())
        is_repeated = await records.is_repeated(event_id, body_digest)
    return Acceptance(
        publisher=edge.publisher,
        commands=edge.commands,
        records=records,
        budgets=edge.budgets,
        headers=response.headers,
        request_id=request.scope.get("request_id"),
        traceparent=request.headers.get("traceparent"),
        event_id=event_id,
        body_digest=body_digest,
        is_repeated=is_repeated,
    )


def plain_acceptance(scope: Scope, headers: AnswerHeaders, edge: Edge) -> Acceptance:
    """The same for a request without an Idempotency-Key, made without the framework."""
    return Acceptance(
        publisher=edge.publisher,
        commands=edge.commands,
        records=edge.records,
        budgets=edge.budgets,
        headers=headers,
        request_id=scope.get("request_id"),
        traceparent=next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None),
        event_id=new_id(),
        body_digest=None,
        is_repeated=False,
    )


Action = Annotated[Acceptance, Depends(get_acceptance)]
