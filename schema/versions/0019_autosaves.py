"""Words that are being typed: kept on the server before they are published.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an empty table."""
    op.create_table(
        "autosave",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("image_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id", ondelete="CASCADE")),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("was", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("revision_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index(
        "autosave_key",
        "autosave",
        ["image_id", sa.text("coalesce(person_id, 0)"), "tab", "field"],
        unique=True,
    )
    op.create_index("autosave_person", "autosave", ["person_id"])
    op.create_index("autosave_oldest", "autosave", ["updated_at"])


def downgrade() -> None:
    """Drop it; what was not published by then is lost."""
    op.drop_table("autosave")
