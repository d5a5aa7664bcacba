"""Cost and rights."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The tables of langgraph-checkpoint-postgres as its own migrations 0 to 9 leave them (docs/decisions/0012), in a schema of
# their own, with what the sweep and the deletion of a person need beside them. A test compares them with the library's.
_AGENT_STATE = """
    CREATE SCHEMA agent_state;
    CREATE TABLE agent_state.checkpoint_migrations (v integer PRIMARY KEY);
    INSERT INTO agent_state.checkpoint_migrations SELECT generate_series(0, 9);
    CREATE TABLE agent_state.checkpoints (
        thread_id text NOT NULL,
        checkpoint_ns text NOT NULL DEFAULT '',
        checkpoint_id text NOT NULL,
        parent_checkpoint_id text,
        type text,
        checkpoint jsonb NOT NULL,
        metadata jsonb NOT NULL DEFAULT '{}',
        user_id text GENERATED ALWAYS AS (metadata ->> 'user_id') STORED,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
    );
    CREATE INDEX checkpoints_user_id_idx ON agent_state.checkpoints (user_id);
    CREATE TABLE agent_state.checkpoint_blobs (
        thread_id text NOT NULL,
        checkpoint_ns text NOT NULL DEFAULT '',
        channel text NOT NULL,
        version text NOT NULL,
        type text NOT NULL,
        blob bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
    );
    CREATE TABLE agent_state.checkpoint_writes (
        thread_id text NOT NULL,
        checkpoint_ns text NOT NULL DEFAULT '',
        checkpoint_id text NOT NULL,
        task_id text NOT NULL,
        idx integer NOT NULL,
        channel text NOT NULL,
        type text,
        blob bytea NOT NULL,
        task_path text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
    );
    CREATE INDEX checkpoints_created_at_idx ON agent_state.checkpoints (created_at);
    CREATE INDEX checkpoint_blobs_created_at_idx ON agent_state.checkpoint_blobs (created_at);
    CREATE INDEX checkpoint_writes_created_at_idx ON agent_state.checkpoint_writes (created_at);
"""


def upgrade() -> None:
    op.add_column("jobs", sa.Column("cost", sa.Numeric(14, 8), server_default="0", nullable=False))
    op.add_column("users", sa.Column("daily_budget_usd", sa.Numeric(10, 4)))
    op.add_column("users", sa.Column("daily_token_budget", sa.BigInteger()))
    op.create_table(
        "token_spend",
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(14, 8), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", "model", name="pk_token_spend"),
    )
    op.execute(_AGENT_STATE)
    op.add_column("quests", sa.Column("hidden_trigger", sa.String(32)))
    op.create_index(
        "uq_quests_user_id_hidden_trigger",
        "quests",
        ["user_id", "hidden_trigger"],
        unique=True,
        postgresql_where="hidden_trigger IS NOT NULL",
    )
    op.create_table(
        "deleted_users",
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name="pk_deleted_users"),
    )


def downgrade() -> None:
    op.drop_table("deleted_users")
    op.drop_index("uq_quests_user_id_hidden_trigger", "quests")
    op.drop_column("quests", "hidden_trigger")
    op.execute("DROP SCHEMA agent_state CASCADE")
    op.drop_table("token_spend")
    op.drop_column("users", "daily_token_budget")
    op.drop_column("users", "daily_budget_usd")
    op.drop_column("jobs", "cost")
