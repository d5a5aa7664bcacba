"""A webhook receiver on a real port: it checks signatures, keeps what it got, and refuses as often as a test says."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECRET = "a-webhook-secret-for-tests"


@dataclass
class WebhookReceiver:
    """`received` are the bodies with a good signature, in order; `refusals` is how many posts are answered with 503."""

    url: str = ""
    refusals: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    badly_signed: int = 0

    def of(self, rule: str) -> list[tuple[str, str]]:
        """Type and subject of what was received of one rule."""
        alerts = [(body["type"], body["alert"]) for body in self.received]
        return [(kind, alert["subject"]) for kind, alert in alerts if alert["rule"] == rule]

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if not _is_signed(request.headers.get("Delight-Signature", ""), body):
            self.badly_signed += 1
            return Response(status_code=401)
        content = json.loads(body)
        assert request.headers["Delight-Id"] == content["id"]
        if self.refusals > 0:
            self.refusals -= 1
            self.refused.append(content)
            return Response(status_code=503)
        self.received.append(content)
        return Response(status_code=204)


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    app = Starlette(routes=[Route("/alerts", receiver.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.01)
    receiver.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/alerts"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await serving


def _is_signed(header: str, body: bytes) -> bool:
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{parts.get('t')}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts.get("v1", ""))
