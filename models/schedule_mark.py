"""schedule_marks: the latest period of each recurring kind that a person's event was written for.

Written in the transaction of that event, so that a period is marked exactly when its event is owed to Kafka.
"""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.user import UserKey


class ScheduleMarkModel(Base):
    __tablename__ = "schedule_marks"

    user_id: Mapped[UserKey] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    # The person's own calendar day.
    period: Mapped[date]
