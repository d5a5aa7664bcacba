"""A local OTLP/HTTP receiver: takes what the exporter posts and keeps the spans."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.settings import Settings
from infra.tracing import start_tracing, stop_tracing

# As the protocol has them.
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = range(1, 6)
ERROR = 2


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    links: list[str]
    attributes: dict[str, Any]
    status: int
    resource: dict[str, Any]


@dataclass
class OtlpReceiver:
    """`endpoint` leads here; `spans` are what arrived, and `raw` is all that arrived, decompressed."""

    endpoint: str
    spans: list[ReceivedSpan] = field(default_factory=list)
    raw: bytes = b""

    def named(self, name: str) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.name == name]

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.raw += body
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _read(group.resource.attributes)
            self.spans += [_span(span, resource) for scope in group.scope_spans for span in scope.spans]
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type="application/x-protobuf")


def _span(span: Any, resource: dict[str, Any]) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        kind=span.kind,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=[link.span_id.hex() for link in span.links],
        attributes=_read(span.attributes),
        status=span.status.code,
        resource=resource,
    )


def _read(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@asynccontextmanager
async def otlp_receiver() -> AsyncIterator[OtlpReceiver]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver = OtlpReceiver(f"http://127.0.0.1:{listener.getsockname()[1]}")
        app = Starlette(routes=[Route("/v1/traces", receiver.receive, methods=["POST"])])
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
async def tracing_to(settings: Settings, endpoint: str) -> AsyncIterator[Settings]:
    """This process sends its spans to `endpoint` for the length of the block; at its end all have been sent."""
    traced = settings.model_copy(update={"otlp_endpoint": endpoint})
    start_tracing(traced, process="test")
    try:
        yield traced
    finally:
        await asyncio.to_thread(stop_tracing)
