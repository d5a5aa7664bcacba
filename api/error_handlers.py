"""Every error is the envelope `{"error": {"type", "message", "code"}, "request_id"}`, and never a stack trace."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from infra.exceptions import (
    Conflict,
    DelightException,
    InvalidRequest,
    NotFound,
    NotPermitted,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from schemas.errors import ErrorBody, ErrorEnvelope

log = structlog.get_logger(__name__)

# SQLSTATE classes that say nothing about the statement: connection, rollback by the server, resources, operator, system.
_UNAVAILABLE_CLASSES = ("08", "40", "53", "55", "57", "58")

# What the framework raises itself, in our words.
_NAMES: Mapping[int, tuple[str, str]] = {
    401: (Unauthenticated.__name__, Unauthenticated.code),
    403: (NotPermitted.__name__, NotPermitted.code),
    404: (NotFound.__name__, NotFound.code),
    405: ("MethodNotAllowed", "method_not_allowed"),
    409: (Conflict.__name__, Conflict.code),
    413: ("BodyTooLarge", "body_too_large"),
    415: ("UnsupportedMediaType", "unsupported_media_type"),
    422: (InvalidRequest.__name__, InvalidRequest.code),
}
_MESSAGES: Mapping[int, str] = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
}

_SHOWN_PROBLEMS = 5


def install_error_handlers(app: FastAPI) -> None:
    """Render what the routers raise. What they did not expect is rendered by `ErrorBoundary` through `render`."""

    async def handle(request: Request, error: Exception) -> Response:
        return render(error, request.scope.get("request_id"))

    for kind in (DelightException, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)


def render(error: Exception, request_id: str | None) -> Response:
    """The response to `error`. What nobody expected is logged with its traceback."""
    match error:
        case DelightException():
            return _render_ours(error, request_id)
        case RequestValidationError():
            return _render_ours(InvalidRequest(_problems(error)), request_id)
        case HTTPException(status_code=400):
            # The framework could not read the body to its end; for us that is one more malformed request.
            return _render_ours(InvalidRequest(error.detail), request_id)
        case HTTPException():
            name, code = _NAMES.get(error.status_code, ("RequestError", "bad_request"))
            message = _MESSAGES.get(error.status_code, error.detail)
            return error_response(
                error.status_code, name, message, code=code, request_id=request_id, headers=error.headers
            )
    if is_unavailable(error):
        log.warning("http.infrastructure_away", error=repr(error))
        return _render_ours(ServiceUnavailable("A part of the system is away. Try again soon."), request_id)
    return _render_unexpected(error, request_id)


def error_response(
    status: int,
    name: str,
    message: str,
    *,
    code: str,
    request_id: str | None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The envelope."""
    body = ErrorEnvelope(error=ErrorBody(type=name, message=message, code=code), request_id=request_id)
    return Response(body.model_dump_json(), status, headers, media_type="application/json")


def is_unavailable(error: BaseException) -> bool:
    """Whether Postgres, Redis or the network is away, so that the same request may succeed later."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return not isinstance(state, str) or state[:2] in _UNAVAILABLE_CLASSES
    return isinstance(
        error,
        (
            OSError,
            PoolTimeoutError,
            RedisConnectionError,
            RedisTimeoutError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ),
    )


def _render_ours(error: DelightException, request_id: str | None) -> Response:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not error.retryable:
        return _render_unexpected(error, request_id)
    headers: dict[str, str] = {}
    if isinstance(error, (ServiceUnavailable, TooManyRequests)):
        headers["Retry-After"] = str(max(1, ceil(error.retry_after.total_seconds())))
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return error_response(
        error.status_code,
        type(error).__name__,
        error.message,
        code=error.code,
        request_id=request_id,
        headers=headers,
    )


def _render_unexpected(error: Exception, request_id: str | None) -> Response:
    log.error("http.unexpected_error", exc_info=error)
    return error_response(
        500, "InternalError", "Something went wrong on our side.", code="internal_error", request_id=request_id
    )


def _problems(error: RequestValidationError) -> str:
    """Where and why, without the values, which may be private."""
    problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
    if len(problems) > _SHOWN_PROBLEMS:
        problems[_SHOWN_PROBLEMS:] = [f"and {len(problems) - _SHOWN_PROBLEMS} more"]
    return "; ".join(problems)
