"""Check that an error is the envelope that every error of the API must be."""

import httpx

from schemas.errors import ErrorBody, ErrorEnvelope


def assert_error(response: httpx.Response, status: int, code: str) -> ErrorBody:
    """The error of a response that must have this status and code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"error", "request_id"}
    envelope = ErrorEnvelope.model_validate(response.json())
    assert envelope.error.code == code
    assert envelope.request_id == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    return envelope.error
