"""What a person sees while it runs: one line that changes on a terminal, plain lines in a pipe."""

import logging
import time
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console


class Progress:
    """`step` says what begins, `say` and `warn` what came out."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def part(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/bold]")

    def step(self, what: str) -> None:
        elapsed = time.monotonic() - self._began
        if self._console.is_terminal:
            self._status.update(f"{what}  [dim]{elapsed:.0f} s[/dim]")
        else:
            self._console.print(f"[{elapsed:>4.0f} s] {what} …", markup=False, highlight=False)

    def say(self, line: str) -> None:
        self._console.print(f"  {line}", markup=False, highlight=False)

    def warn(self, line: str) -> None:
        self._console.print(f"  [yellow]{line}[/yellow]", highlight=False)


def quiet_logs() -> None:
    """Leave the screen to what was measured: while topics and groups are made, Kafka's client has much to say."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
