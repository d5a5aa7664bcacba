"""Which consumer group handles which events: all that other processes need to know of the consumers.

It stands beside the declarations so that the edge, the relay, the monitor and the commands start without importing the
agents and their libraries. The registry refuses to be imported when the two disagree.
"""

from schemas.characters import CharacterInitiationDue
from schemas.companion import CompanionMessaged
from schemas.jobs import Subscription
from schemas.memories import MemoryConsolidationDue
from schemas.missions import MissionAbandoned, MissionCheckDue, MissionCompleted, MissionStarted
from schemas.nudges import NudgeAnswered, NudgeDue, NudgeSchedulingDue
from schemas.persons import PersonDeleted, PersonDeletionRequested
from schemas.quests import QuestAccepted, QuestDeclined, QuestReopened, QuestRequested

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("quest-generation", (QuestRequested,), uses_model=True, critical=True),
    Subscription(
        "mission-lifecycle",
        (QuestAccepted, QuestDeclined, QuestReopened, MissionStarted, MissionAbandoned, MissionCheckDue),
    ),
    Subscription("mission-briefing", (MissionStarted,), uses_model=True),
    Subscription("progress-tracking", (MissionCompleted,)),
    Subscription("companion-reply", (CompanionMessaged,), uses_model=True),
    Subscription("companion-history", (CompanionMessaged,)),
    Subscription("character-initiation", (CharacterInitiationDue,), uses_model=True),
    Subscription("memory-consolidation", (MemoryConsolidationDue,), uses_model=True),
    Subscription("nudge-scheduling", (NudgeSchedulingDue,), uses_model=True),
    Subscription("nudge-delivery", (NudgeDue,)),
    Subscription("nudge-response", (NudgeAnswered,)),
    Subscription("person-deletion", (PersonDeletionRequested, PersonDeleted), critical=True),
)
