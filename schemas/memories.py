"""Memories: what the companion keeps of a person, in three tiers. They may read, correct and delete every one."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import Event
from schemas.plain_text import PlainText

MAX_MEMORY_CHARACTERS = 500


class MemoryTier(StrEnum):
    """How long a memory lasts."""

    PERSONAL = "personal"
    """A lasting fact about the person."""
    PROJECT = "project"
    """About one goal, and kept as long as that goal is."""
    TASK = "task"
    """Of the day; it fades after 30 days."""


class Embedding(BaseModel):
    """A text as a vector of length one. Vectors of different models must not be compared."""

    model_config = ConfigDict(frozen=True)

    model: str = Field(max_length=128)
    vector: tuple[float, ...] = Field(min_length=1)


class MemoryCandidate(BaseModel):
    """Something worth remembering. One that comes without its embedding gets it from the next consolidation."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    text: PlainText = Field(min_length=1, max_length=MAX_MEMORY_CHARACTERS)
    tier: MemoryTier
    importance: float = Field(default=0.5, ge=0, le=1)
    goal_id: UUID | None = Field(default=None, description="The goal that a project memory is about.")
    embedding: Embedding | None = None


class MemoryUpdate(BaseModel):
    """A correction. What a person has corrected is never rewritten by us."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: PlainText | None = Field(default=None, min_length=1, max_length=MAX_MEMORY_CHARACTERS)
    tier: MemoryTier | None = None
    importance: float | None = Field(default=None, ge=0, le=1)


class MemoryRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    tier: MemoryTier
    importance: float
    goal_id: UUID | None
    source_event_id: UUID | None = Field(description="The event that it came from; null for a merged memory.")
    expires_at: datetime | None = Field(description="When it fades; null when it lasts.")
    created_at: datetime
    corrected_at: datetime | None = Field(description="When the person last corrected it.")


class MemoryConsolidationDue(Event):
    """It is time to tidy what is remembered of the person; hours later will do as well."""

    type: ClassVar[str] = "memory.consolidation_due"
    reason: Literal["nightly", "requested", "corrected"] = "nightly"


class MemoryConsolidated(Event):
    """What is remembered of the person was tidied."""

    type: ClassVar[str] = "memory.consolidated"
    merged: int = Field(ge=0, description="Memories that went into others.")
    summarised: int = Field(ge=0, description="Memories that were summed up.")
    faded: int = Field(ge=0, description="Memories that expired.")
