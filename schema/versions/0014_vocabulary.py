"""The words of the library's texts, for searches that find nothing; they are gathered in the background.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables."""
    # By the numbers of the signs: an index of that order finds beginnings, whatever the server's locale is.
    op.create_table("search_word", sa.Column("word", sa.Text(collation="C"), primary_key=True))
    op.create_index("search_word_end", "search_word", [sa.text('"right"(word, 3)')])
    op.create_table(
        "search_word_progress",
        sa.Column("id", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("seen_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint("id = 1", name="search_word_progress_one_row"),
    )


def downgrade() -> None:
    """Drop them; the words of the texts themselves stay."""
    op.drop_table("search_word_progress")
    op.drop_table("search_word")
