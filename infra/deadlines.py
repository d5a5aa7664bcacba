"""One deadline for many: blocks that may take the same time each, watched by one timer.

`asyncio.timeout` sets a timer for each block, which a process that publishes thousands of events a second feels. As the
time allowed is the same, the block that began first ends first, and only its end has to be waited for.
"""

import asyncio
from collections import deque
from types import TracebackType


class Deadlines:
    """`with deadlines.one():` raises `TimeoutError` in a block that takes longer than `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # In the order of their ends.
        self._blocks: deque[_Block] = deque()
        self._is_watching = False

    def one(self) -> "_Block":
        """A block that begins now."""
        return _Block(self)

    def _watch(self, block: "_Block", loop: asyncio.AbstractEventLoop) -> None:
        block.ends_at = loop.time() + self._seconds
        self._blocks.append(block)
        if not self._is_watching:
            self._is_watching = True
            loop.call_at(block.ends_at, self._end_overdue, loop)

    def _end_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        blocks, now = self._blocks, loop.time()
        while blocks and (blocks[0].task is None or blocks[0].ends_at <= now):
            blocks.popleft().expire()
        self._is_watching = bool(blocks)
        if blocks:
            loop.call_at(blocks[0].ends_at, self._end_overdue, loop)


class _Block:
    __slots__ = ("_deadlines", "ends_at", "is_expired", "requests", "task")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self.task: asyncio.Task[object] | None = None
        self.ends_at = 0.0
        self.is_expired = False
        # How often the task was asked to end before the block began.
        self.requests = 0

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task, self.requests = task, task.cancelling()
        self._deadlines._watch(self, task.get_loop())  # noqa: SLF001 - of one piece

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        task, self.task = self.task, None
        assert task is not None
        # Asked by somebody else, too, it is theirs.
        if self.is_expired and task.uncancel() <= self.requests and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """End the block, if it still runs."""
        if self.task is not None:
            self.is_expired = True
            self.task.cancel()
