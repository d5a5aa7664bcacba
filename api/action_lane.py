"""The short way of actions: the plain POST of a person, without the framework's general machinery around it.

A route that takes nothing but a body, the person, the edge and the action is called directly: the body is read and checked,
the token and the rate are checked by the functions that its dependencies use, and its answer is written. Whatever is
not plain (another content type, an Idempotency-Key, a body that does not fit or is too large, no bearer token) goes the
framework's way, its body given again, so that every refusal of a request has one place that words it.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import Action, Person, TheEdge, admit_person, identify, plain_acceptance
from api.edge import Edge
from api.error_handlers import render
from api.identity import Identity
from schemas.checked_dataclass import checked_dataclass

_ACCEPTED = 202
_BEARER = b"bearer "
_JSON = (b"content-type", b"application/json")


@checked_dataclass(frozen=True, slots=True)
class _Request:
    """What a route may be given."""

    edge: Edge
    person: Identity
    acceptance: Any
    body: Any


_GIVERS: tuple[tuple[object, Callable[[_Request], Any]], ...] = (
    (Person, lambda request: request.person),
    (TheEdge, lambda request: request.edge),
    (Action, lambda request: request.acceptance),
)


@dataclass(frozen=True, slots=True)
class _PlainAction:
    """A route that can be called directly. `givers` make its arguments."""

    route: APIRoute
    endpoint: Callable[..., Awaitable[BaseModel]]
    givers: Mapping[str, Callable[[_Request], Any]]
    body: TypeAdapter[Any]
    answer: TypeAdapter[Any]

    @classmethod
    def of(cls, route: APIRoute) -> "_PlainAction | None":
        """None for a route that is no action, or takes anything else."""
        # What a route depends on beside its parameters (a role, for one) only the framework's way asks for.
        if route.status_code != _ACCEPTED or route.methods != {"POST"} or route.dependencies:
            return None
        givers: dict[str, Callable[[_Request], Any]] = {}
        model: type[BaseModel] | None = None
        signature = inspect.signature(route.endpoint, eval_str=True)
        for name, parameter in signature.parameters.items():
            wanted = parameter.annotation
            giver = next((give for known, give in _GIVERS if known == wanted), None)
            if giver is None and model is None and inspect.isclass(wanted) and issubclass(wanted, BaseModel):
                model, giver = wanted, lambda request: request.body
            if giver is None:
                return None
            givers[name] = giver
        if model is None:
            return None
        return cls(route, route.endpoint, givers, TypeAdapter(model), TypeAdapter(signature.return_annotation))

    async def answer_to(self, edge: Edge, scope: Scope, token: str, body: object) -> list[Message]:
        """The messages of the answer 202. Raises what the framework's way would render."""
        person = await identify(edge, token)
        await admit_person(edge, person)
        headers: dict[str, str] = {}
        request = _Request(edge, person, plain_acceptance(scope, headers, edge), body)
        result = await self.endpoint(**{name: give(request) for name, give in self.givers.items()})
        content = self.answer.dump_json(result, by_alias=True)
        raw = [(b"content-length", b"%d" % len(content)), _JSON]
        raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return [
            {"type": "http.response.start", "status": _ACCEPTED, "headers": raw},
            {"type": "http.response.body", "body": content},
        ]


class ActionLane:
    """Answers plain actions with a body of at most `max_bytes` itself and leaves everything else to `app`."""

    def __init__(self, app: ASGIApp, *, routers: Iterable[APIRouter], max_bytes: int) -> None:
        self.app = app
        routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
        self._actions = {route.path: action for route in routes if (action := _PlainAction.of(route)) is not None}
        self._max = max_bytes

    @property
    def paths(self) -> frozenset[str]:
        """The addresses that are answered here."""
        return frozenset(self._actions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        action = self._actions.get(scope["path"]) if scope["method"] == "POST" else None
        token = _plain_token(scope) if action is not None else None
        if action is None or token is None:
            await self.app(scope, receive, send)
            return
        messages, content = await _read(receive, self._max)
        try:
            body = action.body.validate_python(orjson.loads(content)) if content is not None else None
        except (orjson.JSONDecodeError, ValidationError):
            body = None
        if body is None:
            await self.app(scope, _again(messages, receive), send)
            return
        scope["route"] = action.route
        try:
            answer = await action.answer_to(scope["app"].state.edge, scope, token, body)
        except Exception as error:  # noqa: BLE001 - as on the framework's way, whatever it is has its envelope
            await render(error, scope.get("request_id"))(scope, receive, send)
            return
        for message in answer:
            await send(message)


def _plain_token(scope: Scope) -> str | None:
    """The bearer token of a plain JSON request; None when it is anything else."""
    token: str | None = None
    is_json = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            if token is not None or value[: len(_BEARER)].lower() != _BEARER:
                return None
            token = value[len(_BEARER) :].decode("latin-1").strip()
        elif name == b"content-type":
            is_json = value == b"application/json"
        elif name == b"idempotency-key":
            return None
    return token if is_json and token else None


async def _read(receive: Receive, most: int) -> tuple[list[Message], bytes | None]:
    """The messages of the body, and the body; None when it is larger than `most`, or the client left in its middle."""
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or size > most:
            return messages, None
        if not message.get("more_body", False):
            return messages, b"".join(part.get("body", b"") for part in messages)


def _again(messages: list[Message], receive: Receive) -> Receive:
    """What was read, then whatever comes."""
    waiting = iter(messages)

    async def receive_again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return receive_again
