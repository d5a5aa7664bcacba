"""essence_entries: the ledger of essence. What a person has is the sum of their entries; no entry ever changes."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, UuidKey
from models.user import UserKey


class EssenceEntryModel(Base):
    __tablename__ = "essence_entries"
    __table_args__ = (
        # One reason books a mission once.
        UniqueConstraint("mission_id", "reason"),
        # Carries the amount, so that the sum is read from the index alone.
        Index("ix_essence_entries_user_id_created_at_id", "user_id", "created_at", "id", postgresql_include=["amount"]),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    mission_id: Mapped[UUID | None] = mapped_column(ForeignKey("missions.id", ondelete="SET NULL"))
    amount: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[CreatedAt]
