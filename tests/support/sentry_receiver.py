"""A local Sentry: takes envelopes over HTTP, as the SDK sends them, and keeps the events in them."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sentry_sdk
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sentry import init_sentry
from infra.settings import Settings

PUBLIC_KEY = "0123456789abcdef0123456789abcdef"
PROJECT = "42"


@dataclass
class SentryReceiver:
    """`dsn` leads here; `events` are what arrived, in order, and `raw` is all that arrived, decompressed."""

    dsn: str
    events: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes = b""

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert f"sentry_key={PUBLIC_KEY}" in request.headers["x-sentry-auth"]
        self.raw += body
        self.events += read_events(body)
        return JSONResponse({"id": "0"})


def read_events(envelope: bytes) -> list[dict[str, Any]]:
    """The events of an envelope: a line of headers, then for each item a line of headers and its payload."""
    _, _, rest = envelope.partition(b"\n")
    events: list[dict[str, Any]] = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        headers = json.loads(line)
        length = headers.get("length", len(rest.partition(b"\n")[0]))
        payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        if headers["type"] == "event":
            events.append(json.loads(payload))
    return events


@asynccontextmanager
async def sentry_receiver() -> AsyncIterator[SentryReceiver]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        receiver = SentryReceiver(f"http://{PUBLIC_KEY}@127.0.0.1:{port}/{PROJECT}")
        app = Starlette(routes=[Route(f"/api/{PROJECT}/envelope/", receiver.receive, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:
            assert not serving.done(), serving.exception()
            await asyncio.sleep(0.01)
        try:
            yield receiver
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def sentry_of(settings: Settings, dsn: str) -> AsyncIterator[Settings]:
    """This process sends to `dsn` for the length of the block; at its end everything has been sent."""
    with_dsn = settings.model_copy(update={"sentry_dsn": SecretStr(dsn)})
    init_sentry(with_dsn)
    try:
        yield with_dsn
    finally:
        client = sentry_sdk.get_client()
        await asyncio.to_thread(client.close, timeout=5)
        sentry_sdk.get_global_scope().set_client(None)
