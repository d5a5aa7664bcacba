"""character_relationships: how far a person and a character have come. The level is derived from the points."""

from datetime import date, datetime

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UuidKey
from models.user import UserKey
from schemas.characters import Character


class CharacterRelationshipModel(Base):
    __tablename__ = "character_relationships"
    __table_args__ = (UniqueConstraint("user_id", "character"),)

    id: Mapped[UuidKey]
    user_id: Mapped[UserKey]
    character: Mapped[Character]
    points: Mapped[int] = mapped_column(Integer, default=0)
    # The person's last calendar day with a conversation: only the first of a day moves the points.
    talked_on: Mapped[date | None]
    last_interaction_at: Mapped[datetime]
