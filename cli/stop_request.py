"""Ctrl-C and SIGTERM as one request to stop; a second one means now."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequested(Exception):
    """Somebody asked to stop before the work was done."""


class StopRequest:
    """Listens from its creation, inside a running loop. `on_second` is called at the second request."""

    def __init__(self, *, on_first: Callable[[], None], on_second: Callable[[], None]) -> None:
        self._on_first = on_first
        self._on_second = on_second
        self._asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._ask)

    async def wait(self) -> None:
        await self._asked.wait()

    async def unless_asked(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises `StopRequested`, and cancels the work, when asked to stop meanwhile."""
        task = asyncio.create_task(work)
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            task.cancel()
            await asyncio.wait({task})
            raise StopRequested
        finally:
            asked.cancel()

    def _ask(self) -> None:
        if self._asked.is_set():
            self._on_second()
        else:
            self._asked.set()
            self._on_first()
