"""What a picture was that was turned into a PNG or JPEG when it came, and the hash of the file that came.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns, which writes no row anew, and an index of the rows that have them, which are none yet."""
    op.add_column("image", sa.Column("source_sha256", sa.Text()))
    op.add_column("image", sa.Column("converted_from", sa.Text()))
    op.create_index(
        "image_source_sha256",
        "image",
        ["source_sha256"],
        postgresql_where=sa.text("source_sha256 IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop them; the pictures stay, and the same file sent again is not known any more."""
    op.drop_index("image_source_sha256", table_name="image")
    op.drop_column("image", "converted_from")
    op.drop_column("image", "source_sha256")
