"""Operations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_pauses",
        sa.Column("consumer_group", sa.String(length=64), nullable=False),
        sa.Column("paused_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer_group", name=op.f("pk_group_pauses")),
    )


def downgrade() -> None:
    op.drop_table("group_pauses")
