"""Memory and nudges: what is remembered, nudges and how a person wants them, and what the scheduler has done."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "memories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("importance", sa.Float(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("source_event_id", sa.Uuid(), nullable=True),
        sa.Column("embedding", VECTOR(), nullable=True),
        sa.Column("embedding_model", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("importance BETWEEN 0 AND 1", name=op.f("ck_memories_importance")),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name=op.f("fk_memories_goal_id_goals"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["memories.id"], name=op.f("fk_memories_superseded_by_memories"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memories_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
    op.create_index(
        "ix_memories_goal_id", "memories", ["goal_id"], unique=False, postgresql_where="goal_id IS NOT NULL"
    )
    op.create_index(
        "ix_memories_superseded_by",
        "memories",
        ["superseded_by"],
        unique=False,
        postgresql_where="superseded_by IS NOT NULL",
    )
    op.create_index("ix_memories_user_id_created_at_id", "memories", ["user_id", "created_at", "id"], unique=False)
    op.create_table(
        "nudge_preferences",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("opted_in", sa.Boolean(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("max_per_day", sa.SmallInteger(), nullable=False),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("webhook_secret", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_nudge_preferences_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_nudge_preferences")),
    )
    op.create_table(
        "nudges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("webhook_status", sa.String(length=16), nullable=True),
        sa.Column("webhook_answer", sa.SmallInteger(), nullable=True),
        sa.Column("response", sa.String(length=16), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_nudges_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
    )
    op.create_index("ix_nudges_user_id_created_at_id", "nudges", ["user_id", "created_at", "id"], unique=False)
    op.create_index("ix_nudges_user_id_day", "nudges", ["user_id", "day"], unique=False)
    op.create_table(
        "schedule_marks",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_schedule_marks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_schedule_marks")),
    )
    op.add_column(
        "users",
        sa.Column("next_due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index("ix_users_next_due_at", "users", ["next_due_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_users_next_due_at", table_name="users")
    op.drop_column("users", "next_due_at")
    op.drop_table("schedule_marks")
    op.drop_index("ix_nudges_user_id_day", table_name="nudges")
    op.drop_index("ix_nudges_user_id_created_at_id", table_name="nudges")
    op.drop_table("nudges")
    op.drop_table("nudge_preferences")
    op.drop_index("ix_memories_user_id_created_at_id", table_name="memories")
    op.drop_index("ix_memories_superseded_by", table_name="memories", postgresql_where="superseded_by IS NOT NULL")
    op.drop_index("ix_memories_goal_id", table_name="memories", postgresql_where="goal_id IS NOT NULL")
    op.drop_table("memories")
    # The extension stays: others may use it.
