"""Goals: what a person wants. Quests come from the active ones."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import Event
from schemas.plain_text import PlainText


class ValueCategory(StrEnum):
    """The four values that every goal, quest and mission serves one of."""

    GROWTH = "growth"
    HEALTH = "health"
    CRAFT = "craft"
    CONNECTION = "connection"


class GoalStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class GoalCreate(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: PlainText = Field(min_length=1, max_length=200, examples=["Run a half marathon in spring"])
    why: PlainText = Field(default="", max_length=2000, examples=["I want to keep up with my children"])
    category: ValueCategory = Field(examples=["health"])


class GoalUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: PlainText | None = Field(default=None, min_length=1, max_length=200)
    why: PlainText | None = Field(default=None, max_length=2000)
    status: GoalStatus | None = None


class GoalRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    why: str
    category: ValueCategory
    status: GoalStatus
    created_at: datetime


class GoalCreated(Event):
    """A person wrote down a goal (a plain record; published through the outbox)."""

    type: ClassVar[str] = "goal.created"
    goal_id: UUID
    category: ValueCategory
