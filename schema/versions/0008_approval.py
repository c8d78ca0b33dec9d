"""Which words a person approved, what a batch may renew and how it is undone, and versions of what had none.

Every new column has a constant default, so no table is written anew. Frozen: nothing of the application is imported,
so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What a person changes by a form that shows what was there before.
VERSIONED = ("collection", "category", "saved_view", "tag", "share_link", "person")
VOUCHED = (
    "trashed_at IS NULL AND (status = 'ready' OR origins ->> 'category' IN ('person', 'ai_edited') "
    "OR 'category' = ANY (approved))"
)
# A picture that was marked ready before that took words. It keeps its place and is told in its history.
WORDLESS = """
WITH was AS (
    UPDATE image SET status = 'draft', version = version + 1
    WHERE status = 'ready' AND post_title = '' AND description = '' AND hashtags = '{}' AND category_id IS NULL
        AND key_points = '' AND alt_text = '' RETURNING id
)
INSERT INTO revision (image_id, by, action, changes)
SELECT id, 'update', 'edit', '{"status": ["ready", "draft"]}' FROM was
"""


def upgrade() -> None:
    """Add the columns, the index that tells which categories a person stands for, and make wordless Ready drafts."""
    # Words of pictures that are ready are approved by that alone; this holds what stays approved after.
    op.add_column("image", sa.Column("approved", ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_index("image_vouched", "image", ["category_id"], postgresql_where=sa.text(VOUCHED))
    op.execute("CREATE SEQUENCE suggestion_number_seq START 2")
    op.add_column("suggestion", sa.Column("number", sa.BigInteger(), server_default="1", nullable=False))
    for table in VERSIONED:
        op.add_column(table, _count("version"))
    op.add_column("collection", _count("arranged"))
    op.add_column("category", sa.Column("by_person", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("batch", sa.Column("approved_too", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("batch", sa.Column("bulk_edit_id", sa.BigInteger()))
    op.create_foreign_key(None, "batch", "bulk_edit", ["bulk_edit_id"], ["id"], ondelete="SET NULL")
    op.create_index("batch_bulk_edit", "batch", ["bulk_edit_id"])
    op.add_column("revision", sa.Column("unapproved", ARRAY(sa.Text())))
    op.execute(WORDLESS)
    # What was counted is settled now: a later step may change the tables that are counted.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")


def downgrade() -> None:
    """Drop the columns; what was made a draft stays one."""
    op.drop_column("revision", "unapproved")
    for name in ("bulk_edit_id", "approved_too"):
        op.drop_column("batch", name)
    op.drop_column("category", "by_person")
    op.drop_column("collection", "arranged")
    for table in VERSIONED:
        op.drop_column(table, "version")
    op.drop_column("suggestion", "number")
    op.execute("DROP SEQUENCE suggestion_number_seq")
    op.drop_index("image_vouched", "image")
    op.drop_column("image", "approved")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="1", nullable=False)
