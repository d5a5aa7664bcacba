"""alerts: each time that something was wrong, from when until when. Of one rule and subject at most one fires."""

from datetime import datetime

from sqlalchemy import Float, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UuidKey


class AlertModel(Base):
    __tablename__ = "alerts"
    __table_args__ = (
        # The last word on "raised once", whatever monitors do.
        Index("uq_alerts_firing", "rule", "subject", unique=True, postgresql_where=text("state = 'firing'")),
        Index("ix_alerts_resolved_at", "resolved_at"),
    )

    id: Mapped[UuidKey]
    rule: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    severity: Mapped[str] = mapped_column(String(16))
    summary: Mapped[str] = mapped_column(Text)
    # The worst while it fired.
    value: Mapped[float] = mapped_column(Float)
    threshold: Mapped[float] = mapped_column(Float)
    since: Mapped[datetime]
    last_true_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
