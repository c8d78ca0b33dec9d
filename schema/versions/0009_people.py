"""What belongs to people who left or may less, and collections that are deleted and can still come back.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what both need; no table is written anew."""
    _keep_deleted_collections()


def downgrade() -> None:
    """Take it away again; collections that are deleted go for good."""
    _delete_collections_at_once()


def _keep_deleted_collections() -> None:
    """Mark a deleted collection instead of removing its row; its name is free for another one."""
    op.add_column("collection", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.drop_index("collection_name_key", "collection")
    op.create_index(
        "collection_name_key",
        "collection",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _delete_collections_at_once() -> None:
    op.execute("DELETE FROM collection WHERE deleted_at IS NOT NULL")
    # What the triggers have noted is counted now: a table with events that wait cannot be changed.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.drop_index("collection_name_key", "collection")
    op.create_index("collection_name_key", "collection", [sa.text("lower(name)")], unique=True)
    op.drop_column("collection", "deleted_at")
