"""token_spend: what a person's jobs took of each chat model on each day of the person's own calendar.

Written by the settlement with one bulk statement. Like `jobs` it refers to no row of `users`: money was spent whether
or not the person has one.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Date, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class TokenSpendModel(Base):
    __tablename__ = "token_spend"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    model: Mapped[str] = mapped_column(String(128), primary_key=True)
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    # US dollars.
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 8))
