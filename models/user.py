"""users: a person, known by the subject of their token. A row appears with the first thing that is theirs."""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Numeric, String, Time, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

DEFAULT_TIME_ZONE = "UTC"
DEFAULT_QUIET_FROM = time(22, 0)
DEFAULT_QUIET_UNTIL = time(7, 0)

# What belongs to a person goes with them.
UserKey = Annotated[str, mapped_column(String(255), ForeignKey("users.id", ondelete="CASCADE"))]


class UserModel(Base):
    __tablename__ = "users"
    # The scheduler reads who is due, and nobody else.
    __table_args__ = (Index("ix_users_next_due_at", "next_due_at"),)

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    # An IANA name; every day-based rule counts in it.
    time_zone: Mapped[str] = mapped_column(String(64), default=DEFAULT_TIME_ZONE, server_default=DEFAULT_TIME_ZONE)
    # Quiet hours on the person's own clock, through midnight when they end before they begin; none when both are equal.
    quiet_from: Mapped[time] = mapped_column(Time, default=DEFAULT_QUIET_FROM, server_default="22:00:00")
    quiet_until: Mapped[time] = mapped_column(Time, default=DEFAULT_QUIET_UNTIL, server_default="07:00:00")
    # The person's own daily budget; null takes the one of the settings.
    daily_budget_usd: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    daily_token_budget: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # When the scheduler looks at the person next; at once after anything changed that it goes by.
    next_due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
