"""Log lines by the thousand: what every request leaves, written with one call each and many at a time.

The way of ordinary lines, through structlog's processors and the logging module, costs as much as accepting a request.
These say the same in the same format, and reach standard error a moment later: at the end of the loop's turn.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from infra.line_facts import current_facts

_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class LineLog:
    """Writes INFO lines of one logger. Unless `configure` chose JSON, they go the ordinary way."""

    process: str | None = None
    """The name of this process in every line, once logs are JSON and INFO is logged."""

    def __init__(self, logger: str) -> None:
        self._logger = logger
        self._ordinary = structlog.get_logger(logger)
        self._waiting: list[bytes] = []

    def info(self, event: str, **facts: Any) -> None:
        if LineLog.process is None:
            self._ordinary.info(event, **facts)
            return
        line = {
            **current_facts(),
            **facts,
            "event": event,
            "logger": self._logger,
            "level": "info",
            "timestamp": datetime.now(UTC),
            "process": LineLog.process,
        }
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append(orjson.dumps(line, default=str, option=_OPTIONS))

    def flush(self) -> None:
        """Write what waits."""
        lines, self._waiting = b"".join(self._waiting).decode(), []
        sys.stderr.write(lines)
        sys.stderr.flush()
