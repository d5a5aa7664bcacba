"""Whatever goes wrong, the answer is the envelope; whatever is asked, the answer has the headers of every answer."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from structlog.testing import capture_logs

from api.app import create_app
from infra.exceptions import ConfigurationError, JobInvalid
from infra.line_facts import add_line_facts
from infra.settings import Settings
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi, running_api

GOAL = {"title": "Read more", "category": "growth"}


async def test_an_address_with_nothing(client: httpx.AsyncClient) -> None:
    assert_error(await client.get("/api/v1/nothing"), 404, "not_found")
    assert_error(await client.get("/api/v1/goals/"), 404, "not_found")


async def test_a_method_that_is_not_taken(client: httpx.AsyncClient) -> None:
    response = await client.delete("/api/v1/goals")
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"title": "\\ud800"}'])
async def test_a_body_that_is_no_goal(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/api/v1/goals", content=body, headers={"Content-Type": "application/json"})
    assert_error(response, 422, "invalid_request")


async def test_a_message_names_the_place_and_never_the_value(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/goals", json={"title": "", "category": "a-secret-value"})
    message = assert_error(response, 422, "invalid_request").message
    assert "body.title" in message
    assert "body.category" in message
    assert "a-secret-value" not in response.text


async def test_a_body_that_says_it_is_too_large(client: httpx.AsyncClient, settings: Settings) -> None:
    response = await client.post("/api/v1/goals", content=b" " * (settings.max_body_bytes + 1))
    assert str(settings.max_body_bytes) in assert_error(response, 413, "body_too_large").message


async def test_a_body_that_turns_out_too_large(client: httpx.AsyncClient, settings: Settings) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(settings.max_body_bytes // 1024 + 1):
            yield b" " * 1024

    for path in ("/api/v1/goals", "/api/v1/quests/request"):
        response = await client.post(path, content=chunks(), headers={"Content-Type": "application/json"})
        assert_error(response, 413, "body_too_large")


async def test_a_body_of_the_largest_size_is_read(client: httpx.AsyncClient, settings: Settings) -> None:
    body = b'{"title": "Read more", "category": "growth"}'
    response = await client.post(
        "/api/v1/goals", content=body.ljust(settings.max_body_bytes), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 201


@pytest.mark.parametrize("given", ["request-1", "a" * 128, "01a2086a-4517-7319-9870-01c3acb6833f"])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    assert (await client.get("/livez", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", "<script>", "ümlaut"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/livez", headers={"X-Request-ID": given.encode()})  # type: ignore[dict-item]
    assert len(response.headers["x-request-id"]) == 36


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/goals", "/nothing", "/livez", "/docs", "/asyncapi"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
    assert (await client.get("/api/v1/goals")).headers["cache-control"] == "no-store"


async def test_a_request_is_one_log_line_with_its_facts(client: httpx.AsyncClient, user_id: str) -> None:
    with capture_logs() as logs:
        await client.get("/api/v1/goals", params={"limit": 3})
        await client.get("/livez")
    [line] = [entry for entry in logs if entry["event"] == "http.request" and entry["log_level"] == "info"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/goals", 200)
    assert line["duration_ms"] > 0


async def test_a_log_line_says_nothing_of_the_request_before_it(api: RunningApi, user_id: str) -> None:
    url = httpx.URL(api.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    known = f"Authorization: {api.headers(user_id)['Authorization']}\r\n"
    with capture_logs(processors=[add_line_facts]) as logs:
        # Both at once: the server starts the second when it has answered the first.
        for headers in (known, "Connection: close\r\n"):
            writer.write(f"GET /api/v1/goals HTTP/1.1\r\nHost: edge\r\n{headers}\r\n".encode())
        await reader.read()
    writer.close()
    first, second = [entry for entry in logs if entry["event"] == "http.request"]
    assert (first["status"], first["user_id"]) == (200, user_id)
    assert (second["status"], "user_id" in second) == (401, False)
    assert first["request_id"] != second["request_id"]


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The edge's application with path operations that fail."""
    app = create_app(settings, ())

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("a secret detail")

    @app.get("/misconfigured")
    async def misconfigured() -> None:
        raise ConfigurationError("a secret detail")

    @app.get("/job")
    async def job() -> None:
        raise JobInvalid("a secret detail")

    return app


@pytest.fixture
async def in_process(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client


@pytest.mark.parametrize("path", ["/bug", "/misconfigured", "/job"])
async def test_a_bug_is_logged_and_not_told(in_process: httpx.AsyncClient, path: str) -> None:
    with capture_logs() as logs:
        response = await in_process.get(path)
    assert_error(response, 500, "internal_error")
    assert "secret" not in response.text
    [entry] = [entry for entry in logs if entry["event"] == "http.unexpected_error"]
    assert "a secret detail" in str(entry["exc_info"])


@pytest.fixture
async def limited(settings: Settings, topics: None, redis: Redis) -> AsyncIterator[RunningApi]:
    async with running_api(settings.model_copy(update={"rate_limit": "3/hour"})) as api:
        yield api


async def test_a_person_is_limited_and_others_are_not(limited: RunningApi, user_id: str) -> None:
    async with limited.client(user_id) as client:
        for _ in range(3):
            assert (await client.get("/api/v1/goals")).status_code == 200
        refused = await client.post("/api/v1/goals", json=GOAL)
    assert_error(refused, 429, "too_many_requests")
    # The hour after this one still remembers this one, for the third of it that one of three requests takes.
    assert 1 <= int(refused.headers["retry-after"]) <= 3600 * 4 / 3
    async with limited.client(f"{user_id}-other") as other:
        assert (await other.get("/api/v1/goals")).status_code == 200


ORIGIN = "https://app.example"


@pytest.fixture
async def with_frontend(settings: Settings, topics: None, redis: Redis) -> AsyncIterator[RunningApi]:
    async with running_api(settings.model_copy(update={"cors_origins": [ORIGIN]})) as api:
        yield api


@pytest.fixture
def preflight() -> dict[str, str]:
    return {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
    }


async def test_the_frontends_origin_is_allowed(with_frontend: RunningApi, preflight: dict[str, str]) -> None:
    async with with_frontend.client() as browser:
        allowed = await browser.options("/api/v1/goals", headers=preflight)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, ORIGIN)
        # A browser must be able to read errors, too.
        refused = await browser.get("/api/v1/goals", headers={"Origin": ORIGIN})
        assert_error(refused, 401, "unauthenticated")
        assert refused.headers["access-control-allow-origin"] == ORIGIN
        assert "Location" in refused.headers["access-control-expose-headers"]
        large = await browser.post("/api/v1/goals", content=b" " * 300_000, headers={"Origin": ORIGIN})
        assert large.headers["access-control-allow-origin"] == ORIGIN


async def test_another_origin_is_not(with_frontend: RunningApi, preflight: dict[str, str]) -> None:
    async with with_frontend.client() as browser:
        response = await browser.options("/api/v1/goals", headers=preflight | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers
