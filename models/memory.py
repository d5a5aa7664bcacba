"""memories: what the companion keeps of a person, with an embedding to find it by.

Embeddings of several models may stand side by side, so their column has no fixed dimension and no approximate index: a
person has at most some hundreds of memories, found by the person's index and then compared exactly.
"""

from datetime import datetime
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText, UuidKey
from models.user import UserKey
from schemas.memories import MemoryTier


class MemoryModel(Base):
    __tablename__ = "memories"
    __table_args__ = (
        CheckConstraint("importance BETWEEN 0 AND 1", name="importance"),
        Index("ix_memories_user_id_created_at_id", "user_id", "created_at", "id"),
        # Deleting a goal or a memory must find what goes with it.
        Index("ix_memories_goal_id", "goal_id", postgresql_where="goal_id IS NOT NULL"),
        Index("ix_memories_superseded_by", "superseded_by", postgresql_where="superseded_by IS NOT NULL"),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    tier: Mapped[MemoryTier]
    text: Mapped[LongText]
    importance: Mapped[float] = mapped_column(Float)
    # How often it was told; merged memories add up.
    occurrences: Mapped[int] = mapped_column(Integer, default=1)
    goal_id: Mapped[UUID | None] = mapped_column(ForeignKey("goals.id", ondelete="CASCADE"))
    source_event_id: Mapped[UUID | None]
    embedding: Mapped[list[float] | None] = mapped_column(VECTOR())
    embedding_model: Mapped[str | None] = mapped_column(String(128))
    # Each change counts it up: a plan made from an older version of the row is void.
    version: Mapped[int] = mapped_column(Integer, default=1)
    # The memory that took this one in. Deleting that one deletes this one: what a person deletes is gone.
    superseded_by: Mapped[UUID | None] = mapped_column(ForeignKey("memories.id", ondelete="CASCADE"))
    superseded_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    # When it was last told.
    seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
