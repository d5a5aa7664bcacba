"""companion_messages: what a person and a character said to each other, each pair of them in one conversation."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, LongText
from models.user import UserKey
from schemas.characters import Character, InitiationReason
from schemas.companion import Author, MessageStatus


class CompanionMessageModel(Base):
    __tablename__ = "companion_messages"
    __table_args__ = (
        # Characters reach out at most once on a person's calendar day.
        UniqueConstraint("user_id", "initiated_on"),
        Index("ix_companion_messages_user_id_created_at_id", "user_id", "created_at", "id"),
        Index("ix_companion_messages_user_id_character_created_at_id", "user_id", "character", "created_at", "id"),
        # Deleting a message must find its answer.
        Index(
            "ix_companion_messages_companion_message_id",
            "companion_message_id",
            postgresql_where="companion_message_id IS NOT NULL",
        ),
    )

    # A person's message has the id of its event; an answer's is derived from it.
    id: Mapped[UUID] = mapped_column(SqlUuid, primary_key=True)
    user_id: Mapped[UserKey]
    character: Mapped[Character]
    author: Mapped[Author]
    text: Mapped[LongText]
    status: Mapped[MessageStatus]
    # The message that this answers.
    companion_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("companion_messages.id", ondelete="CASCADE"))
    # The person's calendar day on which the character wrote first.
    initiated_on: Mapped[date | None]
    reason: Mapped[InitiationReason | None]
    model: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[CreatedAt]

    @property
    def initiated(self) -> bool:
        return self.initiated_on is not None
