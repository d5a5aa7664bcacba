"""Missions: accepted quests on their way: pending → active → completed | abandoned."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from schemas.events import Event
from schemas.goals import ValueCategory
from schemas.plain_text import PlainText
from schemas.quests import EnergyLevel

MAX_MISSION_DURATION = timedelta(hours=4)
"""A mission that has been active for longer was left behind: it no longer keeps another from starting, and is asked
about, then abandoned."""


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

    @computed_field(description="When the planned minutes of a started mission are over; null before it starts.")  # type: ignore[prop-decorator]
    @property
    def planned_end_at(self) -> datetime | None:
        return self.started_at and self.started_at + timedelta(minutes=self.duration_minutes)

    @computed_field(description="From when an active mission counts as left behind; null for any other.")  # type: ignore[prop-decorator]
    @property
    def overdue_at(self) -> datetime | None:
        if self.status is not MissionStatus.ACTIVE:
            return None
        return self.started_at and self.started_at + MAX_MISSION_DURATION


class TriadRank(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TriadReason(StrEnum):
    """Why a mission is worth looking at now."""

    STREAK_AT_RISK = "streak_at_risk"
    """A streak of its category ends unless something is done today."""
    SERVES_GOAL = "serves_goal"
    """It serves a goal that is active."""
    FITS_ENERGY = "fits_energy"
    """It asks exactly the energy that people usually have at this time of day."""


class TriadMission(MissionRead):
    rank: TriadRank
    reasons: list[TriadReason] = Field(description="Why it is among the three; none when there is nothing better.")


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


class MissionCheckDue(Event):
    """It is time to see whether a started mission was left behind."""

    type: ClassVar[str] = "mission.check_due"
    mission_id: UUID
    asked: bool = Field(default=False, description="Whether the person was asked about it before.")


class MissionOverdue(Event):
    """A mission is active for very long: the person is asked to complete or abandon it."""

    type: ClassVar[str] = "mission.overdue"
    mission_id: UUID
    title: str
    answer_by: datetime = Field(description="Then it is abandoned, or a little later when the person has quiet hours.")


class MissionCompleted(Event):
    type: ClassVar[str] = "mission.completed"
    mission_id: UUID
    reflection: PlainText = Field(default="", max_length=4000)


class MissionAbandoned(Event):
    type: ClassVar[str] = "mission.abandoned"
    mission_id: UUID
    reason: PlainText = Field(default="", max_length=1000)
