"""A member of a Kafka consumer group: joining, polling, committing and leaving, around aiokafka's sharp edges.

Each remedy here was learnt on a real broker; the reasons stand beside the lines, and `tests/consumers/` shows most of them.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

from consumers.runtime.delivery import Record, UnreadableRecord

log = structlog.get_logger(__name__)

# A dynamic member that dies silences its group until its session ends; a static one rejoins without a rebalance.
_SESSION_MS = 10_000
_STATIC_SESSION_MS = 30_000
_HEARTBEAT_MS = 1_000
# JoinGroup is bound by the request timeout, which must therefore be the longer one.
_REBALANCE_MS = 30_000
_REQUEST_MS = 40_000
# Our own poll tick watches the loop: not polling is right while all windows are full.
_MAX_POLL_INTERVAL_MS = 86_400_000
# How long a partition may take to be fetched again.
_FETCHING_MS = 300


class Membership:
    """One consumer of one group. Not started until `join`."""

    def __init__(
        self,
        options: Mapping[str, Any],
        *,
        group: str,
        topics: Iterable[str],
        instance_id: str | None,
        listener: ConsumerRebalanceListener,
    ) -> None:
        self._group = group
        self.is_static = instance_id is not None
        # Range gives one member the same partition of the main and the retry topic, and with it all records of a key.
        self._consumer = AIOKafkaConsumer(
            **options,
            group_id=group,
            group_instance_id=instance_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=_STATIC_SESSION_MS if instance_id else _SESSION_MS,
            heartbeat_interval_ms=_HEARTBEAT_MS,
            rebalance_timeout_ms=_REBALANCE_MS,
            request_timeout_ms=_REQUEST_MS,
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
        )
        self._consumer.subscribe(topics=sorted(topics), listener=listener)

    async def join(self) -> None:
        """Connect and begin to join the group. Raises `KafkaError` when no broker answers."""
        await self._consumer.start()

    @property
    def member_id(self) -> str | None:
        """What the group's coordinator calls us now."""
        coordinator = self._consumer._coordinator  # noqa: SLF001 - aiokafka does not say it
        return coordinator.member_id if coordinator is not None else None

    @property
    def broken(self) -> bool:
        """Whether aiokafka's coordination or fetching has ended by itself: polling would return nothing for ever."""
        consumer = self._consumer
        tasks = (
            getattr(consumer._coordinator, "_coordination_task", None),  # noqa: SLF001
            getattr(consumer._fetcher, "_fetch_task", None),  # noqa: SLF001
        )
        return any(task is not None and task.done() for task in tasks)

    async def poll(
        self, partitions: Sequence[TopicPartition], *, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        """Records of `partitions` (all owned ones when empty). A batch that was taken is not given again.

        Raises `KafkaError` when the group or the brokers refuse.
        """
        try:
            polled: dict[TopicPartition, list[Record]] = await self._consumer.getmany(
                *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
        except KafkaError:
            raise
        except Exception as error:  # noqa: BLE001 - the client trips over a record, for example over a header's name
            log.warning("group.record_unreadable", group=self._group, error=repr(error))
            return await self._step_over_unreadable(max_records)
        return polled

    async def _step_over_unreadable(self, max_records: int) -> Mapping[TopicPartition, Sequence[Record]]:
        """Take record by record from each partition, and the place of the one that the client cannot read.

        Without this the client would try the same batch for ever, and nothing behind it would be read.
        """
        taken: dict[TopicPartition, list[Record]] = {}
        for partition in self._consumer.assignment():
            try:
                for _ in range(max_records):
                    polled = await self._consumer.getmany(partition, timeout_ms=_FETCHING_MS, max_records=1)
                    if not polled:
                        break
                    taken.setdefault(partition, []).extend(polled[partition])
            except KafkaError as error:
                log.warning("group.poll_failed", group=self._group, error=repr(error))
            except Exception as error:  # noqa: BLE001 - here it is
                offset = await self._consumer.position(partition)
                self._consumer.seek(partition, offset + 1)
                record = UnreadableRecord(partition.topic, partition.partition, offset, error)
                taken.setdefault(partition, []).append(record)
                break
        return taken

    async def committed(self, partition: TopicPartition) -> int | None:
        """The group's committed offset, or None when it never committed there."""
        offset: int | None = await asyncio.wait_for(self._consumer.committed(partition), 20)
        return offset

    async def commit(self, offsets: Mapping[TopicPartition, int], *, timeout: float) -> bool:
        """Commit; false when it failed, and then it is simply tried again later. Not for several tasks at once."""
        # One partition that is not ours any more would fail the whole call.
        owned = self._consumer.assignment()
        current = {partition: offset for partition, offset in offsets.items() if partition in owned}
        if not current:
            return True
        try:
            await asyncio.wait_for(self._consumer.commit(current), timeout)
        except (KafkaError, TimeoutError) as error:
            log.warning("group.commit_failed", group=self._group, error=repr(error))
            return False
        return True

    async def leave(self) -> None:
        """Leave the group at once, so that the others need not wait for the session to end. Bounded, never raises.

        A static member only goes quiet: its partitions wait for it until its session ends, so that a restart moves none.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001 - aiokafka has no public leave
        stopping = asyncio.create_task(self._consumer.stop())
        done, _ = await asyncio.wait({stopping}, timeout=0.5)
        knows_us = coordinator is not None and coordinator.coordinator_id is not None and coordinator.member_id
        if not done and not self.is_static and knows_us:
            # A JoinGroup is pending and its connection mute until the rebalance ends: leave over the other one.
            request = LeaveGroupRequest(coordinator.group_id, coordinator.member_id)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(
                    self._consumer._client.send(  # noqa: SLF001
                        coordinator.coordinator_id, request, group=ConnectionGroup.DEFAULT
                    ),
                    2,
                )
        # Never wait_for: while the broker is away, cancelling stop() may hang too, and it may raise CancelledError.
        await asyncio.wait({stopping}, timeout=5)
        if stopping.done() and not stopping.cancelled() and (error := stopping.exception()) is not None:
            log.warning("group.leave_failed", group=self._group, error=repr(error))
