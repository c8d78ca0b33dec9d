"""What belongs to people who left or may less, how local mode ended, and deleted collections that can come back.

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
    """Add small tables and columns; no table is rewritten."""
    _add_makers_of_tickets()
    _add_end_of_local_mode()
    _keep_deleted_collections()


def downgrade() -> None:
    """Take them away again; collections that are deleted go for good."""
    _delete_collections_at_once()
    op.drop_table("local_mode_end")
    op.drop_index("ticket_made_by", "ticket")
    op.drop_column("ticket", "made_by_id")


def _add_makers_of_tickets() -> None:
    """Note whose links are still open, for the audit knows: both were written in one transaction, at one time."""
    op.add_column(
        "ticket",
        sa.Column("made_by_id", sa.BigInteger(), sa.ForeignKey("person.id", ondelete="SET NULL")),
    )
    op.create_index("ticket_made_by", "ticket", ["made_by_id"])
    op.execute("""
        UPDATE ticket SET made_by_id = person.id FROM audit JOIN person ON person.id = audit.person_id
        WHERE audit.action IN ('invitation made', 'reset link made')
        AND ticket.used_at IS NULL AND audit.at = ticket.created_at
        AND audit.action = CASE ticket.kind WHEN 'invitation' THEN 'invitation made' ELSE 'reset link made' END
        AND audit.target = left(ticket.email, 200)
    """)


def _add_end_of_local_mode() -> None:
    op.create_table(
        "local_mode_end",
        sa.Column("id", sa.BigInteger(), server_default="1", autoincrement=False, primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("id = 1", name="local_mode_end_one_row"),
    )


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
