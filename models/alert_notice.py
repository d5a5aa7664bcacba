"""alert_notices: what is still to be told, or was told, about an alert: a row per change and channel."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, func, text
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, UuidKey


class AlertNoticeModel(Base):
    __tablename__ = "alert_notices"
    __table_args__ = (
        Index(
            "ix_alert_notices_undelivered", "channel", "next_attempt_at", postgresql_where=text("delivered_at IS NULL")
        ),
        Index("ix_alert_notices_alert_id", "alert_id"),
    )

    id: Mapped[UuidKey]
    alert_id: Mapped[UUID] = mapped_column(SqlUuid, ForeignKey("alerts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    change: Mapped[str] = mapped_column(String(16))
    # As it is sent, so that every attempt says the same.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]
