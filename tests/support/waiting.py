"""Wait for a condition with a deadline: tests never sleep in the hope that something has happened."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def until(condition: Callable[[], Awaitable[Any] | Any], *, within: float = 60.0, what: str = "") -> Any:
    """The first true value of `condition`; fails with `what` when there is none within the deadline (seconds)."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what or inspect.getsource(condition).strip()}")
        await asyncio.sleep(0.01)
