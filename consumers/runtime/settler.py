"""The settler: gathers outcomes for a moment, commits them together, then tells the world.

    outcomes → one transaction → dead letters and frames in Redis → the offsets count as done

Infrastructure that is away is waited for, with everything kept; a row that the database refuses harms only its own job.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from consumers.runtime.announcer import Announcer
from consumers.runtime.delivery import Delivery
from consumers.runtime.executor import Executor
from consumers.runtime.outcome import Completed, Dead, Duplicate, Failure, Outcome
from consumers.runtime.settlement import BatchRefused, Settled, Settlement
from infra.database import is_data_error

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_BATCH = 500
# Seconds. Longer gathers more per transaction and adds as much latency; 1-2 ms was the best trade measured.
GATHERING = 0.0015

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


class Settler:
    """Settles what `add` is given, in batches, until cancelled. `on_settled` hears of each batch that is through."""

    def __init__(
        self,
        *,
        settlement: Settlement,
        announcer: Announcer,
        executor: Executor,
        on_settled: Callable[[Sequence[Settled]], None],
        more_coming: Callable[[int], bool],
    ) -> None:
        self._settlement = settlement
        self._announcer = announcer
        self._executor = executor
        self._on_settled = on_settled
        self._more_coming = more_coming
        self._ready: deque[Settled] = deque()
        self._wake = asyncio.Event()
        self.stalled = False
        """True while the infrastructure is away: nothing new should be started."""

    def add(self, delivery: Delivery, outcome: Outcome) -> None:
        """Hand over an outcome."""
        self._ready.append(Settled(delivery, outcome))
        self._wake.set()

    async def run(self) -> None:
        """Settle until cancelled."""
        ready = self._ready
        while True:
            if not ready:
                self._wake.clear()
                await self._wake.wait()
            if len(ready) < MAX_BATCH and self._more_coming(len(ready)):
                await asyncio.sleep(GATHERING)
            batch = [ready.popleft() for _ in range(min(len(ready), MAX_BATCH))]
            await self._settle(batch)
            self._on_settled(batch)

    async def _settle(self, batch: Sequence[Settled]) -> None:
        try:
            await self._persist("settlement.commit_failed", lambda: self._settlement.commit(batch))
        except Exception as error:  # noqa: BLE001 - only errors of the data come here
            log.warning("settlement.alone", jobs=len(batch), error=repr(error))
            for settled in batch:
                await self._settle_alone(settled)
        await self._persist("settlement.announce_failed", lambda: self._announcer.announce(batch))

    async def _settle_alone(self, settled: Settled) -> None:
        """Commit one job by itself; what the database refuses is the job's failure under its policy."""
        # Its own result may be what is refused, or it may have been another's of the batch.
        known = await self._persist("inbox.check_failed", lambda: self._settlement.find_settled([settled.delivery]))
        if known:
            settled.outcome = Duplicate()
            return
        try:
            await self._persist("settlement.commit_failed", lambda: self._settlement.commit([settled]))
        except Exception as error:  # noqa: BLE001 - only errors of the data come here
            settled.effects = []
            if isinstance(settled.outcome, Completed):
                settled.outcome = self._executor.judge(settled.delivery, error)
            else:
                settled.outcome = Dead("invalid", Failure.of(error))
            await self._persist("settlement.commit_failed", lambda: self._settlement.commit([settled]), final=True)

    async def _persist(self, event: str, action: Callable[[], Awaitable[T]], *, final: bool = False) -> T:
        """Run `action` until the infrastructure lets it. Raises what is the data's fault, unless this is the `final` try."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = await action()
            except Exception as error:
                if (is_data_error(error) or isinstance(error, BatchRefused)) and not final:
                    raise
                self.stalled = True
                log.warning(event, error=repr(error)[:500], retry_in_s=round(pause, 2))
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause = min(_LONGEST_PAUSE, pause * 2)
            else:
                self.stalled = False
                return result
