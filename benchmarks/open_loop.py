"""Open-loop load: requests leave when the clock says so, and their latency counts from that moment.

A closed loop waits for an answer before it sends again, so a server that stalls is asked less just then, and its worst
moments are hardly measured (coordinated omission). Here a stall delays every request that was due meanwhile, and all of
that delay is counted, whether the server or the sender was late.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


async def send_by_the_clock(
    send: Callable[[float], None],
    *,
    rate: float,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], "asyncio.Future[None] | object"] = asyncio.sleep,
) -> int:
    """Call `send(due)` `rate` times a second for `seconds`; returns how many. `send` must not block.

    When the loop wakes late, everything that has become due is sent at once, each with the moment it was due.
    """
    begin, total = clock(), int(rate * seconds)
    for number in range(total):
        due = begin + number / rate
        wait = due - clock()
        if wait > 0:
            await sleep(wait)  # type: ignore[misc]
        send(due)
    return total


async def wait_until(done: Callable[[], bool], patience: float) -> None:
    """Until what is under way has come back, or for so many seconds: what is missing shows in the counts."""
    deadline = time.monotonic() + patience
    while not done() and time.monotonic() < deadline:  # noqa: ASYNC110 - looked at rarely, set by many
        await asyncio.sleep(0.01)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds by quantile, each the smallest value that so many are not above."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {
        name: round(ordered[max(0, math.ceil(quantile * len(ordered)) - 1)] * 1_000, 2)
        for name, quantile in QUANTILES.items()
    }
