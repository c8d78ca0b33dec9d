"""Which storage belongs to this database, which files it is storing or removing, and what scans of it found.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make three small tables; the storage itself is marked at the start that follows."""
    op.create_table(
        "storage_mark",
        sa.Column("token", sa.Text(), primary_key=True),
        _moment("created_at"),
        sa.Column("files_missing_accepted", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "pending_file",
        sa.Column("stored_filename", sa.Text(), primary_key=True),
        sa.Column("action", sa.Text(), nullable=False),
        _moment("began_at"),
        sa.CheckConstraint("action IN ('store', 'delete', 'quarantine')", name="pending_file_action_check"),
    )
    op.create_table(
        "storage_scan",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("position", sa.Text(), server_default="", nullable=False),
        _json("found"),
        _moment("started_at"),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        _json("last_found"),
        sa.CheckConstraint("name IN ('rows', 'orphans')", name="storage_scan_name_check"),
    )


def downgrade() -> None:
    """Drop the three tables."""
    for table in ("storage_scan", "pending_file", "storage_mark"):
        op.drop_table(table)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default="{}", nullable=False)
