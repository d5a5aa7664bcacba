"""The jobs of one group that run now: started within the concurrency, timed out, cancelled, counted until settled."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from consumers.runtime.breaker import CircuitBreaker
from consumers.runtime.delivery import Delivery
from consumers.runtime.executor import Executor
from consumers.runtime.lanes import Lanes
from consumers.runtime.outcome import Completed, Dead, Duplicate, Outcome, Retry
from consumers.runtime.partition import Partition
from consumers.runtime.policy import JobPolicy
from consumers.runtime.settlement import Settled
from infra.logging import job_facts

# How many settled jobs are remembered at least, to recognise a record that was published twice within a window.
_REMEMBERED = 20_000
# Seconds that cancelled agents get to tidy up.
_TIDYING = 2.0


class JobPool:
    """Takes deliveries from the lanes as long as `may_start` says so, and hands their outcomes to `settle`."""

    def __init__(
        self,
        *,
        policy: JobPolicy,
        lanes: Lanes,
        executor: Executor,
        breaker: CircuitBreaker,
        may_start: Callable[[], bool],
        settle: Callable[[Delivery, Outcome], None],
    ) -> None:
        self._limit = policy.concurrency
        self._timeout = policy.timeout.total_seconds()
        self._lanes = lanes
        self._executor = executor
        self._breaker = breaker
        self._may_start = may_start
        self._settle = settle
        self._running: dict[asyncio.Task[None], Delivery] = {}
        # Tasks that we cancelled ourselves, with what that means for their delivery.
        self._interrupted: dict[asyncio.Task[None], Callable[[Delivery], Outcome]] = {}
        # Two generations: taking the oldest out of one dictionary, job by job, would cost a scan of those taken before.
        self._recent: dict[UUID, int] = {}
        self._older: dict[UUID, int] = {}
        self.unsettled = 0
        """Jobs that run, or whose outcome is not committed yet."""
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def running(self) -> int:
        return len(self._running)

    def start_jobs(self) -> None:
        """Start what may start now."""
        while len(self._running) < self._limit and self._may_start() and self._breaker.allows():
            delivery = self._lanes.take()
            if delivery is None:
                self._breaker.withdraw_probe()
                return
            self.unsettled += 1
            self.idle.clear()
            delivery.started_at = datetime.now(UTC)
            if delivery.known or self._settled_number(delivery.job_id) >= delivery.number:
                self._breaker.withdraw_probe()
                self._settle(delivery, Duplicate())
                continue
            task = asyncio.create_task(self._run(delivery))
            self._running[task] = delivery
            # A callback, for a task that is cancelled before its first step never enters its body.
            task.add_done_callback(self._ended)

    def settled(self, batch: Sequence[Settled]) -> None:
        """These are committed: their lanes move on."""
        recent = self._recent
        succeeded = failed = 0
        for settled in batch:
            delivery, outcome = settled.delivery, settled.outcome
            recent[delivery.job_id] = max(delivery.number, self._settled_number(delivery.job_id))
            self._lanes.release(delivery)
            if isinstance(outcome, Completed):
                succeeded += 1
            elif isinstance(outcome, Retry) or (isinstance(outcome, Dead) and outcome.reason == "exhausted"):
                failed += 1
        if len(recent) >= _REMEMBERED:
            self._older, self._recent = recent, {}
        if succeeded or failed:
            self._breaker.report(succeeded=succeeded, failed=failed)
        else:
            self._breaker.withdraw_probe()
        self._count_settled(len(batch))

    def _settled_number(self, job_id: UUID) -> int:
        """The highest delivery of the job that was settled here lately; 0 for none."""
        return self._recent.get(job_id) or self._older.get(job_id, 0)

    def cancel_job(self, job_id: UUID) -> bool:
        """Stop this job's agent if it runs here. Its row says already that it is cancelled, so nothing is settled."""
        for task, delivery in list(self._running.items()):
            if delivery.job_id == job_id:
                self._interrupt(task, lambda _delivery: Duplicate())
                return True
        return False

    def drop(self, partition: Partition) -> None:
        """Stop the jobs of a partition that went to another member."""
        for task, delivery in list(self._running.items()):
            if delivery.partition is partition:
                task.cancel()

    async def cancel_all(self) -> None:
        """Stop everything: what was not settled comes again. Agents may tidy up, but not for long."""
        if not self._running:
            return
        for task in self._running:
            task.cancel()
        await asyncio.wait(tuple(self._running), timeout=_TIDYING)

    async def watch(self) -> None:
        """Time out attempts that take too long, and start what a gate had held back. Runs until cancelled.

        One timer for all jobs: a timeout context in each would cost more than the rest of starting it.
        """
        while True:
            await asyncio.sleep(min(0.5, self._timeout / 4))
            overdue = time.monotonic() - self._timeout
            for task, delivery in list(self._running.items()):
                if delivery.called_at is not None and delivery.called_at < overdue:
                    self._interrupt(task, self._timed_out)
            self.start_jobs()

    def _interrupt(self, task: asyncio.Task[None], meaning: Callable[[Delivery], Outcome]) -> None:
        if task not in self._interrupted:
            self._interrupted[task] = meaning
            task.cancel()

    def _timed_out(self, delivery: Delivery) -> Outcome:
        return self._executor.judge(delivery, TimeoutError(f"the attempt took longer than {self._timeout:g} s"))

    async def _run(self, delivery: Delivery) -> None:
        job_facts.set(delivery)
        task = asyncio.current_task()
        assert task is not None
        try:
            outcome = await self._executor.execute(delivery)
        except asyncio.CancelledError as error:
            meaning = self._interrupted.pop(task, None)
            if meaning is not None:
                task.uncancel()
                outcome = meaning(delivery)
            elif task.cancelling():
                raise
            else:
                # Nobody cancelled the job: something that its agent awaited was cancelled, which is a failure like others.
                outcome = self._executor.judge(delivery, error)
        self._settle(delivery, outcome)

    def _ended(self, task: asyncio.Task[None]) -> None:
        delivery = self._running.pop(task)
        meaning = self._interrupted.pop(task, None)
        if task.cancelled():
            if meaning is not None and delivery.partition.alive:
                # Interrupted before its first step.
                self._settle(delivery, meaning(delivery))
            else:
                self._breaker.withdraw_probe()
                self._lanes.release(delivery)
                self._count_settled(1)
        elif (error := task.exception()) is not None:
            self._settle(delivery, self._executor.judge(delivery, error))
        self.start_jobs()

    def _count_settled(self, count: int) -> None:
        self.unsettled -= count
        if not self.unsettled:
            self.idle.set()
