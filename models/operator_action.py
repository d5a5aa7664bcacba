"""operator_actions: what an operator did, to what, and when. Rows are only ever added."""

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, UuidKey


class OperatorActionModel(Base):
    __tablename__ = "operator_actions"
    __table_args__ = (
        Index("ix_operator_actions_created_at_id", "created_at", "id"),
        Index("ix_operator_actions_target_created_at", "target", "created_at"),
    )

    id: Mapped[UuidKey]
    # The token's subject, or on the command line the account and the machine.
    operator: Mapped[str] = mapped_column(String(255))
    # `<noun>.<verb>`, such as `dead_letter.retry`.
    action: Mapped[str] = mapped_column(String(64))
    # What it was done to, by the id under which operators know it.
    target: Mapped[str] = mapped_column(String(255))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[CreatedAt]
