"""The error responses of path operations, as OpenAPI shows them: each is the envelope."""

from typing import Any

from schemas.errors import ErrorEnvelope

_DESCRIPTIONS = {
    401: "No token, or one that is not good.",
    403: "The token lacks the role that this needs.",
    404: "There is no such thing, or it is somebody else's.",
    409: "The present state does not allow it.",
    410: "Everything of this person was deleted on their request not long ago.",
    413: "The body is too large.",
    415: "The content type is not one of those accepted.",
    422: "The request is malformed; the message says where and why.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "Something went wrong on our side.",
    503: "A part of the system is away; `Retry-After` says when to try again.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
_REQUEST_ID = {"X-Request-ID": {"description": "The id of the request, in our logs too.", "schema": {"type": "string"}}}

Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: int) -> Responses:
    """These errors, documented."""
    return {
        status: {
            "model": ErrorEnvelope,
            "description": _DESCRIPTIONS[status],
            "headers": _REQUEST_ID | (_RETRY_AFTER if status in (429, 503) else {}),
        }
        for status in statuses
    }


# What any endpoint of a person may answer. A framework's 400 is a body that could not be read to its end.
PERSON_ERRORS = errors(401, 403, 410, 413, 422, 429, 500, 503)

ACCEPTED: Responses = {
    202: {
        "description": "Kafka holds the event. Follow `Location` or the SSE stream for what becomes of it.",
        "headers": _REQUEST_ID | {"Location": {"description": "Where the job is.", "schema": {"type": "string"}}},
    }
}
