"""Characters: who talks to a person, what each of them cares about, and where they are to be found."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.clock_time import ClockTime
from schemas.events import Event
from schemas.goals import ValueCategory


class Character(StrEnum):
    ELIZA = "eliza"
    LYRA = "lyra"
    THORNE = "thorne"
    ELARA = "elara"


class InitiationReason(StrEnum):
    """Why a character reaches out first."""

    MILESTONE = "milestone"
    """A streak has just reached one of its milestones."""
    SILENCE = "silence"
    """Nothing was heard of the person for some days."""
    NEGLECT = "neglect"
    """A category of the person's goals was not looked after for a while."""


class PlaceRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["the arena"])
    opens: ClockTime = Field(description="On the person's own clock; equal to `closes` when the place is always open.")
    closes: ClockTime
    is_open: bool = Field(description="Whether it is open now. A character answers all the same when it is not.")


class CharacterRead(BaseModel):
    """A character as the person knows them."""

    character: Character
    name: str = Field(examples=["Thorne"])
    persona: str
    focus: list[ValueCategory] = Field(description="The categories that they care about.")
    place: PlaceRead
    level: int = Field(ge=0, le=10, description="How well the person and the character know each other.")
    points: int = Field(ge=0, description="What the level is derived from.")
    next_level_points: int | None = Field(description="The points of the next level; null on the highest.")
    last_interaction_at: datetime | None


class CharacterInitiationDue(Event):
    """It is time to see whether a character should reach out to the person."""

    type: ClassVar[str] = "character.initiation_due"
    day: date = Field(description="The person's own calendar day that this is about.")


class CharacterInitiated(Event):
    """A character reached out first; the message is in the conversation with them."""

    type: ClassVar[str] = "character.initiated"
    character: Character
    message_id: UUID
    reason: InitiationReason
    why: str = Field(description="The reason in words for the person.")
    model: str
