"""Events: facts and requests in the past tense, each published to the topic that bears its type.

    Event                     what happened (the JSON value of the record)
    └─ Envelope[Event]        the event with its CloudEvents attributes: who minted it, when, and what caused it

Adding an event type is one subclass of `Event`, and one line in `schemas/catalogue.py`.
"""

from datetime import UTC, datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.checked_dataclass import checked_dataclass
from schemas.ids import derived_id, new_id

SOURCE = "/delight"

UserId = str


class Event(BaseModel):
    """What happened to whom. Subclasses name their `type`, which is also their topic.

    Unknown fields are ignored, so that an older consumer reads a newer producer's events.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    user_id: UserId = Field(
        # No control characters: the id is a record key, a database key and part of log lines.
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="The subject of the person's token.",
    )


E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


@checked_dataclass(frozen=True, slots=True)
class Envelope(Generic[E_co]):
    """An event with its CloudEvents 1.0 attributes.

    `correlation_id` is the request that started the chain and travels along it; `causation_id` is the event
    whose job caused this one; after `expiry_time` the event is not worth handling any more.
    """

    id: UUID
    data: E_co
    time: datetime
    source: str = SOURCE
    correlation_id: str | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    expiry_time: datetime | None = None

    @property
    def type(self) -> str:
        return self.data.type

    @property
    def user_id(self) -> UserId:
        return self.data.user_id

    @staticmethod
    def mint(
        data: E,
        *,
        event_id: UUID | None = None,
        correlation_id: str | None = None,
        traceparent: str | None = None,
        expiry_time: datetime | None = None,
    ) -> "Envelope[E]":
        """Wrap `data` as a new event that happens now."""
        return Envelope(
            id=event_id or new_id(),
            data=data,
            time=datetime.now(UTC),
            correlation_id=correlation_id,
            traceparent=traceparent,
            expiry_time=expiry_time,
        )

    def caused(self, data: Event, *, job_type: str, index: int) -> "Envelope[Event]":
        """The follow-up event `data` of the job `job_type`; running the job again gives the same id."""
        return Envelope(
            id=derived_id("caused", str(self.id), job_type, str(index), data.type),
            data=data,
            time=datetime.now(UTC),
            correlation_id=self.correlation_id,
            causation_id=self.id,
            traceparent=self.traceparent,
        )
