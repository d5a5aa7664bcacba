"""Nudges: short compassionate messages at the right moment, for people who asked for them."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from schemas.clock_time import ClockTime
from schemas.events import Event
from schemas.time_zone import TimeZoneName

MAX_NUDGES_A_DAY = 5
MAX_NUDGE_CHARACTERS = 280


class NudgeChannel(StrEnum):
    """How nudges reach the person."""

    SSE = "sse"
    WEBHOOK = "webhook"


class NudgeStatus(StrEnum):
    """All but `scheduled` are final."""

    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    """Its moment passed before it could be delivered."""
    SUPERSEDED = "superseded"
    """The person did something by themselves."""
    CANCELLED = "cancelled"
    """The person wants none (any more)."""


class NudgeResponse(StrEnum):
    HELPFUL = "helpful"
    NOT_NOW = "not_now"
    """No more today."""
    STOP = "stop"
    """No more at all, until the person asks for nudges again."""


class WebhookStatus(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    """The address was refused, or its receiver said a final no."""


class NudgePreferencesWrite(BaseModel):
    """How the person wants to be nudged. What is left out takes its default, but for the last four fields, which stay."""

    model_config = ConfigDict(extra="forbid")

    opted_in: bool = Field(default=False, description="Nudges come only to people who ask for them.")
    channels: list[NudgeChannel] = Field(default=[NudgeChannel.SSE], min_length=1)
    max_per_day: int = Field(default=1, ge=1, le=MAX_NUDGES_A_DAY)
    webhook_url: str | None = Field(default=None, max_length=2000, examples=["https://example.org/delight"])
    webhook_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        max_length=255,
        description="Signs what is sent to `webhook_url`; it is never shown. Left out, the one that is stored stays.",
    )
    quiet_from: ClockTime | None = Field(default=None, description="On the person's own clock; left out, it stays.")
    quiet_until: ClockTime | None = Field(default=None, description="Equal to `quiet_from` for no quiet hours at all.")
    time_zone: TimeZoneName | None = None

    @field_validator("channels")
    @classmethod
    def _each_once(cls, channels: list[NudgeChannel]) -> list[NudgeChannel]:
        return sorted(set(channels))


class NudgePreferencesRead(BaseModel):
    opted_in: bool
    channels: list[NudgeChannel]
    max_per_day: int
    webhook_url: str | None
    has_webhook_secret: bool
    quiet_from: ClockTime
    quiet_until: ClockTime
    time_zone: str


class NudgeRespond(BaseModel):
    model_config = ConfigDict(extra="forbid")

    nudge_id: UUID
    response: NudgeResponse


class NudgeRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    status: NudgeStatus
    scheduled_for: datetime
    expires_at: datetime
    delivered_at: datetime | None
    webhook_status: WebhookStatus | None = Field(description="What became of the webhook, when it was to be used.")
    response: NudgeResponse | None
    responded_at: datetime | None
    model: str = Field(description="The chat model that wrote it; `offline` is the built-in one.")
    created_at: datetime


class NudgeWebhook(BaseModel):
    """What a person's webhook receives, signed. One with the same `id` is the same message again."""

    type: Literal["nudge.delivered"] = "nudge.delivered"
    id: UUID
    nudge_id: UUID
    text: str
    expires_at: datetime


class NudgeSchedulingDue(Event):
    """It is time to choose the nudges of one of the person's days."""

    type: ClassVar[str] = "nudge.scheduling_due"
    day: date = Field(description="The person's own calendar day.")


class NudgeDue(Event):
    """The moment of a nudge has come, for one of its channels."""

    type: ClassVar[str] = "nudge.due"
    nudge_id: UUID
    channel: NudgeChannel


class NudgeDelivered(Event):
    """A nudge, as it reaches the person."""

    type: ClassVar[str] = "nudge.delivered"
    nudge_id: UUID
    text: str
    expires_at: datetime = Field(description="After it, the nudge is better not shown any more.")


class NudgeAnswered(Event):
    """The person answered a nudge."""

    type: ClassVar[str] = "nudge.answered"
    nudge_id: UUID
    response: NudgeResponse
