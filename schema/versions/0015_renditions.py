"""Which version of the drawing a picture's renditions are, which could not be remade, and sizes that are made later.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and make two tables; the renditions are remade in the background, found by a cursor of ids.

    The constant default is no rewriting, and there is no index to build: the lock on `image` lasts for moments.
    """
    op.create_table(
        "rendition_failure",
        _image_id(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text()),
        _moment("tried_at"),
        sa.PrimaryKeyConstraint("image_id"),
    )
    op.create_index("rendition_failure_oldest", "rendition_failure", ["tried_at"])
    op.create_table(
        "later_rendition",
        _image_id(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _moment("made_at"),
        sa.PrimaryKeyConstraint("image_id", "kind"),
    )
    op.create_index("later_rendition_oldest", "later_rendition", ["made_at"])
    _allow_scans("'rows', 'orphans', 'renditions'")
    op.add_column("image", sa.Column("rendition_version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    """Drop them; an older program makes the renditions that it misses at the first look."""
    op.drop_column("image", "rendition_version")
    op.execute("DELETE FROM storage_scan WHERE name = 'renditions'")
    _allow_scans("'rows', 'orphans'")
    op.drop_table("later_rendition")
    op.drop_table("rendition_failure")


def _allow_scans(names: str) -> None:
    op.drop_constraint("storage_scan_name_check", "storage_scan")
    op.create_check_constraint("storage_scan_name_check", "storage_scan", f"name IN ({names})")


def _image_id() -> sa.Column[object]:
    return sa.Column(
        "image_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), nullable=False
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
