"""The group runner: one consumer in one worker, from the poll to the committed watermark.

The poll loop never waits for work. Offsets are committed last, only up to the watermark, so whatever happens to this
process the records that it had not settled come again.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from consumers.runtime.breaker import BreakerState, CircuitBreaker
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.delivery import Delivery, Record, read_delivery
from consumers.runtime.executor import Executor
from consumers.runtime.job_pool import JobPool
from consumers.runtime.lanes import Lanes
from consumers.runtime.membership import Membership
from consumers.runtime.partition import Partition
from consumers.runtime.settlement import Settled, Settlement
from consumers.runtime.settler import Settler
from infra.exceptions import ConfigurationError

log = structlog.get_logger(__name__)

# Offsets of one partition between the watermark and the poll position.
WINDOW = 2_000
MAX_POLL_RECORDS = 1_000
# Seconds.
COMMIT_EVERY = 1.0
REVOKE_GRACE = 3.0
# Two members with one static name take the partitions from each other about once a second, without any error.
_SUSPICIOUS_ASSIGNMENTS_PER_MINUTE = 20


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
        on_settled: Callable[[Sequence[Settled]], None] = lambda _batch: None,
        on_breaker: Callable[[BreakerState], None] = lambda _state: None,
    ) -> None:
        self.consumer = consumer
        self._types = {event.type: event for event in consumer.events}
        self._membership = make_membership(self)
        self._settlement = settlement
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
        )
        self._owned = asyncio.Event()
        self._room = asyncio.Event()
        self._stopping = asyncio.Event()
        self._assignments: list[float] = []
        self.failure: ConfigurationError | None = None
        """Why the runner stopped by itself, if it did."""
        self.last_tick = time.monotonic()
        """When the poll loop last went round, by the monotonic clock: what liveness asks."""

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
        await self._membership.join()
        polling = asyncio.create_task(self._poll_loop())
        background = [
            asyncio.create_task(self._commit_loop()),
            asyncio.create_task(self._pool.watch()),
            asyncio.create_task(self._settler.run()),
        ]
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({polling, stop, *background}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            await self._drain(polling, drain_timeout)
            if self.failure is not None:
                raise self.failure
            for task in (polling, *background):
                if task.done() and not task.cancelled():
                    task.result()
        finally:
            stop.cancel()
            self._pool.cancel_all()
            for unfinished in (polling, *background):
                unfinished.cancel()
            await self._membership.leave()

    async def _drain(self, polling: asyncio.Task[None], timeout: float) -> None:
        # No new jobs; what runs may finish, and heartbeats, settlement and commits go on meanwhile.
        self._frozen = True
        await asyncio.wait({polling}, timeout=0.5)
        polling.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._pool.idle.wait(), timeout)
        if self._pool.unsettled:
            log.warning("group.drain_abandoned", group=self.consumer.name, jobs=self._pool.unsettled)
        await self._commit(timeout=5)

    # --- polling

    async def _poll_loop(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.last_tick = time.monotonic()
            if self._membership.broken:
                raise KafkaError("the group coordination has ended")
            with_room = [tp for tp, partition in self._partitions.items() if partition.in_flight < WINDOW]
            if self._partitions and not with_room:
                self._room.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._room.wait(), 0.2)
                continue
            everywhere = len(with_room) == len(self._partitions)
            try:
                polled = await self._membership.poll(
                    () if everywhere else with_room,
                    timeout_ms=200 if everywhere else 20,
                    max_records=MAX_POLL_RECORDS,
                )
            except KafkaError as error:
                failures += 1
                log.warning("group.poll_failed", group=self.consumer.name, error=repr(error))
                await asyncio.sleep(min(5.0, 0.2 * 2 ** min(failures, 5)))
                continue
            failures = 0
            if polled:
                await self._take_in(polled)

    async def _take_in(self, polled: Mapping[TopicPartition, Sequence[Record]]) -> None:
        # Records flow before on_partitions_assigned has ended: their partitions are not known yet.
        while not self._owned.is_set() and not self._stopping.is_set():
            self.last_tick = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._owned.wait(), 0.5)
        deliveries = [
            read_delivery(record, partition, self._types)
            for tp, records in polled.items()
            if (partition := self._partitions.get(tp)) is not None
            for record in records
            if partition.admit(record.offset)
        ]
        if not deliveries:
            return
        known = await self._find_settled(deliveries)
        for delivery in deliveries:
            delivery.known = (delivery.job_id, delivery.number) in known
            self._lanes.add(delivery)
        self._pool.start_jobs()

    async def _find_settled(self, deliveries: Sequence[Delivery]) -> set[tuple[UUID, int]]:
        pause = 0.1
        while True:
            try:
                return await self._settlement.find_settled(deliveries)
            except Exception as error:  # noqa: BLE001 - reading ids cannot be the data's fault
                self.last_tick = time.monotonic()
                log.warning("inbox.check_failed", group=self.consumer.name, error=repr(error)[:500])
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause = min(1.0, pause * 2)

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
        self._room.set()

    # --- committing and rebalancing

    async def _commit_loop(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY)
            await self._commit(timeout=15)

    async def _commit(self, *, timeout: float) -> None:
        if not self._owned.is_set():
            return
        moved = {
            tp: partition.watermark
            for tp, partition in self._partitions.items()
            if partition.watermark is not None and partition.watermark != partition.committed
        }
        if moved and await self._membership.commit(moved, timeout=timeout):
            for tp, offset in moved.items():
                if tp in self._partitions:
                    self._partitions[tp].committed = offset

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing starts any more; what runs may finish within the grace, so that it need not run again elsewhere."""
        self._frozen = True
        if revoked:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pool.idle.wait(), REVOKE_GRACE)
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
                self.last_tick = time.monotonic()
                log.warning("group.committed_unknown", group=self.consumer.name, error=repr(error))
                await asyncio.sleep(0.5)

    def _drop(self, partition: Partition) -> None:
        partition.alive = False
        self._pool.drop(partition)

    def _watch_for_twin(self) -> None:
        now = time.monotonic()
        self._assignments = [moment for moment in self._assignments if now - moment < 60] + [now]
        if len(self._assignments) > _SUSPICIOUS_ASSIGNMENTS_PER_MINUTE:
            log.error("group.rebalances_constantly", group=self.consumer.name, assignments=len(self._assignments))
            self.failure = ConfigurationError(
                f"The group {self.consumer.name} was assigned partitions {len(self._assignments)} times within a minute: "
                "another worker probably runs under the same DELIGHT_WORKER_INSTANCE_ID."
            )
            self._stopping.set()
