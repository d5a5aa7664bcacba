"""Reliability: fingerprints of failures, retries of dead letters, and what operators did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("fingerprint", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["finished_at", "event_id", "job_type"],
        unique=False,
        postgresql_where="status = 'dead'",
    )
    op.create_table(
        "operator_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_actions")),
    )
    op.create_index("ix_operator_actions_created_at_id", "operator_actions", ["created_at", "id"], unique=False)
    op.create_index("ix_operator_actions_target_created_at", "operator_actions", ["target", "created_at"], unique=False)
    op.create_table(
        "dead_letter_retries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("canary", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("retried", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("paced_until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_retries")),
    )
    op.create_index("ix_dead_letter_retries_created_at_id", "dead_letter_retries", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_dead_letter_retries_state",
        "dead_letter_retries",
        ["state"],
        unique=False,
        postgresql_where="state IN ('canary', 'running')",
    )
    op.create_table(
        "retried_dead_letters",
        sa.Column("dead_letter_retry_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("job_type", sa.String(length=64), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dead_letter_retry_id"],
            ["dead_letter_retries.id"],
            name=op.f("fk_retried_dead_letters_dead_letter_retry_id_dead_letter_retries"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id", "job_type"],
            ["jobs.event_id", "jobs.job_type"],
            name=op.f("fk_retried_dead_letters_event_id_job_type_jobs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dead_letter_retry_id", "event_id", "job_type", name=op.f("pk_retried_dead_letters")),
    )
    op.create_index(
        "ix_retried_dead_letters_event_id_job_type", "retried_dead_letters", ["event_id", "job_type"], unique=False
    )


def downgrade() -> None:
    op.drop_table("retried_dead_letters")
    op.drop_table("dead_letter_retries")
    op.drop_table("operator_actions")
    op.drop_index("ix_jobs_dead", "jobs")
    op.drop_column("jobs", "fingerprint")
