"""The OpenAPI document against the edge: schemathesis makes requests of every kind, as everybody who may come.

Every response must be documented with its status, type, headers and schema, no request may be a 500, and every error is
the envelope.
"""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.identity import Role
from schemas.errors import ErrorEnvelope
from tests.support.running_api import RunningApi

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A stream has no end to wait for; its errors are tested by hand.
ENDLESS = "read_stream"
EXAMPLES = 8

WHO: dict[str, tuple[Role, ...] | None] = {
    "person": (Role.USER,),
    "publisher": (Role.PUBLISHER,),
    "anonymous": None,
}


@pytest.mark.parametrize("who", WHO)
async def test_every_response_is_as_documented(api: RunningApi, user_id: str, who: str) -> None:
    roles = WHO[who]
    headers = {} if roles is None else api.headers(user_id, *roles)
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{api.url}/openapi.json")
    called = await asyncio.to_thread(call_every_operation, schema, headers)
    assert called


def call_every_operation(schema: Any, headers: dict[str, str]) -> int:
    """Call each operation with generated requests and check the responses; how many were called."""
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        if operation.definition.raw.get("operationId") != ENDLESS:
            call(operation, headers)
    return len(operations)


def call(operation: Any, headers: dict[str, str]) -> None:
    from hypothesis import given

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            envelope = ErrorEnvelope.model_validate(response.json())
            assert envelope.request_id == response.headers["x-request-id"][0]

    check()
