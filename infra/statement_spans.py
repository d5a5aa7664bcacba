"""Database spans: one for each statement that runs inside a span of ours, without the values it was given."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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


def statement_span(statement: str) -> AbstractContextManager[None]:
    """The span of a statement that the driver is given itself, where there is one to be below."""
    return _spanned(statement) if is_recording() else nullcontext()


@contextmanager
def _spanned(statement: str) -> Iterator[None]:
    span = _start(statement)
    try:
        yield
    except BaseException as error:
        _mark_failed(span, error)
        raise
    finally:
        span.end()


def _start(statement: str) -> Span:
    operation = statement.split(maxsplit=1)[0].upper() if statement.strip() else "?"
    return get_tracer().start_span(
        operation,
        kind=SpanKind.CLIENT,
        attributes={
            "db.system.name": "postgresql",
            "db.operation.name": operation,
            "db.query.text": statement[:_LONGEST_STATEMENT],
        },
    )


def _begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
    if is_recording():
        context.delight_span = _start(statement)


def _end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
    span: Span | None = getattr(context, "delight_span", None)
    if span is not None:
        span.end()


def _fail(error: ExceptionContext) -> None:
    span: Span | None = getattr(error.execution_context, "delight_span", None)
    if span is not None:
        _mark_failed(span, error.original_exception)
        span.end()


def _mark_failed(span: Span, error: BaseException) -> None:
    # Its text may quote values.
    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
