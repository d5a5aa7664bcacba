"""What recurs: every kind of event that comes once a day for a person, in one explicit tuple."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import Select, select

from models.goal import GoalModel
from models.memory import MemoryModel
from models.nudge_preferences import NudgePreferencesModel
from schemas.characters import CharacterInitiationDue
from schemas.events import Event, UserId
from schemas.goals import GoalStatus
from schemas.memories import MemoryConsolidationDue
from schemas.nudges import NudgeSchedulingDue
from schemas.quests import QuestRequested


@dataclass(frozen=True, slots=True)
class Recurring:
    """An event that comes once on each day of a person's, when their clock shows `at`.

    After `worth_for` it is not worth handling, nor catching up. `who` are the ids of those whom it concerns; everybody
    without it.
    """

    kind: str
    at: time
    event: Callable[[UserId, date], Event]
    worth_for: timedelta
    who: Select[str] | None = None


RECURRING: tuple[Recurring, ...] = (
    Recurring(
        kind="memory-consolidation",
        at=time(3),
        event=lambda user_id, _day: MemoryConsolidationDue(user_id=user_id, reason="nightly"),
        worth_for=timedelta(hours=22),
        who=select(MemoryModel.user_id).distinct(),
    ),
    Recurring(
        # Whether there are too few is decided by the consumer, when its turn comes.
        kind="quest-top-up",
        at=time(5),
        event=lambda user_id, _day: QuestRequested(user_id=user_id, reason="nightly"),
        worth_for=timedelta(hours=22),
        who=select(GoalModel.user_id).where(GoalModel.status == GoalStatus.ACTIVE).distinct(),
    ),
    Recurring(
        kind="nudge-scheduling",
        at=time(6),
        event=lambda user_id, day: NudgeSchedulingDue(user_id=user_id, day=day),
        worth_for=timedelta(hours=14),
        who=select(NudgePreferencesModel.user_id).where(NudgePreferencesModel.opted_in),
    ),
    Recurring(
        kind="character-initiation",
        at=time(10),
        event=lambda user_id, day: CharacterInitiationDue(user_id=user_id, day=day),
        worth_for=timedelta(hours=10),
    ),
)
