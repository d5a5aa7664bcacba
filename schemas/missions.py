"""Missions: accepted quests on their way: pending → active → completed | abandoned."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import Event
from schemas.goals import ValueCategory
from schemas.plain_text import PlainText
from schemas.quests import EnergyLevel


class MissionStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class MissionStart(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mission_id: UUID
    alongside: bool = Field(default=False, description="Start although another mission is active.")


class MissionComplete(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    mission_id: UUID
    reflection: PlainText = Field(default="", max_length=4000, description="What it was like, in the person's words.")


class MissionAbandon(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    mission_id: UUID
    reason: PlainText = Field(default="", max_length=1000)


class MissionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    quest_id: UUID
    title: str
    description: str
    duration_minutes: int
    energy_level: EnergyLevel
    essence_reward: int
    category: ValueCategory
    status: MissionStatus
    briefing: str | None
    reflection: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class MissionBriefing(BaseModel):
    """What the mission agent says when a mission starts."""

    text: PlainText = Field(min_length=1, max_length=2000)


class MissionPlanned(Event):
    """An accepted quest became a pending mission."""

    type: ClassVar[str] = "mission.planned"
    mission_id: UUID
    quest_id: UUID


class MissionStarted(Event):
    type: ClassVar[str] = "mission.started"
    mission_id: UUID
    alongside: bool = False


class MissionBriefed(Event):
    """The briefing of a started mission is written."""

    type: ClassVar[str] = "mission.briefed"
    mission_id: UUID
    briefing: str
    model: str


class MissionCompleted(Event):
    type: ClassVar[str] = "mission.completed"
    mission_id: UUID
    reflection: PlainText = Field(default="", max_length=4000)


class MissionAbandoned(Event):
    type: ClassVar[str] = "mission.abandoned"
    mission_id: UUID
    reason: PlainText = Field(default="", max_length=1000)
