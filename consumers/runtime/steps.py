"""Steps: a coroutine that begins at once, within a task that may have begun others before it.

An asyncio task costs three times what the rest of starting a job does, and pays only for a coroutine that waits for
something. So the first step is taken directly, and only what is left after it needs a task of its own: the one that
took the first step, for `asyncio.timeout` and others remembered it.
"""

import types
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import Any


class Steps:
    """Runs `coroutine` in a copy of the current context, as a task would: what it sets there, nobody else sees."""

    __slots__ = ("_awaited", "_context", "_coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._context = copy_context()
        self._awaited: Any = None

    def begin(self) -> bool:
        """Take the first step; true when that was all. Raises what the coroutine raises."""
        try:
            self._awaited = self._context.run(self._coroutine.send, None)
        except StopIteration:
            return True
        return False

    @types.coroutine
    def finish(self) -> Generator[Any, Any, None]:
        """Take the other steps, in the task that took the first. Raises what the coroutine raises."""
        while True:
            try:
                try:
                    sent = yield self._awaited
                except BaseException as error:  # noqa: BLE001 - a cancellation, for the coroutine to deal with
                    self._awaited = self._context.run(self._coroutine.throw, error)
                else:
                    self._awaited = self._context.run(self._coroutine.send, sent)
            except StopIteration:
                return
