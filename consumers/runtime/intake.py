"""The intake: polls a group's records into the lanes as long as there is room, and never waits for work."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from consumers.runtime.delivery import Delivery, Record, read_delivery
from consumers.runtime.lanes import Lanes
from consumers.runtime.membership import Membership
from consumers.runtime.partition import Partition
from consumers.runtime.settlement import Settlement
from schemas.events import Event

log = structlog.get_logger(__name__)

# Offsets of one partition between the watermark and the poll position.
WINDOW = 2_000
MAX_POLL_RECORDS = 1_000
# Seconds between signs of life while a poll waits: it may wait as long as the group rebalances or no broker answers.
_TICK = 1.0


class Intake:
    """Fills `lanes` from the owned `partitions`, which the group runner keeps; `owned` is set while they are ours."""

    def __init__(
        self,
        group: str,
        *,
        membership: Membership,
        settlement: Settlement,
        types: Mapping[str, type[Event]],
        retry_topic: str,
        partitions: Mapping[TopicPartition, Partition],
        owned: asyncio.Event,
        lanes: Lanes,
        on_taken: Callable[[], None],
    ) -> None:
        self._group = group
        self._membership = membership
        self._settlement = settlement
        self._types = types
        self._retry_topic = retry_topic
        self._partitions = partitions
        self._owned = owned
        self._lanes = lanes
        self._on_taken = on_taken
        self.room = asyncio.Event()
        """To be set when offsets were finished."""
        self.last_tick = time.monotonic()
        """When the loop last showed a sign of life, by the monotonic clock."""

    async def run(self) -> None:
        """Poll until cancelled. Raises `KafkaError` when the client's coordination has ended."""
        failures = 0
        while True:
            self.last_tick = time.monotonic()
            with_room = [tp for tp, partition in self._partitions.items() if partition.in_flight < WINDOW]
            if self._partitions and not with_room:
                self.room.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.room.wait(), 0.2)
                continue
            everywhere = len(with_room) == len(self._partitions)
            try:
                polled = await self._poll(() if everywhere else with_room, timeout_ms=200 if everywhere else 20)
            except KafkaError as error:
                if self._membership.broken:
                    raise
                failures += 1
                log.warning("group.poll_failed", group=self._group, error=repr(error))
                await asyncio.sleep(min(5.0, 0.2 * 2 ** min(failures, 5)))
                continue
            failures = 0
            if polled:
                await self._take_in(polled)

    async def _poll(
        self, partitions: Sequence[TopicPartition], *, timeout_ms: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        polling = asyncio.create_task(
            self._membership.poll(partitions, timeout_ms=timeout_ms, max_records=MAX_POLL_RECORDS)
        )
        try:
            while not (await asyncio.wait({polling}, timeout=_TICK))[0]:
                self.last_tick = time.monotonic()
                if self._membership.broken:
                    raise KafkaError("the group coordination has ended")
            return polling.result()
        finally:
            polling.cancel()

    async def _take_in(self, polled: Mapping[TopicPartition, Sequence[Record]]) -> None:
        polled_at = time.time()
        # Records flow before on_partitions_assigned has ended: their partitions are not known yet.
        while not self._owned.is_set():
            self.last_tick = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._owned.wait(), _TICK)
        deliveries = [
            read_delivery(record, partition, self._types, self._retry_topic)
            for tp, records in polled.items()
            if (partition := self._partitions.get(tp)) is not None
            for record in records
            if partition.admit(record.offset)
        ]
        if not deliveries:
            return
        known = await self._find_settled(deliveries)
        for delivery in deliveries:
            delivery.polled = polled_at
            if known:
                delivery.known = (delivery.job_id, delivery.number) in known
            self._lanes.add(delivery)
        self._on_taken()

    async def _find_settled(self, deliveries: Sequence[Delivery]) -> set[tuple[UUID, int]]:
        pause = 0.1
        while True:
            try:
                return await self._settlement.find_settled(deliveries)
            except Exception as error:  # noqa: BLE001 - reading ids cannot be the data's fault
                self.last_tick = time.monotonic()
                log.warning("inbox.check_failed", group=self._group, error=repr(error)[:500])
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause = min(1.0, pause * 2)
