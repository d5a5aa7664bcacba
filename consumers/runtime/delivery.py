"""A delivery: one record of a job, as it came from Kafka, decoded or with the reason why it could not be."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from aiokafka import ConsumerRecord

from consumers.runtime.partition import Partition
from schemas.cloudevents import decode
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

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None] | UnreadableRecord"

# What the columns of a job hold. Numbers in headers that are higher are not ours.
_HIGHEST_ATTEMPT = 30_000
_HIGHEST_DELIVERY = 2_000_000_000
_LONGEST_TOPIC = 249
_LATEST_MS = 4_102_444_800_000  # the year 2100

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """Stands for a record that the Kafka client itself cannot read: its place is known, its bytes stay in Kafka."""

    topic: str
    partition: int
    offset: int
    problem: Exception
    timestamp: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


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
    attempts of the present life from 1. `called_at` is when the agent was called, by the monotonic clock; None while it
    does not run. `accepted`, `polled`, `started` and `returned` are when the event happened, when its record came from
    Kafka, when its turn came and when its outcome was known, in seconds since the epoch. `span` is the context of the span of
    its processing, where somebody traces.
    """

    __slots__ = (
        "accepted",
        "attempt",
        "called_at",
        "envelope",
        "job_id",
        "known",
        "lane",
        "life",
        "life_began",
        "number",
        "origin",
        "partition",
        "polled",
        "problem",
        "record",
        "returned",
        "span",
        "started",
        "usage",
        "user_id",
    )

    def __init__(self, record: Record, partition: Partition) -> None:
        self.record = record
        self.partition = partition
        self.lane: object = None
        self.number = 1
        self.attempt = 1
        self.life = 1
        self.life_began: datetime | None = None
        self.origin: Origin | None = None
        self.envelope: Envelope[Any] | None = None
        self.problem: Exception | None = None
        self.job_id: UUID
        self.user_id: str
        self.accepted: float
        self.polled: float | None = None
        self.started: float | None = None
        self.returned: float | None = None
        self.called_at: float | None = None
        self.usage: Any = None
        self.span: Any = None
        self.known = False

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
    def published(self) -> float | None:
        """What Kafka says of when this record was written, in seconds since the epoch; None when it cannot be true."""
        timestamp = self.record.timestamp
        return timestamp / 1000 if 0 < timestamp < _LATEST_MS else None

    @property
    def life_began_at(self) -> datetime:
        """From when the age of the job counts: an operator's retry makes it young again."""
        return self.life_began or self.accepted_at

    @property
    def first_seen_at(self) -> Origin:
        """Where the event's first record stood: this one's place, unless this is a later delivery."""
        return self.origin or Origin(self.record.topic, self.record.partition, self.record.offset)

    def give_up(self, problem: Exception) -> None:
        """Know this delivery by the place of its record alone, as one that cannot be read."""
        record = self.record
        self.job_id = job_id_of_place(record.topic, record.partition, record.offset)
        self.envelope, self.problem = None, problem
        self._know_by_record()
        self.number = self.attempt = self.life = 1
        self.origin = self.usage = None

    def _know_by_record(self) -> None:
        """Whose it is and since when, as far as a record tells whose event cannot be read."""
        self.user_id = (self.record.key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")[:255]
        self.accepted = self.accepted_at.timestamp()

    def facts(self) -> dict[str, Any]:
        """What each log line of the job says about it."""
        return {
            "job_id": str(self.job_id),
            "user_id": self.user_id,
            "request_id": self.envelope.correlation_id if self.envelope else None,
            "attempt": self.attempt,
        }


def read_delivery(record: Record, partition: Partition, types: Mapping[str, type[Event]], retry_topic: str) -> Delivery:
    """The delivery of a record. Never raises: a record that cannot be decoded is a delivery with a `problem`.

    Only records of `retry_topic` are later deliveries, whatever the headers of others say.
    """
    delivery = Delivery(record, partition)
    headers: Sequence[tuple[str, bytes | None]] = record.headers
    if record.topic == retry_topic:
        for name, raw in headers:
            if name in RETRY_HEADERS and raw is not None:
                _read_retry_header(delivery, name, raw)
    try:
        delivery.envelope = envelope = _read_event(record, types)
    except Exception as error:  # noqa: BLE001 - whatever makes a record unreadable, it must not come back for ever
        place = (record.topic, record.partition, record.offset)
        delivery.problem = error
        delivery.lane = place if record.key is None else record.key
        delivery._know_by_record()  # noqa: SLF001 - this makes it
        if not hasattr(delivery, "job_id"):
            delivery.job_id = job_id_of_place(*place)
    else:
        # By person and not by key: others may publish with another key, or with none.
        delivery.lane = delivery.user_id = envelope.data.user_id
        delivery.accepted = envelope.time.timestamp()
        if record.topic != retry_topic or not hasattr(delivery, "job_id"):
            delivery.job_id = envelope.id
    return delivery


def _read_event(record: Record, types: Mapping[str, type[Event]]) -> Envelope[Event]:
    if isinstance(record, UnreadableRecord):
        raise record.problem
    return decode(record.value, record.headers, types)


def _read_retry_header(delivery: Delivery, name: str, raw: bytes) -> None:
    # Anybody may write to a topic: a header that is not as we write it is as good as none.
    try:
        text = raw.decode()
        if name == ATTEMPTS_HEADER:
            delivery.attempt = _number(text, _HIGHEST_ATTEMPT)
        elif name == DELIVERY_HEADER:
            delivery.number = _number(text, _HIGHEST_DELIVERY)
        elif name == LIFE_HEADER:
            delivery.life = _number(text, _HIGHEST_ATTEMPT)
        elif name == LIFE_BEGAN_HEADER:
            delivery.life_began = _moment(_number(text, _LATEST_MS))
        elif name == JOB_ID_HEADER:
            delivery.job_id = UUID(text)
        elif name == ORIGIN_HEADER:
            topic, partition, offset = text.rsplit("/", 2)
            if topic.isprintable() and len(topic) <= _LONGEST_TOPIC:
                delivery.origin = Origin(
                    topic, _number(partition, 2**31 - 1, lowest=0), _number(offset, 2**63 - 1, lowest=0)
                )
    except ValueError:
        return


def _number(text: str, highest: int, *, lowest: int = 1) -> int:
    """Raises `ValueError` unless `text` is a number within the bounds."""
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise ValueError(f"{text[:20]!r} is no number from {lowest} to {highest}")
    return int(text)


def _moment(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        # A producer may claim any time; the calendar does not reach that far.
        return _EPOCH
