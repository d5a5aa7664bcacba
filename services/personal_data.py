"""Personal data: every table that says whose a row is, for the export and the deletion. A test compares it with the models."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Base
from models.character_relationship import CharacterRelationshipModel
from models.companion_message import CompanionMessageModel
from models.essence_entry import EssenceEntryModel
from models.goal import GoalModel
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.memory import MemoryModel
from models.mission import MissionModel
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from models.quest import QuestModel
from models.schedule_mark import ScheduleMarkModel
from models.streak import StreakModel
from models.token_spend import TokenSpendModel
from models.user import UserModel
from schemas.events import UserId


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """`owner` is the column with the person's id. `withheld` columns are left out of the export, for the stated reason."""

    model: type[Base]
    owner: InstrumentedAttribute[str]
    withheld: AbstractSet[str] = frozenset()

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    def of(self, user_id: UserId) -> ColumnElement[bool]:
        return self.owner == user_id


JOBS = PersonalTable(
    JobModel,
    JobModel.user_id,
    # What an error says may hold what is not the person's; the rest is how Kafka carried the event.
    withheld=frozenset(
        {"error_message", "fingerprint", "topic", "partition", "offset", "record_key", "record_headers"}
    ),
)

PERSONAL_TABLES: tuple[PersonalTable, ...] = (
    PersonalTable(UserModel, UserModel.id),
    PersonalTable(GoalModel, GoalModel.user_id),
    PersonalTable(QuestModel, QuestModel.user_id),
    PersonalTable(MissionModel, MissionModel.user_id),
    PersonalTable(EssenceEntryModel, EssenceEntryModel.user_id),
    PersonalTable(StreakModel, StreakModel.user_id),
    PersonalTable(CompanionMessageModel, CompanionMessageModel.user_id),
    PersonalTable(CharacterRelationshipModel, CharacterRelationshipModel.user_id),
    # Numbers that say the text again.
    PersonalTable(MemoryModel, MemoryModel.user_id, withheld=frozenset({"embedding"})),
    # A secret is never shown, not even to who set it.
    PersonalTable(NudgePreferencesModel, NudgePreferencesModel.user_id, withheld=frozenset({"webhook_secret"})),
    PersonalTable(NudgeModel, NudgeModel.user_id),
    PersonalTable(ScheduleMarkModel, ScheduleMarkModel.user_id),
    PersonalTable(TokenSpendModel, TokenSpendModel.user_id),
    JOBS,
)
"""Referring tables come after those that they refer to. `job_attempts` are told by their job: see `attempts_of`."""


def attempts_of(user_id: UserId) -> ColumnElement[bool]:
    """The attempts at the person's jobs."""
    jobs = select(JobModel.event_id, JobModel.job_type).where(JOBS.of(user_id))
    return tuple_(JobAttemptModel.event_id, JobAttemptModel.job_type).in_(jobs)


def new_pseudonym() -> str:
    """What stands for the person in the row of a job that is accounted for but nobody's any more; never the same twice."""
    return f"deleted-{uuid4()}"
