"""deleted_users: who was deleted, so that a late event does not bring them back. Only a hash tells who it was."""

from datetime import datetime

from sqlalchemy import DateTime, String, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DeletedUserModel(Base):
    __tablename__ = "deleted_users"

    # SHA-256 of the subject, in hexadecimal.
    subject_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
