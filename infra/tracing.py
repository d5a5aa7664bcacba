"""Traces: spans of this process leave over OTLP/HTTP where the settings name an endpoint; otherwise there are none.

Nothing that a person wrote and nobody's id is in a span. Sampling is OpenTelemetry's own business (`OTEL_TRACES_SAMPLER`).
"""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from infra.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

TRACEPARENT_HEADER = "ce_traceparent"

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-")
# A settlement is linked to each of its jobs, of which there may be more than OpenTelemetry's usual 128.
_MAX_LINKS = 500
_W3C = TraceContextTextMapPropagator()
_provider: "TracerProvider | None" = None


def start_tracing(settings: Settings, *, process: str) -> None:
    """Send spans to the endpoint of the settings from now on, in the background; nothing happens without one.

    Before anything that is traced is made: engines, brokers and the edge ask once whether there is tracing.
    """
    global _provider  # noqa: PLW0603 - one per process, as logging is
    if settings.otlp_endpoint is None or _provider is not None:
        return
    # Half a second of imports that a process without traces has no use for.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create(
        {
            "service.namespace": "delight",
            "service.name": f"delight-{process}",
            "service.instance.id": settings.worker_instance_id or f"{socket.gethostname()}-{os.getpid()}",
            "deployment.environment.name": settings.environment.value,
        }
    )
    limits = SpanLimits(max_links=None if "OTEL_SPAN_LINK_COUNT_LIMIT" in os.environ else _MAX_LINKS)
    _provider = TracerProvider(resource=resource, span_limits=limits)
    endpoint = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))


def stop_tracing() -> None:
    """Send what is left, and trace no more. A process that ends does so by itself."""
    global _provider  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def is_tracing() -> bool:
    return _provider is not None


def tracer_provider() -> "TracerProvider | None":
    """Where libraries of ours get their tracers; None without tracing."""
    return _provider


def get_tracer() -> Tracer:
    """Only while tracing."""
    assert _provider is not None, "asked for only where is_tracing()"
    return _provider.get_tracer("delight")


def current_traceparent() -> str | None:
    """The context of the span that is under way, for an event that is minted in it; None without tracing."""
    if _provider is None:
        return None
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def trace_id_of(traceparent: str) -> str | None:
    """The id of the trace that a `traceparent` names; None where it is none, for anybody may send one."""
    found = _TRACEPARENT.match(traceparent)
    return found[1] if found is not None else None


def context_of(traceparent: str | None) -> Context:
    """The context that a `traceparent` names; an empty one, which begins a new trace, where it is none."""
    return _W3C.extract({"traceparent": traceparent} if traceparent else {}, context=Context())


@contextmanager
def continued_trace(traceparent: str | None) -> Iterator[None]:
    """What happens in the block belongs to the trace that `traceparent` names."""
    if _provider is None:
        yield
        return
    token = otel_context.attach(context_of(traceparent))
    try:
        yield
    finally:
        otel_context.detach(token)


def is_recording() -> bool:
    """Whether a span is under way that is kept: children of others would be traces of their own."""
    return _provider is not None and get_current_span().is_recording()
