"""Lists by title from Z to A, and by how far a picture is.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

LIVE = sa.text("trashed_at IS NULL")
TITLE = (sa.text("(post_title <> '')"), sa.text("lower(left(post_title, 200))"), "id")
PROGRESS = (sa.text("(status <> 'ready')"), sa.text("(status = 'new')"), "created_at", "id")


def upgrade() -> None:
    """Make an index for each of the two orders."""
    op.create_index("image_title_down", "image", TITLE, postgresql_where=LIVE)
    op.create_index("image_progress", "image", PROGRESS, postgresql_where=LIVE)


def downgrade() -> None:
    """Drop them; nothing else knows them."""
    op.drop_index("image_progress", "image")
    op.drop_index("image_title_down", "image")
