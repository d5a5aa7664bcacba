"""Kafka's view of the consumer groups: how far each has come on every partition, and since when its oldest record waits.

It looks from outside and joins nothing, so it changes nothing: a group that has no members, or never had any, is seen
like any other. Offsets come from the broker anew each time, so a rebalance, a new partition or a deleted record is
simply what the next measurement finds.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
    for_code,
)

from infra.exceptions import ServiceUnavailable
from infra.head_reader import HeadReader
from infra.kafka import TopicNames, client_options
from infra.settings import Settings
from schemas.jobs import Subscription
from schemas.lag import GroupState, PartitionLag

# The deadline of one measurement, and of one request in it.
DEADLINE = timedelta(seconds=15)
_REQUEST_MS = 5_000
# The oldest records are read within this time; of those that were not, the age stays unknown until the next time.
_HEADS_WITHIN = timedelta(seconds=5)
# Enough for one record: Kafka sends a whole batch however small the limit is.
_FETCH_BYTES = 16_384

# A new broker makes its coordinators when it is first asked for one; one that moves reads its log first.
_COORDINATOR_BUSY = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
_COORDINATOR_PAUSE = 0.2

_STATES = {
    "Stable": GroupState.WORKING,
    "PreparingRebalance": GroupState.REBALANCING,
    "CompletingRebalance": GroupState.REBALANCING,
}


@dataclass(frozen=True, slots=True)
class MeasuredGroup:
    """One consumer group on the broker."""

    job_type: str
    group: str
    state: GroupState
    members: int
    partitions: list[PartitionLag]


@dataclass(frozen=True, slots=True)
class _Clients:
    admin: AIOKafkaAdminClient
    consumer: AIOKafkaConsumer
    heads: HeadReader


class LagMonitor:
    """Measures the groups of these subscriptions; `close` it in the end."""

    def __init__(self, settings: Settings, subscriptions: Sequence[Subscription]) -> None:
        self._settings = settings
        self._names = TopicNames(settings.kafka_topic_prefix)
        self._subscriptions = subscriptions
        self._clients: _Clients | None = None
        self._partitions: frozenset[TopicPartition] = frozenset()

    async def measure(self) -> list[MeasuredGroup]:
        """Every group as it is now. Raises `ServiceUnavailable` when Kafka does not answer within the deadline."""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                clients = self._clients or await self._open()
                while True:
                    try:
                        return await self._measure(clients)
                    except _COORDINATOR_BUSY:
                        await asyncio.sleep(_COORDINATOR_PAUSE)
        except (KafkaError, OSError, TimeoutError) as error:
            # Whatever state the clients are in: the next measurement begins with new ones.
            await self.close()
            raise ServiceUnavailable(f"Kafka could not be measured: {error!r}") from error

    async def close(self) -> None:
        """Disconnect, within a deadline: closing may hang while the broker is away."""
        clients, self._clients, self._partitions = self._clients, None, frozenset()
        if clients is not None:
            closing = {asyncio.create_task(clients.consumer.stop()), asyncio.create_task(clients.admin.close())}
            await asyncio.wait(closing, timeout=5)

    async def _open(self) -> _Clients:
        options = client_options(self._settings)
        admin = AIOKafkaAdminClient(**options, request_timeout_ms=_REQUEST_MS)
        consumer = AIOKafkaConsumer(
            **options,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=_REQUEST_MS,
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
        # Known before it starts, so that `close` finds it whatever happens.
        self._clients = _Clients(admin, consumer, HeadReader(consumer))
        await admin.start()
        await consumer.start()
        return self._clients

    async def _measure(self, clients: _Clients) -> list[MeasuredGroup]:
        topics = await self._existing_partitions(clients.admin)
        self._watch(clients.consumer, [partition for of_topic in topics.values() for partition in of_topic])
        # Committed before end: in between a group can only get further, and its lag is never negative.
        described = {
            s.group: await self._describe(clients.admin, self._names.group(s.group)) for s in self._subscriptions
        }
        committed = {s.group: await self._committed(clients.admin, s) for s in self._subscriptions}
        watched = list(self._partitions)
        beginnings = await clients.consumer.beginning_offsets(watched) if watched else {}
        ends = await clients.consumer.end_offsets(watched) if watched else {}
        groups = []
        for subscription in self._subscriptions:
            offsets = committed[subscription.group]
            state, members = described[subscription.group]
            if state is GroupState.EMPTY and not offsets:
                state = GroupState.NEVER_STARTED
            partitions = [
                PartitionLag(
                    topic=partition.topic,
                    partition=partition.partition,
                    committed=offsets.get(partition),
                    beginning=beginnings[partition],
                    end=ends[partition],
                )
                for topic in self._topics(subscription)
                for partition in topics.get(topic, ())
            ]
            name = self._names.group(subscription.group)
            groups.append(MeasuredGroup(subscription.group, name, state, members, partitions))
        await _add_ages(clients.heads, [partition for group in groups for partition in group.partitions])
        return groups

    def _topics(self, subscription: Subscription) -> list[str]:
        return [*(self._names.topic(e.type) for e in subscription.events), self._names.retry(subscription.group)]

    async def _existing_partitions(self, admin: Any) -> dict[str, list[TopicPartition]]:
        """Those of our topics; one that is not there yet is left out, since asking for its offsets would never end."""
        wanted = {topic for subscription in self._subscriptions for topic in self._topics(subscription)}
        found: dict[str, list[TopicPartition]] = {}
        for topic in await admin.describe_topics():
            if topic["topic"] in wanted and not topic["error_code"]:
                numbers = sorted(partition["partition"] for partition in topic["partitions"])
                found[topic["topic"]] = [TopicPartition(topic["topic"], number) for number in numbers]
        return found

    def _watch(self, consumer: Any, partitions: Iterable[TopicPartition]) -> None:
        watched = frozenset(partitions)
        if watched != self._partitions:
            consumer.assign(sorted(watched))
            # Nothing is fetched but what the head reader asks for.
            consumer.pause(*watched)
            self._partitions = watched

    async def _describe(self, admin: Any, group: str) -> tuple[GroupState, int]:
        """Its state and the number of its members. One group a request: aiokafka 0.14 misreads answers about several."""
        [response] = await admin.describe_consumer_groups([group])
        [(code, _name, state, _protocol_type, _protocol, members, *_)] = response.groups
        if code:
            raise for_code(code)(f"Kafka did not describe the group {group}")
        return _STATES.get(state, GroupState.EMPTY), len(members)

    async def _committed(self, admin: Any, subscription: Subscription) -> dict[TopicPartition, int]:
        found = await admin.list_consumer_group_offsets(self._names.group(subscription.group))
        return {partition: place.offset for partition, place in found.items() if place.offset >= 0}


async def _add_ages(heads: HeadReader, partitions: Sequence[PartitionLag]) -> None:
    """Say of each lagging partition since when its oldest unhandled record waits."""
    lagging = [partition for partition in partitions if partition.lag]
    places = {(TopicPartition(p.topic, p.partition), p.next_offset) for p in lagging}
    waiting_since = await heads.read(places, within=_HEADS_WITHIN)
    for partition in lagging:
        place = (TopicPartition(partition.topic, partition.partition), partition.next_offset)
        partition.oldest_at = waiting_since.get(place)
