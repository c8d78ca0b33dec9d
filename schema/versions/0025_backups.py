"""What is known of backups: the last good one, the last that failed, and whether one or a restore is under way.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an empty table."""
    op.create_table(
        "backup_state",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Drop it; when the last good backup was made is forgotten."""
    op.drop_table("backup_state")
