"""missions: accepted quests on their way: pending → active → completed | abandoned.

A mission keeps its own copy of what the quest said: the person accepted those words.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText
from models.user import UserKey
from schemas.goals import ValueCategory
from schemas.missions import MissionStatus
from schemas.quests import EnergyLevel


class MissionModel(Base):
    __tablename__ = "missions"
    __table_args__ = (
        # A quest becomes one mission, however often it is accepted.
        UniqueConstraint("quest_id"),
        Index("ix_missions_user_id_created_at_id", "user_id", "created_at", "id"),
        Index("ix_missions_user_id_status_created_at_id", "user_id", "status", "created_at", "id"),
        # Streaks and the index look at the days on which missions ended.
        Index("ix_missions_user_id_ended_on", "user_id", "ended_on", postgresql_where="ended_on IS NOT NULL"),
    )

    # Minted with the event that accepted the quest.
    id: Mapped[UUID] = mapped_column(SqlUuid, primary_key=True)
    user_id: Mapped[UserKey]
    quest_id: Mapped[UUID] = mapped_column(ForeignKey("quests.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[LongText]
    duration_minutes: Mapped[int] = mapped_column(SmallInteger)
    energy_level: Mapped[EnergyLevel]
    essence_reward: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[ValueCategory]
    status: Mapped[MissionStatus] = mapped_column(default=MissionStatus.PENDING)
    briefing: Mapped[LongText | None]
    briefing_model: Mapped[str | None] = mapped_column(String(128))
    reflection: Mapped[LongText | None]
    abandon_reason: Mapped[LongText | None]
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # The day of `ended_at` in the time zone that the person had then: a later move does not rewrite their past.
    ended_on: Mapped[date | None]
