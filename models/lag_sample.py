"""lag_samples: how much waited for each job type, and for how long; the worst of each quarter of a minute."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class LagSampleModel(Base):
    __tablename__ = "lag_samples"

    # When the quarter of a minute began.
    sampled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    job_type: Mapped[str] = mapped_column(String(64), primary_key=True)
    lag: Mapped[int] = mapped_column(BigInteger)
    depth: Mapped[int] = mapped_column(BigInteger)
    oldest_age_seconds: Mapped[float] = mapped_column(Float)
    members: Mapped[int] = mapped_column(Integer)
