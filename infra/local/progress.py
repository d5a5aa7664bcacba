"""Tell a person how far the stack is: bars and colour on a terminal, plain lines in a pipe, nothing in a test."""

import sys
import threading
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn


class Reporter(Protocol):
    """What the stack reports. The calls come from several threads."""

    def download(self, done_bytes: int, total_bytes: int, label: str) -> None: ...

    def started(self, service: str, seconds: float, address: str) -> None: ...

    def note(self, text: str) -> None: ...


class SilentReporter:
    """Says nothing."""

    def download(self, done_bytes: int, total_bytes: int, label: str) -> None:
        pass

    def started(self, service: str, seconds: float, address: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class RichReporter:
    """Writes to standard error, so that a command's standard output stays its answer."""

    def __init__(self, console: Console | None = None) -> None:
        # Not a terminal: no wrapping at 80 columns, so that a line in a log stays one line.
        self._console = console or Console(stderr=True, soft_wrap=not sys.stderr.isatty(), highlight=False)
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def download(self, done_bytes: int, total_bytes: int, label: str) -> None:
        with self._lock:
            if self._console.is_terminal:
                self._draw(done_bytes, total_bytes, label)
            else:
                self._print_quarters(done_bytes, total_bytes, label)

    def started(self, service: str, seconds: float, address: str) -> None:
        self._console.print(f"[green]✓[/green] {service:<12} [dim]{seconds:5.1f} s[/dim]  {address}")

    def note(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False)

    def _draw(self, done_bytes: int, total_bytes: int, label: str) -> None:
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                console=self._console,
            )
            self._progress.start()
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=total_bytes)
        self._progress.update(self._tasks[label], completed=done_bytes, total=total_bytes)
        if done_bytes >= total_bytes:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def _print_quarters(self, done_bytes: int, total_bytes: int, label: str) -> None:
        quarter = 4 * done_bytes // max(total_bytes, 1)
        if quarter > self._quarters.get(label, -1):
            self._quarters[label] = quarter
            megabytes = f"{done_bytes / 1e6:.0f} of {total_bytes / 1e6:.0f} MB"
            self._console.print(f"{label}: {megabytes}", markup=False)
