"""Operators' history."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("trace_id", sa.String(length=32), nullable=True))
    op.create_table(
        "lag_samples",
        sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_type", sa.String(length=64), nullable=False),
        sa.Column("lag", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("oldest_age_seconds", sa.Float(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sampled_at", "job_type", name=op.f("pk_lag_samples")),
    )


def downgrade() -> None:
    op.drop_table("lag_samples")
    op.drop_column("jobs", "trace_id")
