"""Every event type of the platform, in one explicit tuple. A topic exists because it is listed here."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.characters import CharacterInitiated, CharacterInitiationDue
from schemas.companion import CompanionInterrupted, CompanionMessaged, CompanionReplied
from schemas.events import Event
from schemas.goals import GoalCreated
from schemas.memories import MemoryConsolidated, MemoryConsolidationDue
from schemas.missions import (
    MissionAbandoned,
    MissionBriefed,
    MissionCheckDue,
    MissionCompleted,
    MissionOverdue,
    MissionPlanned,
    MissionStarted,
)
from schemas.nudges import NudgeAnswered, NudgeDelivered, NudgeDue, NudgeSchedulingDue
from schemas.persons import PersonDeleted, PersonDeletionRequested
from schemas.progress import ProgressUpdated
from schemas.quests import (
    QuestAccepted,
    QuestDeclined,
    QuestGenerated,
    QuestReopened,
    QuestRequested,
    QuestUnlocked,
)

EVENT_TYPES: tuple[type[Event], ...] = (
    GoalCreated,
    QuestRequested,
    QuestGenerated,
    QuestUnlocked,
    QuestAccepted,
    QuestDeclined,
    QuestReopened,
    MissionPlanned,
    MissionStarted,
    MissionBriefed,
    MissionCheckDue,
    MissionOverdue,
    MissionCompleted,
    MissionAbandoned,
    ProgressUpdated,
    CompanionMessaged,
    CompanionReplied,
    CompanionInterrupted,
    CharacterInitiationDue,
    CharacterInitiated,
    MemoryConsolidationDue,
    MemoryConsolidated,
    NudgeSchedulingDue,
    NudgeDue,
    NudgeDelivered,
    NudgeAnswered,
    PersonDeletionRequested,
    PersonDeleted,
)

EVENTS_BY_TYPE: Mapping[str, type[Event]] = MappingProxyType({event.type: event for event in EVENT_TYPES})
