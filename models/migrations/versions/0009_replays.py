"""Jobs in the order in which they were settled; quests know the event that asked for them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_jobs_finished_at", "jobs")
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"])
    op.add_column("quests", sa.Column("source_event_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("quests", "source_event_id")
    op.drop_index("ix_jobs_finished_at", "jobs")
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"], postgresql_using="brin")
