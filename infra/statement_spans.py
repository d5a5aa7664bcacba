"""Database spans: one for each statement that runs inside a span of ours, without the values it was given."""

from typing import Any

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from infra.tracing import get_tracer, is_recording, is_tracing

_LONGEST_STATEMENT = 2_000


def trace_statements(engine: Engine) -> None:
    """From now on the engine's statements are traced; nothing happens without tracing."""
    if not is_tracing():
        return
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
    if not is_recording():
        return
    operation = statement.split(maxsplit=1)[0].upper() if statement.strip() else "?"
    context.delight_span = get_tracer().start_span(
        operation,
        kind=SpanKind.CLIENT,
        attributes={
            "db.system.name": "postgresql",
            "db.operation.name": operation,
            "db.query.text": statement[:_LONGEST_STATEMENT],
        },
    )


def _end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
    span: Span | None = getattr(context, "delight_span", None)
    if span is not None:
        span.end()


def _fail(error: ExceptionContext) -> None:
    span: Span | None = getattr(error.execution_context, "delight_span", None)
    if span is not None:
        # Its text may quote values.
        span.set_status(Status(StatusCode.ERROR, type(error.original_exception).__name__))
        span.end()
