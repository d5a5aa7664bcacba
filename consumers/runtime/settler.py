"""The settler: gathers outcomes for a moment, commits them together, then tells the world; two batches at a time at most.

    outcomes → one transaction → dead letters and frames in Redis → the offsets count as done

Infrastructure that is away is waited for, with everything kept; a row that the database refuses harms only its own job.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from redis.exceptions import DataError as RedisDataError
from redis.exceptions import RedisError

from consumers.runtime.announcer import Announcer
from consumers.runtime.delivery import Delivery
from consumers.runtime.executor import Executor
from consumers.runtime.outcome import Completed, Dead, Duplicate, Failure, Outcome
from consumers.runtime.settlement import Settled, Settlement
from infra.database import is_data_error, is_from_database
from infra.exceptions import PersonForgotten

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_BATCH = 500
# While PostgreSQL writes one batch, another is made; but only a full one, as few large transactions cost less than many small.
AT_ONCE = 2
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
        self._under_way = 0
        self.stalled = False
        """True while the infrastructure is away: nothing new should be started."""

    def add(self, delivery: Delivery, outcome: Outcome) -> None:
        """Hand over an outcome."""
        delivery.returned = time.time()
        self._ready.append(Settled(delivery, outcome))
        self._wake.set()

    async def run(self) -> None:
        """Settle until cancelled."""
        async with asyncio.TaskGroup() as loops:
            for _ in range(AT_ONCE):
                loops.create_task(self._settle_repeatedly())

    async def _settle_repeatedly(self) -> None:
        ready = self._ready
        while True:
            while not ready or (self._under_way and len(ready) < MAX_BATCH):
                self._wake.clear()
                await self._wake.wait()
            self._under_way += 1
            if len(ready) < MAX_BATCH and self._more_coming(len(ready)):
                await asyncio.sleep(GATHERING)
            batch = [ready.popleft() for _ in range(min(len(ready), MAX_BATCH))]
            # There is none when the other settlement took all meanwhile.
            if batch:
                await self._commit(batch)
                await self._announce(batch)
                self._on_settled(batch)
            self._under_way -= 1
            self._wake.set()

    async def _commit(self, batch: Sequence[Settled]) -> None:
        """Commit the batch; when something in it is refused, each half by itself, down to the job that is to blame."""
        if len(batch) == 1:
            await self._commit_alone(batch[0])
            return
        try:
            await self._persist("settlement.commit_failed", lambda: self._settlement.commit(batch))
        except Exception as error:  # noqa: BLE001 - only what is not the infrastructure's fault comes here
            log.warning("settlement.divided", jobs=len(batch), error=repr(error)[:500])
            middle = len(batch) // 2
            await self._commit(batch[:middle])
            await self._commit(batch[middle:])

    async def _commit_alone(self, settled: Settled) -> None:
        """Commit one job by itself; what is refused is the job's failure under its policy."""
        try:
            await self._persist("settlement.commit_failed", lambda: self._settlement.commit([settled]))
        except Exception as error:  # noqa: BLE001 - as above
            # Settled by another worker meanwhile, its result may be refused for being there already.
            known = await self._persist("inbox.check_failed", lambda: self._settlement.find_settled([settled.delivery]))
            if known:
                settled.become(Duplicate())
                return
            failure = Failure.of(error)
            judged = isinstance(settled.outcome, Completed)
            settled.forgotten = isinstance(error, PersonForgotten)
            settled.become(self._executor.judge(settled.delivery, error) if judged else Dead("invalid", failure))
            try:
                await self._persist("settlement.commit_failed", lambda: self._settlement.commit([settled]))
            except Exception:
                # Not even the row that says so can be written: what is left is the record, as if nobody could read it.
                log.exception("settlement.row_refused", job_id=str(settled.delivery.job_id))
                settled.delivery.give_up(error)
                settled.become(Dead("invalid", failure))
                await self._persist("settlement.commit_failed", lambda: self._settlement.commit([settled]))

    async def _announce(self, batch: Sequence[Settled]) -> None:
        try:
            await self._persist("settlement.announce_failed", lambda: self._announcer.announce(batch))
        except Exception as error:
            if len(batch) > 1:
                for settled in batch:
                    await self._announce([settled])
                return
            # PostgreSQL has it all: frames are a courtesy, and a dead letter can be written again from there.
            log.exception("settlement.not_announced", job_id=str(batch[0].delivery.job_id), error=repr(error)[:500])

    async def _persist(self, event: str, action: Callable[[], Awaitable[T]]) -> T:
        """Run `action` until the infrastructure lets it. Raises what is not the infrastructure's fault."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = await action()
            except Exception as error:
                if not _is_infrastructure(error):
                    self.stalled = False
                    raise
                self.stalled = True
                log.warning(event, error=repr(error)[:500], retry_in_s=round(pause, 2))
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause = min(_LONGEST_PAUSE, pause * 2)
            else:
                self.stalled = False
                return result


def _is_infrastructure(error: Exception) -> bool:
    """Whether waiting helps: a server is away or busy, and the data are not to blame."""
    if isinstance(error, RedisError):
        return not isinstance(error, RedisDataError)
    return is_from_database(error) and not is_data_error(error)
