"""jobs: one event handled by one consumer. The row is the inbox, the record and the ledger of that job.

A record of a job that travels over Kafka is a *delivery*; deliveries are numbered from 1, and each retry, snooze or
operator's retry is the next one. A row's `delivery` is the highest that was settled, so a record whose delivery is not
higher has been settled before. Rows are written by `consumers/runtime/settlement.py` with bulk statements.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Index, Integer, LargeBinary, Numeric, SmallInteger, String, Text
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class JobModel(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_user_id_finished_at", "user_id", "finished_at"),
        # Nearly all rows are succeeded: the index of the others stays small however many there are.
        Index("ix_jobs_unfinished", "job_type", "status", postgresql_where="status <> 'succeeded'"),
        # Serves the newest page and the windows of statistics. Settlements share a moment: its entries are few, and the
        # next one always goes to its end.
        Index("ix_jobs_finished_at", "finished_at"),
        # The operators' list, in its order.
        Index("ix_jobs_dead", "finished_at", "event_id", "job_type", postgresql_where="status = 'dead'"),
    )

    event_id: Mapped[UUID] = mapped_column(SqlUuid, primary_key=True)
    job_type: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    delivery: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(SmallInteger)
    life: Mapped[int] = mapped_column(SmallInteger, default=1)
    user_id: Mapped[str] = mapped_column(String(255))
    event_type: Mapped[str] = mapped_column(String(128))
    request_id: Mapped[str | None] = mapped_column(String(128))
    # Under which OpenTelemetry knows what happened, where somebody traces.
    trace_id: Mapped[str | None] = mapped_column(String(32))
    accepted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # Of the last delivery: when its record was written, when a worker had it, when its agent began and ended, and when
    # that was settled. The first two are missing where Kafka does not know, or no record came.
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    polled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    returned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    next_attempt_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    model: Mapped[str | None] = mapped_column(String(128))
    tokens_in: Mapped[int] = mapped_column(Integer, default=0)
    tokens_out: Mapped[int] = mapped_column(Integer, default=0)
    # US dollars, over all deliveries.
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 8), default=0, server_default="0")
    # The follow-up events, as [{"id", "type", "data"}]: what the person's stream is told, and what an operator sees.
    effects: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    error_type: Mapped[str | None] = mapped_column(String(255))
    error_message: Mapped[str | None] = mapped_column(Text)
    dead_reason: Mapped[str | None] = mapped_column(String(16))
    # Dead letters that failed alike have the same one (`services/fingerprints.py`).
    fingerprint: Mapped[str | None] = mapped_column(String(32))
    # Where the record stood, and the record itself: kept while the job may have to run again.
    topic: Mapped[str | None] = mapped_column(String(255))
    partition: Mapped[int | None] = mapped_column(Integer)
    offset: Mapped[int | None] = mapped_column(BigInteger)
    record_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_value: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_headers: Mapped[list[list[str | None]] | None] = mapped_column(JSON)
