"""quests: small real-life proposals to a person: proposed → accepted | declined | expired."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText, UuidKey
from models.user import UserKey
from schemas.goals import ValueCategory
from schemas.quests import EnergyLevel, QuestStatus


class QuestModel(Base):
    __tablename__ = "quests"
    __table_args__ = (
        # The whole list of a person, and the list of one status, each read backwards from a cursor.
        Index("ix_quests_user_id_created_at_id", "user_id", "created_at", "id"),
        Index("ix_quests_user_id_status_created_at_id", "user_id", "status", "created_at", "id"),
        # Archiving or deleting a goal must find its quests.
        Index("ix_quests_goal_id", "goal_id", postgresql_where="goal_id IS NOT NULL"),
        # A hidden quest is unlocked once.
        Index(
            "uq_quests_user_id_hidden_trigger",
            "user_id",
            "hidden_trigger",
            unique=True,
            postgresql_where="hidden_trigger IS NOT NULL",
        ),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    goal_id: Mapped[UUID | None] = mapped_column(ForeignKey("goals.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[LongText]
    duration_minutes: Mapped[int] = mapped_column(SmallInteger)
    energy_level: Mapped[EnergyLevel]
    essence_reward: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[ValueCategory]
    rationale: Mapped[LongText]
    # What unlocked it; null for what the quest agent proposed.
    hidden_trigger: Mapped[str | None] = mapped_column(String(32))
    # The event that asked for it, so that a job that runs again replaces what it proposed; null for an unlocked one.
    source_event_id: Mapped[UUID | None]
    # The chat model that wrote it; `offline` is the built-in one.
    model: Mapped[str] = mapped_column(String(128))
    status: Mapped[QuestStatus] = mapped_column(default=QuestStatus.PROPOSED)
    created_at: Mapped[CreatedAt]
    # When it was accepted, declined or expired.
    decided_at: Mapped[datetime | None]
