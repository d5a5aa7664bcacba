"""Every model of the platform: importing this module puts all tables into `Base.metadata`."""

from models.alert import AlertModel
from models.alert_notice import AlertNoticeModel
from models.base import Base
from models.character_relationship import CharacterRelationshipModel
from models.companion_message import CompanionMessageModel
from models.dead_letter_retry import DeadLetterRetryModel
from models.deleted_user import DeletedUserModel
from models.essence_entry import EssenceEntryModel
from models.goal import GoalModel
from models.group_pause import GroupPauseModel
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.lag_sample import LagSampleModel
from models.memory import MemoryModel
from models.mission import MissionModel
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from models.operator_action import OperatorActionModel
from models.outbox_event import OutboxEventModel
from models.quest import QuestModel
from models.retried_dead_letter import RetriedDeadLetterModel
from models.schedule_mark import ScheduleMarkModel
from models.streak import StreakModel
from models.token_spend import TokenSpendModel
from models.user import UserModel

MODELS: tuple[type[Base], ...] = (
    UserModel,
    DeletedUserModel,
    GoalModel,
    QuestModel,
    MissionModel,
    EssenceEntryModel,
    StreakModel,
    CompanionMessageModel,
    CharacterRelationshipModel,
    MemoryModel,
    NudgePreferencesModel,
    NudgeModel,
    ScheduleMarkModel,
    JobModel,
    JobAttemptModel,
    TokenSpendModel,
    OutboxEventModel,
    GroupPauseModel,
    LagSampleModel,
    AlertModel,
    AlertNoticeModel,
    OperatorActionModel,
    DeadLetterRetryModel,
    RetriedDeadLetterModel,
)
METADATA = Base.metadata
