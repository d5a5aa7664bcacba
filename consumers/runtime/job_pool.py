"""The jobs of one group that run now: started within the concurrency, timed out, cancelled, counted until settled."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from consumers.runtime.breaker import BreakerState, CircuitBreaker
from consumers.runtime.delivery import Delivery
from consumers.runtime.executor import Executor
from consumers.runtime.lanes import Lanes
from consumers.runtime.outcome import Completed, Dead, Duplicate, Outcome, Retry, Snooze
from consumers.runtime.partition import Partition
from consumers.runtime.policy import JobPolicy
from consumers.runtime.settlement import Settled
from consumers.runtime.steps import Steps
from infra.line_facts import line_facts

# How many settled jobs are remembered at least, to recognise a record that was published twice within a window.
_REMEMBERED = 20_000
# Jobs that may run one after the other before the event loop has its turn.
_IN_ONE_GO = 50
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
        infrastructure_answers: Callable[[], Awaitable[bool]],
    ) -> None:
        self._limit = policy.concurrency
        self._timeout = policy.timeout.total_seconds()
        self._lanes = lanes
        self._executor = executor
        self._breaker = breaker
        self._may_start = may_start
        self._settle = settle
        self._infrastructure_answers = infrastructure_answers
        self._running: dict[asyncio.Task[None], Delivery] = {}
        # By which a half-open breaker sees whether the world is well again.
        self._probe: Delivery | None = None
        # Tasks that we cancelled ourselves, with what that means for their delivery.
        self._interrupted: dict[asyncio.Task[None], Callable[[Delivery], Outcome]] = {}
        # The task that starts jobs now, if there is anything to start.
        self._starter: asyncio.Task[None] | None = None
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
        if (self._starter is None or self._starter.done()) and self._lanes.has_ready:
            self._starter = asyncio.create_task(self._start())

    async def _start(self) -> None:
        """Run one job after the other, until one waits for something: this task is that one's then, and another starts more."""
        task = asyncio.current_task()
        assert task is not None
        begun = 0
        while (delivery := self._next()) is not None:
            job = Steps(self._run(delivery))
            if not job.begin():
                self._running[task] = delivery
                task.add_done_callback(self._ended)
                self._starter = None
                self.start_jobs()
                await job.finish()
                return
            if task.cancelling():
                # The agent has cancelled the task that it found itself in.
                break
            begun += 1
            if begun % _IN_ONE_GO == 0:
                await asyncio.sleep(0)
        self._starter = None
        if delivery is not None:
            self.start_jobs()

    def _next(self) -> Delivery | None:
        """The next delivery that may start, counted as unsettled; those settled before are passed on as such."""
        while len(self._running) < self._limit and self._may_start() and self._breaker.allows():
            delivery = self._lanes.take()
            if delivery is None:
                self._breaker.withdraw_probe()
                return None
            self.unsettled += 1
            self.idle.clear()
            delivery.started = time.time()
            if not (delivery.known or self._settled_number(delivery.job_id) >= delivery.number):
                if self._breaker.state is BreakerState.HALF_OPEN:
                    self._probe = delivery
                return delivery
            self._breaker.withdraw_probe()
            self._settle(delivery, Duplicate())
        return None

    def settled(self, batch: Sequence[Settled]) -> None:
        """These are committed: their lanes move on."""
        recent = self._recent
        succeeded = failed = 0
        for settled in batch:
            delivery, outcome = settled.delivery, settled.outcome
            if delivery.number > self._settled_number(delivery.job_id):
                recent[delivery.job_id] = delivery.number
            self._lanes.release(delivery)
            if isinstance(outcome, Completed):
                succeeded += 1
            elif isinstance(outcome, Retry) or (isinstance(outcome, Dead) and outcome.reason == "exhausted"):
                failed += 1
        if len(recent) >= _REMEMBERED:
            self._older, self._recent = recent, {}
        if succeeded or failed:
            self._breaker.report(succeeded=succeeded, failed=failed)
        elif self._probe is not None:
            self._end_probe(batch)
        self._count_settled(len(batch))

    def _end_probe(self, batch: Sequence[Settled]) -> None:
        """If the probe is in this batch, of which no job succeeded or failed, it makes room for another one."""
        for settled in batch:
            if settled.delivery is self._probe:
                if isinstance(settled.outcome, Snooze) and settled.outcome.overloaded:
                    self._breaker.put_off_probe()
                else:
                    self._breaker.withdraw_probe()

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
            await self._time_out()
            self.start_jobs()

    async def _time_out(self) -> None:
        before = time.monotonic() - self._timeout
        if not self._late(before):
            return
        answers = await self._infrastructure_answers()
        # Looked at anew: meanwhile some may have ended, or begun again.
        for task in self._late(before):
            if answers:
                self._interrupt(task, self._timed_out)
            else:
                # Who waits for a database that says nothing is not to blame: the clock begins anew.
                self._running[task].called_at = time.monotonic()

    def _late(self, before: float) -> list[asyncio.Task[None]]:
        """The jobs whose agent was called before that moment, and whom nobody has stopped yet."""
        return [
            task
            for task, delivery in self._running.items()
            if delivery.called_at is not None and delivery.called_at < before and task not in self._interrupted
        ]

    def _interrupt(self, task: asyncio.Task[None], meaning: Callable[[Delivery], Outcome]) -> None:
        if task not in self._interrupted:
            self._interrupted[task] = meaning
            task.cancel()

    def _timed_out(self, delivery: Delivery) -> Outcome:
        return self._executor.judge(delivery, TimeoutError(f"the attempt took longer than {self._timeout:g} s"))

    async def _run(self, delivery: Delivery) -> None:
        line_facts.set(delivery)
        try:
            outcome = await self._executor.execute(delivery)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            assert task is not None
            meaning = self._interrupted.pop(task, None)
            if meaning is not None:
                task.uncancel()
                outcome = meaning(delivery)
            elif task.cancelling():
                raise
            else:
                # Nobody cancelled the job: something that its agent awaited was cancelled, which is a failure like others.
                outcome = self._executor.judge(delivery, error)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever an agent raises is an outcome
            outcome = self._executor.judge(delivery, error)
        self._settle(delivery, outcome)

    def _ended(self, task: asyncio.Task[None]) -> None:
        delivery = self._running.pop(task)
        self._interrupted.pop(task, None)
        if task.cancelled():
            if delivery is self._probe:
                self._breaker.withdraw_probe()
            self._lanes.release(delivery)
            self._count_settled(1)
        self.start_jobs()

    def _count_settled(self, count: int) -> None:
        self.unsettled -= count
        if not self.unsettled:
            self.idle.set()
