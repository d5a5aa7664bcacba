"""nudge_preferences: how a person wants to be nudged. Without a row they do not; their quiet hours are in `users`."""

from sqlalchemy import Boolean, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, LongText
from models.user import UserKey


class NudgePreferencesModel(Base):
    __tablename__ = "nudge_preferences"

    user_id: Mapped[UserKey] = mapped_column(primary_key=True)
    opted_in: Mapped[bool] = mapped_column(Boolean, default=False)
    # Values of NudgeChannel.
    channels: Mapped[list[str]]
    max_per_day: Mapped[int] = mapped_column(SmallInteger)
    webhook_url: Mapped[LongText | None]
    # As it is, since it has to sign.
    webhook_secret: Mapped[str | None] = mapped_column(String(255))
