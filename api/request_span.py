"""A server span for each request, from its first byte to the last of its answer. Pure ASGI, and there only while tracing."""

from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.tracing import context_of, get_tracer

_PROBES = frozenset({"/livez", "/readyz", "/metrics"})


class RequestSpan:
    """Continues the trace that the client names. Paths and queries hold ids, so a span says the route instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in _PROBES:
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        with get_tracer().start_as_current_span(
            method,
            context=context_of(Headers(scope=scope).get("traceparent")),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                "url.scheme": scope["scheme"],
                "delight.request_id": scope.get("request_id", ""),
            },
        ) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self.app(scope, receive, send_and_note)
            finally:
                route = getattr(scope.get("route"), "path", None)
                if route is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
