"""What visitors of shared galleries chose: who they are by a name and a cookie, and which pictures.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two empty tables."""
    op.create_table(
        "visitor",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "share_id", sa.BigInteger(), sa.ForeignKey("share_link.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index("visitor_key", "visitor", ["share_id", "key_hash"], unique=True)
    op.create_table(
        "favourite",
        sa.Column(
            "visitor_id", sa.BigInteger(), sa.ForeignKey("visitor.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "image_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), primary_key=True
        ),
    )
    op.create_index("favourite_image", "favourite", ["image_id"])


def downgrade() -> None:
    """Drop them; what visitors chose is lost."""
    op.drop_table("favourite")
    op.drop_table("visitor")
