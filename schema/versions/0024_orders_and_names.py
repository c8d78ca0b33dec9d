"""Lists by title from Z to A, and by how far a picture is; collections and galleries found by words of their names.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

LIVE = sa.text("trashed_at IS NULL")
TITLE = (sa.text("(post_title <> '')"), sa.text("lower(left(post_title, 200))"), "id")
PROGRESS = (sa.text("(status <> 'ready')"), sa.text("(status = 'new')"), "created_at", "id")


# The index, its table, and the column whose words it holds.
NAMES = (("collection_words", "collection", "name"), ("share_link_words", "share_link", "title"))


def upgrade() -> None:
    """Make an index for each of the two orders, and for the names of each of the two tables."""
    op.create_index("image_title_down", "image", TITLE, postgresql_where=LIVE)
    op.create_index("image_progress", "image", PROGRESS, postgresql_where=LIVE)
    for index, table, column in NAMES:
        op.create_index(index, table, [sa.text(f"search_vector({column})")], postgresql_using="gin")


def downgrade() -> None:
    """Drop them; nothing else knows them."""
    for index, table, _ in NAMES:
        op.drop_index(index, table)
    op.drop_index("image_progress", "image")
    op.drop_index("image_title_down", "image")
