"""What the log lines of a context are about: a job, or a request. Read only when a line is logged, for most jobs log nothing."""

from contextvars import ContextVar
from typing import Any, Protocol


class FactSource(Protocol):
    """Whatever can say what a log line is about."""

    def facts(self) -> dict[str, Any]: ...


line_facts: ContextVar[FactSource | None] = ContextVar("line_facts", default=None)


def current_facts() -> dict[str, Any]:
    """What the context tells of itself; nothing outside of a job and a request."""
    source = line_facts.get()
    return source.facts() if source is not None else {}


def add_line_facts(_logger: Any, _method: str, event: Any) -> Any:
    """Add what the context tells to what the line itself says: a processor of structlog's."""
    for name, value in current_facts().items():
        event.setdefault(name, value)
    return event
