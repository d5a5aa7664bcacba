"""streaks: per person, overall and per category, the run of days up to the last day with a completed mission.

Derived from `missions.ended_on` and kept so that reading progress need not walk all missions. Whether a run is still
alive depends on the present day, so that is decided by who reads.
"""

from datetime import date

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UuidKey
from models.user import UserKey
from schemas.goals import ValueCategory


class StreakModel(Base):
    __tablename__ = "streaks"
    __table_args__ = (UniqueConstraint("user_id", "category", postgresql_nulls_not_distinct=True),)

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    # Null is the overall streak.
    category: Mapped[ValueCategory | None]
    days: Mapped[int] = mapped_column(Integer)
    best_days: Mapped[int] = mapped_column(Integer)
    last_day: Mapped[date]
