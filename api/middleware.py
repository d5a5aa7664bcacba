"""What requests pass: RequestContext first of all; ErrorBoundary and BodyLimit on the framework's way. Pure ASGI."""

import re
import time
from functools import cache

import structlog
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error_handlers import render
from api.request_facts import RequestFacts
from infra.line_facts import line_facts
from infra.line_log import LineLog
from infra.metrics import HTTP_DURATION, HTTP_REQUESTS
from schemas.ids import new_id

log = structlog.get_logger("api.access")
access_log = LineLog("api.access")

_REQUEST_ID = b"x-request-id"
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# Asked for all the time by machines: their lines would drown the others.
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What is noted when the client left before there was an answer; nobody is sent it.
CLIENT_GONE = 499

# As they travel: names in small letters, in bytes.
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class RequestContext:
    """Gives the request its id, bound to every log line, sets the security headers, and writes one access line."""

    def __init__(self, app: ASGIApp, *, strict_transport: bool) -> None:
        self.app = app
        self._headers = (*_SECURITY_HEADERS, _STRICT_TRANSPORT) if strict_transport else _SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _given_id(scope) or str(new_id())
        scope["request_id"] = request_id
        # Anew: a pipelined request is started by the one before it, in its context.
        line_facts.set(RequestFacts(request_id))
        headers = ((_REQUEST_ID, request_id.encode()), *self._headers)
        started = time.perf_counter()
        status = CLIENT_GONE
        answered = 0.0

        async def send_with_headers(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = time.perf_counter()
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(header for header in headers if header[0] not in given)]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            method = scope["method"]
            route = getattr(scope.get("route"), "path", "unmatched")
            _count(method, route, status, answered - started if answered else None)
            write = log.debug if route in _PROBES else access_log.info
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            write("http.request", method=method, route=route, status=status, duration_ms=duration_ms)


def _given_id(scope: Scope) -> str | None:
    """The id that the client gave its request, when it is a sane one."""
    for name, value in scope["headers"]:
        if name == _REQUEST_ID:
            given = value.decode("latin-1")
            return given if _SANE_REQUEST_ID.fullmatch(given) else None
    return None


def _count(method: str, route: str, status: int, seconds: float | None) -> None:
    # Anything may stand as the method of a request; as a label it would be a series of its own.
    method = method if method in _METHODS else "other"
    requests, durations = _metrics(method, route, status)
    requests.inc()
    if seconds is not None:
        durations.observe(seconds)


# As many as there are series anyway.
@cache
def _metrics(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return HTTP_REQUESTS.labels(method, route, status), HTTP_DURATION.labels(method, route)


class ErrorBoundary:
    """Turns what no handler expected into its envelope: the last one who can still answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if started:
                raise
            await render(error, scope.get("request_id"))(scope, receive, send)


class BodyLimit:
    """Refuses a body that says, or turns out, to be larger than `max_bytes`."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self.app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced) > self._max:
            await render(self._too_large(), scope.get("request_id"))(scope, receive, send)
            return
        received = 0

        async def receive_and_count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max:
                raise self._too_large()
            return message

        await self.app(scope, receive_and_count, send)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"The body is too large; at most {self._max} bytes are accepted.")
