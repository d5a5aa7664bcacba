"""Every model of the platform: importing this module puts all tables into `Base.metadata`."""

from models.base import Base
from models.essence_entry import EssenceEntryModel
from models.goal import GoalModel
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.mission import MissionModel
from models.outbox_event import OutboxEventModel
from models.quest import QuestModel
from models.streak import StreakModel
from models.user import UserModel

MODELS: tuple[type[Base], ...] = (
    UserModel,
    GoalModel,
    QuestModel,
    MissionModel,
    EssenceEntryModel,
    StreakModel,
    JobModel,
    JobAttemptModel,
    OutboxEventModel,
)
METADATA = Base.metadata
