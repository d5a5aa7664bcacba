"""retried_dead_letters: which dead letters a run has dealt with. A letter is in it once, so no run retries it twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, Integer, String, func
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class RetriedDeadLetterModel(Base):
    __tablename__ = "retried_dead_letters"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "job_type"], ["jobs.event_id", "jobs.job_type"], ondelete="CASCADE"),
        Index("ix_retried_dead_letters_event_id_job_type", "event_id", "job_type"),
    )

    dead_letter_retry_id: Mapped[UUID] = mapped_column(
        ForeignKey("dead_letter_retries.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[UUID] = mapped_column(SqlUuid, primary_key=True)
    job_type: Mapped[str] = mapped_column(String(64), primary_key=True)
    # The number of the delivery that the retry made; null when the letter was skipped, for it has to be edited first.
    delivery: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
