"""A delivery: one record of a job, as it came from Kafka, decoded or with the reason why it could not be."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from aiokafka import ConsumerRecord

from consumers.runtime.partition import Partition
from schemas.cloudevents import UndecodableEventError, decode
from schemas.deliveries import (
    ATTEMPTS_HEADER,
    DELIVERY_HEADER,
    JOB_ID_HEADER,
    LIFE_BEGAN_HEADER,
    LIFE_HEADER,
    ORIGIN_HEADER,
    ORIGINAL_TIMESTAMP_HEADER,
    RETRY_HEADERS,
    job_id_of_place,
)
from schemas.events import Envelope, Event

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the event's first record stood."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Delivery:
    """One record of a job. `number` counts the deliveries of the job from 1 over all its lives, `attempt` the
    attempts of the present life from 1.
    """

    __slots__ = (
        "attempt",
        "envelope",
        "job_id",
        "known",
        "lane",
        "life",
        "life_began",
        "number",
        "origin",
        "partition",
        "problem",
        "record",
        "started_at",
        "usage",
    )

    def __init__(self, record: Record, partition: Partition) -> None:
        self.record = record
        self.partition = partition
        self.lane: object = record.key if record.key is not None else (record.topic, record.partition, record.offset)
        self.number = 1
        self.attempt = 1
        self.life = 1
        self.life_began: datetime | None = None
        self.origin: Origin | None = None
        self.envelope: Envelope[Any] | None = None
        self.problem: Exception | None = None
        self.job_id: UUID
        self.started_at: datetime | None = None
        self.usage: Any = None
        self.known = False

    @property
    def user_id(self) -> str:
        if self.envelope is not None:
            return self.envelope.user_id
        return (self.record.key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")[:255]

    @property
    def accepted_at(self) -> datetime:
        if self.envelope is not None:
            return self.envelope.time
        # A retry of what could not be read was accepted when its first record was.
        for name, raw in self.record.headers:
            if name == ORIGINAL_TIMESTAMP_HEADER and raw is not None:
                with contextlib.suppress(ValueError, OverflowError):
                    return _moment(int(raw))
        return _moment(self.record.timestamp)

    @property
    def life_began_at(self) -> datetime:
        """From when the age of the job counts: an operator's retry makes it young again."""
        return self.life_began or self.accepted_at

    @property
    def first_seen_at(self) -> Origin:
        """Where the event's first record stood: this one's place, unless this is a later delivery."""
        return self.origin or Origin(self.record.topic, self.record.partition, self.record.offset)

    def facts(self) -> dict[str, Any]:
        """What each log line of the job says about it."""
        return {
            "job_id": str(self.job_id),
            "user_id": self.user_id,
            "request_id": self.envelope.correlation_id if self.envelope else None,
            "attempt": self.attempt,
        }


def read_delivery(record: Record, partition: Partition, types: Mapping[str, type[Event]]) -> Delivery:
    """The delivery of a record. Never raises: a record that cannot be decoded is a delivery with a `problem`."""
    delivery = Delivery(record, partition)
    headers: Sequence[tuple[str, bytes | None]] = record.headers
    if len(headers) > 0:
        for name, raw in headers:
            if name in RETRY_HEADERS and raw is not None:
                _read_retry_header(delivery, name, raw)
    try:
        delivery.envelope = envelope = decode(record.value, headers, types)
    except UndecodableEventError as error:
        delivery.problem = error
        if not hasattr(delivery, "job_id"):
            delivery.job_id = job_id_of_place(record.topic, record.partition, record.offset)
    else:
        if not hasattr(delivery, "job_id"):
            delivery.job_id = envelope.id
    return delivery


def _read_retry_header(delivery: Delivery, name: str, raw: bytes) -> None:
    # Anybody may write to a topic: a header that is not ours as we write it is as good as none.
    try:
        text = raw.decode()
        if name == ATTEMPTS_HEADER:
            delivery.attempt = max(1, int(text))
        elif name == DELIVERY_HEADER:
            delivery.number = max(1, int(text))
        elif name == LIFE_HEADER:
            delivery.life = max(1, int(text))
        elif name == LIFE_BEGAN_HEADER:
            delivery.life_began = _moment(int(text))
        elif name == JOB_ID_HEADER:
            delivery.job_id = UUID(text)
        elif name == ORIGIN_HEADER:
            topic, partition, offset = text.rsplit("/", 2)
            delivery.origin = Origin(topic, int(partition), int(offset))
    except (ValueError, OverflowError):
        return


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
