"""nudges: scheduled → delivered | expired | superseded | cancelled, and what the person said to those delivered."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText, UuidKey
from models.user import UserKey
from schemas.nudges import NudgeResponse, NudgeStatus, WebhookStatus


class NudgeModel(Base):
    __tablename__ = "nudges"
    __table_args__ = (
        Index("ix_nudges_user_id_created_at_id", "user_id", "created_at", "id"),
        # The nudges of a day, and the rate of answers over a window of days.
        Index("ix_nudges_user_id_day", "user_id", "day"),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    # The person's own calendar day that it was chosen for.
    day: Mapped[date]
    text: Mapped[LongText]
    model: Mapped[str] = mapped_column(String(128))
    status: Mapped[NudgeStatus] = mapped_column(default=NudgeStatus.SCHEDULED)
    scheduled_for: Mapped[datetime]
    expires_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    webhook_status: Mapped[WebhookStatus | None]
    # The HTTP status of the receiver's answer, when there was one.
    webhook_answer: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[NudgeResponse | None]
    responded_at: Mapped[datetime | None]
    source_event_id: Mapped[UUID]
    created_at: Mapped[CreatedAt]
