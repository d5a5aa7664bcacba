"""Read since when the record at an offset waits: one record of a partition, and only when the offset has moved."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.deliveries import ATTEMPTS_HEADER
from schemas.events import SOURCE

# A partition and an offset in it.
Head: TypeAlias = tuple[TopicPartition, int]

_POLL_MS = 500


class HeadReader:
    """Reads through a consumer without a group, whose partitions are all assigned and paused."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._known: dict[Head, datetime] = {}

    async def read(self, heads: Collection[Head], *, within: timedelta) -> Mapping[Head, datetime]:
        """Since when each of these records waits. What could not be read in time is missing."""
        wanted = frozenset(heads)
        deadline = time.monotonic() + within.total_seconds()
        # What nobody asks for any more has been handled.
        self._known = {head: since for head, since in self._known.items() if head in wanted}
        while (missing := wanted - self._known.keys()) and time.monotonic() < deadline:
            # The consumer stands at one place of a partition at a time; two groups may wait at different ones.
            await self._read(dict(missing), deadline)
        return self._known

    async def _read(self, offsets: Mapping[TopicPartition, int], deadline: float) -> None:
        unread = set(offsets)
        for partition, offset in offsets.items():
            self._consumer.seek(partition, offset)
        self._consumer.resume(*unread)
        try:
            while unread and (seconds := deadline - time.monotonic()) > 0:
                timeout_ms = min(_POLL_MS, max(1, int(seconds * 1000)))
                polled = await self._consumer.getmany(*unread, timeout_ms=timeout_ms, max_records=1)
                for partition, records in polled.items():
                    self._known[partition, offsets[partition]] = waiting_since(records[0])
                    self._consumer.pause(partition)
                    unread.discard(partition)
        finally:
            self._consumer.pause(*unread)


def waiting_since(record: "ConsumerRecord[Any, Any]") -> datetime:
    """When the event was accepted, as far as the record says: at the edge, and otherwise by Kafka.

    An event from elsewhere may tell of something long past, so its own time says nothing about us. A retry waits since
    it was due, which is when it was put on its topic. A record without any time waits since it is first seen.
    """
    now = datetime.now(UTC)
    moments = [datetime.fromtimestamp(record.timestamp / 1000, UTC)] if record.timestamp >= 0 else []
    headers = dict(record.headers)
    if ATTEMPTS_HEADER not in headers and headers.get("ce_source") == SOURCE.encode():
        try:
            minted = datetime.fromisoformat(headers["ce_time"].decode())
        except (KeyError, ValueError, AttributeError):
            pass
        else:
            moments.append(minted if minted.tzinfo else minted.replace(tzinfo=UTC))
    return min([*moments, now])
