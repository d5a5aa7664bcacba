"""Quests: small real-life proposals, three to five at a time, made from a person's active goals."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import Event
from schemas.goals import ValueCategory
from schemas.plain_text import PlainText

MIN_QUESTS = 3
MAX_QUESTS = 5
MIN_DURATION_MINUTES = 10
MAX_DURATION_MINUTES = 60


class EnergyLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class QuestStatus(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class QuestDraft(BaseModel):
    """One quest as the quest agent proposes it; the ranges are the product's rules."""

    model_config = ConfigDict(str_strip_whitespace=True)

    title: PlainText = Field(min_length=3, max_length=120)
    description: PlainText = Field(min_length=10, max_length=1000)
    duration_minutes: int = Field(ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES)
    energy_level: EnergyLevel
    category: ValueCategory
    goal_id: UUID | None = Field(default=None, description="The active goal that it serves.")
    rationale: PlainText = Field(default="", max_length=500, description="Why this quest, said to the person.")


class QuestRequestCreate(BaseModel):
    """Ask for quests. Everything is optional: the person's goals say enough."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=MIN_QUESTS, ge=MIN_QUESTS, le=MAX_QUESTS)
    energy_level: EnergyLevel | None = Field(default=None, description="How much energy the person has now.")
    minutes_available: int | None = Field(default=None, ge=MIN_DURATION_MINUTES, le=480)


class QuestDecision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quest_id: UUID


class QuestRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    description: str
    duration_minutes: int
    energy_level: EnergyLevel
    essence_reward: int
    category: ValueCategory
    goal_id: UUID | None
    rationale: str
    status: QuestStatus
    hidden_trigger: str | None = Field(default=None, description="What unlocked it, when it was a hidden quest.")
    created_at: datetime
    decided_at: datetime | None = Field(description="When it was accepted, declined or expired.")


class QuestRequested(Event):
    """Somebody (the person, or the system on their behalf) asked for quests."""

    type: ClassVar[str] = "quest.requested"
    reason: Literal["requested", "low_supply", "nightly"] = "requested"
    count: int = Field(default=MIN_QUESTS, ge=MIN_QUESTS, le=MAX_QUESTS)
    energy_level: EnergyLevel | None = None
    minutes_available: int | None = Field(default=None, ge=MIN_DURATION_MINUTES)


class QuestGenerated(Event):
    """Quests were proposed to the person."""

    type: ClassVar[str] = "quest.generated"
    quest_ids: list[UUID]
    model: str = Field(description="The chat model that wrote them; `offline` is the built-in one.")


class QuestUnlocked(Event):
    """A hidden quest was unlocked, and is proposed to the person from now on."""

    type: ClassVar[str] = "quest.unlocked"
    quest_id: UUID
    trigger: str = Field(description="What unlocked it, for example `streak-7`.")


class QuestAccepted(Event):
    """The person took a quest; it becomes a mission whose id is minted with the event."""

    type: ClassVar[str] = "quest.accepted"
    quest_id: UUID
    mission_id: UUID


class QuestDeclined(Event):
    type: ClassVar[str] = "quest.declined"
    quest_id: UUID


class QuestReopened(Event):
    """The person took back what they had decided about a quest; it is proposed again, and its mission is gone."""

    type: ClassVar[str] = "quest.reopened"
    quest_id: UUID
