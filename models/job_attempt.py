"""job_attempts: the history of the jobs that did not succeed at once, a row per settled delivery, over all lives."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Integer, SmallInteger, String, Text
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class JobAttemptModel(Base):
    __tablename__ = "job_attempts"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "job_type"], ["jobs.event_id", "jobs.job_type"], ondelete="CASCADE"),
    )

    event_id: Mapped[UUID] = mapped_column(SqlUuid, primary_key=True)
    job_type: Mapped[str] = mapped_column(String(64), primary_key=True)
    delivery: Mapped[int] = mapped_column(Integer, primary_key=True)
    life: Mapped[int] = mapped_column(SmallInteger)
    attempt: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    polled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    returned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    worker: Mapped[str | None] = mapped_column(String(128))
    error_type: Mapped[str | None] = mapped_column(String(255))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_stacktrace: Mapped[str | None] = mapped_column(Text)
