"""The group runner: one consumer in one worker, from joining the group to leaving it.

Offsets are committed last, only up to the watermark, so whatever happens to this
process the records that it had not settled come again.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from consumers.runtime.breaker import BreakerState, CircuitBreaker
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.executor import Executor
from consumers.runtime.intake import Intake
from consumers.runtime.job_pool import JobPool
from consumers.runtime.lanes import Lanes
from consumers.runtime.membership import Membership
from consumers.runtime.partition import Partition
from consumers.runtime.settlement import Settled, Settlement
from consumers.runtime.settler import Settler
from infra.exceptions import ConfigurationError

log = structlog.get_logger(__name__)

# Seconds.
COMMIT_EVERY = 1.0
REVOKE_GRACE = 3.0
# Two members with one static name take the partitions from each other about once a second, without any error: each
# time the group knows us by another member id. By ourselves we get a new one only after a session that ended.
_SUSPICIOUS_TAKEOVERS_PER_MINUTE = 5


class GroupRunner(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs one consumer until `stop`. `make_membership` and the parts are given, so that each is its own file."""

    def __init__(
        self,
        consumer: AnyConsumer,
        *,
        make_membership: Callable[[ConsumerRebalanceListener], Membership],
        executor: Executor,
        settlement: Settlement,
        make_settler: Callable[..., Settler],
        retry_topic: str,
        on_settled: Callable[[Sequence[Settled]], None] = lambda _batch: None,
        on_breaker: Callable[[BreakerState], None] = lambda _state: None,
    ) -> None:
        self.consumer = consumer
        self._membership = make_membership(self)
        self._frozen = True
        self.paused = False
        """Set by an operator: nothing starts; what runs finishes."""
        self._settler = make_settler(on_settled=self._settled, more_coming=self._more_coming)
        self._report = on_settled
        self._partitions: dict[TopicPartition, Partition] = {}
        self._lanes = Lanes()
        self.breaker = CircuitBreaker(consumer.policy.breaker, on_change=on_breaker)
        self._pool: JobPool = JobPool(
            policy=consumer.policy,
            lanes=self._lanes,
            executor=executor,
            breaker=self.breaker,
            may_start=self._may_start,
            settle=self._settler.add,
            infrastructure_answers=settlement.is_possible,
        )
        self._owned = asyncio.Event()
        self._intake = Intake(
            consumer.name,
            membership=self._membership,
            settlement=settlement,
            types={event.type: event for event in consumer.events},
            retry_topic=retry_topic,
            partitions=self._partitions,
            owned=self._owned,
            lanes=self._lanes,
            on_taken=self._pool.start_jobs,
        )
        self._committing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._member_id: str | None = None
        self._takeovers: list[float] = []
        self.failure: ConfigurationError | None = None
        """Why the runner stopped by itself, if it did."""

    @property
    def running(self) -> int:
        """Jobs whose agent runs now."""
        return self._pool.running

    @property
    def waiting(self) -> int:
        """Deliveries that are here and not settled: waiting, running, or being committed."""
        return len(self._lanes)

    @property
    def joined(self) -> bool:
        """Whether partitions were assigned (perhaps none, when there are more members than partitions)."""
        return self._owned.is_set()

    @property
    def last_tick(self) -> float:
        """When the intake last showed a sign of life, by the monotonic clock: what liveness asks."""
        return self._intake.last_tick

    def cancel_job(self, job_id: UUID) -> bool:
        """Stop this job's agent if it runs here."""
        return self._pool.cancel_job(job_id)

    def stop(self) -> None:
        """Begin to drain."""
        self._stopping.set()

    async def run(self, drain_timeout: float) -> None:
        """Join, work until `stop`, drain for at most `drain_timeout` seconds, commit, leave.

        Raises `KafkaError` when no broker answers at the start, and what breaks the loop later.
        """
        structlog.contextvars.bind_contextvars(
            job_type=self.consumer.name, agent_name=getattr(self.consumer.agent, "__name__", "agent")
        )
        stop = asyncio.create_task(self._stopping.wait())
        tasks: list[asyncio.Task[None]] = []
        try:
            if not await self._join(stop):
                return
            intake = asyncio.create_task(self._intake.run())
            tasks += (
                intake,
                asyncio.create_task(self._commit_loop()),
                asyncio.create_task(self._pool.watch()),
                asyncio.create_task(self._settler.run()),
            )
            await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            await self._drain(intake, drain_timeout)
            if self.failure is not None:
                raise self.failure
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.result()
        finally:
            for unfinished in (stop, *tasks):
                unfinished.cancel()
            await self._pool.cancel_all()
            await self._membership.leave()

    async def _join(self, stop: asyncio.Task[bool]) -> bool:
        """Join the group; false when `stop` came first."""
        joining = asyncio.create_task(self._membership.join())
        try:
            while not joining.done() and not stop.done():
                self._intake.last_tick = time.monotonic()
                await asyncio.wait({joining, stop}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
        finally:
            joining.cancel()
        if joining.done() and not joining.cancelled():
            joining.result()
            return True
        await asyncio.wait({joining}, timeout=1)
        return False

    async def _drain(self, intake: asyncio.Task[None], timeout: float) -> None:
        # No new jobs; what runs may finish, and heartbeats, settlement and commits go on meanwhile.
        self._frozen = True
        intake.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._pool.idle.wait(), timeout)
        if self._pool.unsettled:
            log.warning("group.drain_abandoned", group=self.consumer.name, jobs=self._pool.unsettled)
        await self._commit(timeout=5)

    # --- starting and settling

    def _may_start(self) -> bool:
        return not (self._frozen or self.paused or self._settler.stalled)

    def _more_coming(self, ready: int) -> bool:
        return self._pool.unsettled > ready

    def _settled(self, batch: Sequence[Settled]) -> None:
        for settled in batch:
            settled.delivery.partition.finish(settled.delivery.record.offset)
        self._pool.settled(batch)
        self._report(batch)
        self._pool.start_jobs()
        self._intake.room.set()

    # --- committing and rebalancing

    async def _commit_loop(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY)
            await self._commit(timeout=15)

    async def _commit(self, *, timeout: float) -> None:
        # One at a time, and only between assignment and revocation: a commit while a JoinGroup is pending hangs and
        # forces the whole group to rebalance again.
        async with self._committing:
            if not self._owned.is_set():
                return
            moved = {
                tp: (partition, partition.watermark)
                for tp, partition in self._partitions.items()
                if partition.watermark is not None and partition.watermark != partition.committed
            }
            offsets = {tp: offset for tp, (_, offset) in moved.items()}
            if offsets and await self._membership.commit(offsets, timeout=timeout):
                for partition, offset in moved.values():
                    partition.committed = offset

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing starts any more; what runs may finish within the grace, so that it need not run again elsewhere."""
        self._frozen = True
        if revoked:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pool.idle.wait(), REVOKE_GRACE)
        # Also when nothing has moved: a commit that is on its way must not meet the JoinGroup.
        await self._commit(timeout=5)
        self._owned.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Adopt what is still ours, drop what went to another member, and begin."""
        assigned = set(assigned)
        for tp in set(self._partitions) - assigned:
            self._drop(self._partitions.pop(tp))
        for tp in assigned:
            start = await self._committed(tp)
            ours = self._partitions.get(tp)
            if ours is not None and ours.committed == start:
                # Nobody moved it meanwhile: the work in flight goes on.
                continue
            if ours is not None:
                self._drop(ours)
            self._partitions[tp] = Partition(tp, start)
        log.info("group.assigned", group=self.consumer.name, partitions=len(assigned))
        self._watch_for_twin()
        self._owned.set()
        if not self._stopping.is_set():
            self._frozen = False
            self._pool.start_jobs()

    async def _committed(self, tp: TopicPartition) -> int | None:
        # aiokafka swallows what a listener raises, and would go on without this partition: try until it is known.
        while True:
            try:
                return await self._membership.committed(tp)
            except (KafkaError, TimeoutError) as error:
                log.warning("group.committed_unknown", group=self.consumer.name, error=repr(error))
                await asyncio.sleep(0.5)

    def _drop(self, partition: Partition) -> None:
        partition.alive = False
        self._pool.drop(partition)

    def _watch_for_twin(self) -> None:
        before, self._member_id = self._member_id, self._membership.member_id
        if not self._membership.is_static or before in (None, self._member_id):
            return
        now = time.monotonic()
        self._takeovers = [moment for moment in self._takeovers if now - moment < 60] + [now]
        log.warning("group.taken_over", group=self.consumer.name, times=len(self._takeovers))
        if len(self._takeovers) >= _SUSPICIOUS_TAKEOVERS_PER_MINUTE:
            self.failure = ConfigurationError(
                f"Another worker of the group {self.consumer.name} took the place of this one {len(self._takeovers)} times "
                "within a minute: it probably runs under the same DELIGHT_WORKER_INSTANCE_ID."
            )
            self._stopping.set()
