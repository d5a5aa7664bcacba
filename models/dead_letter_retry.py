"""dead_letter_retries: one retry of many dead letters, worked off in batches; whoever continues it finds here where it is.

`planned`, `retried` and `skipped` count dead letters. What was retried is in `retried_dead_letters`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Float, Index, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, UuidKey


class DeadLetterRetryModel(Base):
    __tablename__ = "dead_letter_retries"
    __table_args__ = (
        Index("ix_dead_letter_retries_created_at_id", "created_at", "id"),
        Index("ix_dead_letter_retries_state", "state", postgresql_where="state IN ('canary', 'running')"),
    )

    id: Mapped[UuidKey]
    operator: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    filter: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Dead letters per second.
    rate: Mapped[float] = mapped_column(Float)
    # How many are tried before the others; 0 is none.
    canary: Mapped[int] = mapped_column(Integer)
    planned: Mapped[int] = mapped_column(Integer)
    retried: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    # Up to when the rate is used up, by the database's clock: it outlives whoever works the run off.
    paced_until: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
