"""Logs are events with facts: JSON in production, readable lines in development, at a bounded rate under trouble."""

import logging
import sys
import time
from typing import Any

import structlog
import structlog.tracebacks
from structlog.typing import Processor

from infra.line_facts import add_line_facts
from infra.line_log import LineLog
from infra.settings import Settings

# Libraries that narrate: their INFO is our DEBUG.
_QUIET = ("aiokafka", "faststream", "httpx", "httpcore", "uvicorn", "asyncio", "alembic", "sqlalchemy.engine")


# Without local variables: they hold what people wrote and secrets, and rendering them takes seconds.
_TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)

_MOST_TEMPLATES = 1_000


class RepeatFilter(logging.Filter):
    """At most `burst` warnings of one logger and message template per `every` seconds; says how many it held back.

    While a server is away, each job and each request may say so. `burst_of_errors` is for what is worse;
    `burst_of_libraries` for the loggers that narrate: their clients say so at every try, each in several ways. What is
    below a warning passes. Attach it to handlers: a logger's filter does not see the records of its children.
    """

    def __init__(
        self, burst: int = 10, every: float = 10.0, *, burst_of_errors: int = 50, burst_of_libraries: int = 5
    ) -> None:
        super().__init__()
        self.burst = burst
        self.burst_of_errors = burst_of_errors
        self.every = every
        self.burst_of_libraries = burst_of_libraries
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        if record.name.startswith(_QUIET):
            burst = self.burst_of_libraries
        else:
            burst = self.burst_of_errors if record.levelno >= logging.ERROR else self.burst
        template = str(record.msg.get("event")) if isinstance(record.msg, dict) else str(record.msg)
        kind = (record.name, record.levelno, template)
        now = time.monotonic()
        if len(self._seen) > _MOST_TEMPLATES:
            # Templates that are made of values are without number.
            self._seen.clear()
        started, count = self._seen.get(kind, (-self.every, 0))
        if now - started >= self.every:
            held_back = count - burst
            if held_back > 0 and isinstance(record.msg, dict):
                record.msg["similar_suppressed"] = held_back
            elif held_back > 0:
                record.msg = f"{record.msg} [{held_back} similar suppressed]"
            self._seen[kind] = (now, 1)
            return True
        self._seen[kind] = (started, count + 1)
        return count < burst


def configure_logging(settings: Settings, *, process: str) -> None:
    """Send the logs of this process, ours and the libraries', to standard error through structlog.

    `process` (api, worker, relay, …) is part of every line.
    """
    as_json = settings.log_json if settings.log_json is not None else not settings.in_development
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_line_facts,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor]
    if as_json:
        rendering = [
            structlog.processors.ExceptionRenderer(_TRACEBACKS),
            structlog.processors.JSONRenderer(sort_keys=False),
        ]
    else:
        rendering = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=32, exception_formatter=structlog.dev.plain_traceback
            )
        ]

    def add_process(_logger: Any, _method: str, event: Any) -> Any:
        event["process"] = process
        return event

    LineLog.process = (
        process if as_json and logging.getLevelNamesMapping()[settings.log_level] <= logging.INFO else None
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, add_process, *rendering],
        )
    )
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if settings.log_level == "DEBUG" else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
