"""The logs of many processes as one readable stream: who, when, what, with which facts."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.text import Text

SUPERVISOR = "delight"
_COLOURS = ("cyan", "magenta", "green", "blue", "yellow")
_LEVEL_STYLES = {"debug": "dim", "warning": "yellow", "error": "bold red", "critical": "bold red"}
# In every line anyway, or of no use to a reader of this view.
_HIDDEN = frozenset({"color_message", "event", "level", "logger", "process", "timestamp", "exception"})


class LogView(Protocol):
    def __call__(self, name: str, line: str) -> None:
        """Show one line of the process `name`."""


class ConsoleLogView:
    """Interleaves the processes on one console, each with a prefix and, on a terminal, a colour."""

    def __init__(self, console: Console, names: tuple[str, ...]) -> None:
        self._console = console
        self._width = max(len(name) for name in (*names, SUPERVISOR))
        self._styles = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}

    def __call__(self, name: str, line: str) -> None:
        prefix = Text(f"{name:<{self._width}} │ ", style=self._styles.get(name, "bold"))
        self._console.print(prefix + render(line), soft_wrap=True)


class FileLogView:
    """Writes the lines of each process as they are to `<folder>/<name>.log`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str, line: str) -> None:
        with self._lock:
            if name not in self._files:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._files[name] = (self._folder / f"{name}.log").open("w", buffering=1)
            self._files[name].write(line + "\n")

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def render(line: str) -> Text:
    """A line of ours (JSON) as time, level, event and facts; any other line as it is."""
    try:
        record = json.loads(line)
    except ValueError:
        return Text(line)
    if not isinstance(record, dict) or "event" not in record:
        return Text(line)
    level = str(record.get("level", "info"))
    style = _LEVEL_STYLES.get(level, "")
    text = Text(_clock(record.get("timestamp")), style="dim")
    text.append(f" {level:<8}", style=style)
    text.append(f"{record['event']}", style=style or "bold")
    for name, value in record.items():
        if name not in _HIDDEN:
            text.append(f"  {name}=", style="dim")
            text.append(_value(value))
    for trace in record.get("exception") or ():
        text.append("\n" + _trace(trace), style=style)
    return text


def _clock(timestamp: object) -> str:
    try:
        moment = datetime.fromisoformat(str(timestamp))
    except ValueError:
        moment = datetime.now(UTC)
    return moment.astimezone().strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _trace(trace: Mapping[str, Any] | str) -> str:
    """An exception as `dict_tracebacks` writes it: the innermost frames, then what it says."""
    if isinstance(trace, str):
        return trace
    frames = [f"    {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in trace.get("frames", [])[-8:]]
    return "\n".join([*frames, f"    {trace.get('exc_type')}: {trace.get('exc_value')}"])
