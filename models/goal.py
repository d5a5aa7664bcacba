"""goals: what a person wants. Quests come from the active ones."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText, UuidKey
from models.user import UserKey
from schemas.goals import GoalStatus, ValueCategory


class GoalModel(Base):
    __tablename__ = "goals"
    # A person has few goals: a list filters them by status as it reads.
    __table_args__ = (Index("ix_goals_user_id_created_at_id", "user_id", "created_at", "id"),)

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[LongText]
    category: Mapped[ValueCategory]
    status: Mapped[GoalStatus] = mapped_column(default=GoalStatus.ACTIVE)
    created_at: Mapped[CreatedAt]
