"""What the AI service said about a call that failed, for owners.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column with a constant default; no table is rewritten."""
    op.add_column("usage", sa.Column("details", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("usage", "details")
