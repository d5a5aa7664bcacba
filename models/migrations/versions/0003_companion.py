"""Companion chat: conversations, relationships with characters, quiet hours."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("quiet_from", sa.Time(), server_default="22:00:00", nullable=False))
    op.add_column("users", sa.Column("quiet_until", sa.Time(), server_default="07:00:00", nullable=False))
    op.create_table(
        "companion_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("character", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("companion_message_id", sa.Uuid(), nullable=True),
        sa.Column("initiated_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("model", sa.String(length=128), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["companion_message_id"],
            ["companion_messages.id"],
            name=op.f("fk_companion_messages_companion_message_id_companion_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_companion_messages_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companion_messages")),
        sa.UniqueConstraint("user_id", "initiated_on", name=op.f("uq_companion_messages_user_id_initiated_on")),
    )
    op.create_index(
        "ix_companion_messages_user_id_created_at_id", "companion_messages", ["user_id", "created_at", "id"]
    )
    op.create_index(
        "ix_companion_messages_user_id_character_created_at_id",
        "companion_messages",
        ["user_id", "character", "created_at", "id"],
    )
    op.create_index(
        "ix_companion_messages_companion_message_id",
        "companion_messages",
        ["companion_message_id"],
        postgresql_where="companion_message_id IS NOT NULL",
    )
    op.create_table(
        "character_relationships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("character", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("talked_on", sa.Date(), nullable=True),
        sa.Column("last_interaction_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_character_relationships_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_character_relationships")),
        sa.UniqueConstraint("user_id", "character", name=op.f("uq_character_relationships_user_id_character")),
    )


def downgrade() -> None:
    op.drop_table("character_relationships")
    op.drop_table("companion_messages")
    op.drop_column("users", "quiet_until")
    op.drop_column("users", "quiet_from")
