from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """By default structlog renders the local variables of every frame, which keeps the event loop for seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    processors = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, renderer]
    structlog.configure(processors=processors)
    yield
    structlog.reset_defaults()
