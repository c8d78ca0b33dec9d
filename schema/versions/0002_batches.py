"""Batches with their items and titles, the voice, and what keeps many calls within their money and pace.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIER = "tier IN ('standard', 'flex')"

# Every call of every process adds to the same few rows: its batch and its month. The sums are kept by the database
# itself and at the very end of the transaction, so that those rows are locked while it commits and not while a busy
# process finds time for its next statement. A reservation that does not fit makes the commit fail.
SUMS = """
CREATE FUNCTION usage_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'UPDATE' THEN OLD.usd ELSE 0 END;
    most numeric := coalesce(nullif(current_setting('artwork.month_usd', true), ''), '0');
    first_day date := date_trunc('month', NEW.at AT TIME ZONE 'UTC');
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- The words of the last pictures may still be mended when the batch is done.
        UPDATE batch SET held_usd = held_usd + NEW.usd
        WHERE id = NEW.batch_id AND (state = 'running' OR state = 'done' AND NEW.kind = 'rewrite')
        AND (cap_usd IS NULL OR NEW.usd = 0 OR spent_usd + held_usd + NEW.usd <= cap_usd);
        IF NOT FOUND AND NEW.batch_id IS NOT NULL THEN
            IF EXISTS (SELECT FROM batch WHERE id = NEW.batch_id AND state IN ('running', 'done')) THEN
                RAISE EXCEPTION 'the cap does not cover this call' USING ERRCODE = 'AW001';
            END IF;
            RAISE EXCEPTION 'the batch does not run' USING ERRCODE = 'AW002';
        END IF;
        INSERT INTO spending AS s (month, usd, calls)
        SELECT first_day, NEW.usd, 1 WHERE most = 0 OR NEW.usd <= most OR NEW.usd = 0
        ON CONFLICT (month) DO UPDATE SET usd = s.usd + excluded.usd, calls = s.calls + 1
        WHERE most = 0 OR excluded.usd = 0 OR s.usd + excluded.usd <= most;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the budget does not cover this call' USING ERRCODE = 'AW003';
        END IF;
    ELSE
        UPDATE batch SET
            spent_usd = spent_usd + NEW.usd - CASE OLD.state WHEN 'lost' THEN before ELSE 0 END,
            held_usd = held_usd - CASE OLD.state WHEN 'lost' THEN 0 ELSE before END,
            lost = lost + (NEW.state = 'lost')::int - (OLD.state = 'lost')::int
        WHERE id = NEW.batch_id;
        UPDATE spending SET usd = usd + NEW.usd - before WHERE month = first_day;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER usage_held AFTER INSERT ON usage DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'reserved') EXECUTE FUNCTION usage_sum();
CREATE CONSTRAINT TRIGGER usage_settled AFTER UPDATE OF state ON usage DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state IN ('reserved', 'lost') AND OLD.state <> NEW.state) EXECUTE FUNCTION usage_sum();
CREATE FUNCTION batch_item_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Words may arrive for a picture that was counted as failed.
    UPDATE batch SET
        done = done + (NEW.state = 'done')::int,
        failed = failed + (NEW.state = 'failed')::int - (OLD.state = 'failed')::int,
        skipped = skipped + (NEW.state = 'skipped')::int
    WHERE id = NEW.batch_id;
    UPDATE batch SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'done' END,
        finished_at = coalesce(finished_at, now())
    WHERE id = NEW.batch_id AND state <> 'done' AND done + failed + skipped >= total;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER batch_item_ended AFTER UPDATE OF state ON batch_item DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state IN ('done', 'failed', 'skipped') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION batch_item_count();
"""


def upgrade() -> None:
    """Make the new tables and columns; the months so far are added up from the ledger."""
    _create_voice()
    _create_batch()
    _extend_usage()
    _create_spending()
    _create_items()
    op.add_column("rate_bucket", sa.Column("paced_at", sa.DateTime(timezone=True)))
    op.add_column("rate_bucket", sa.Column("told", sa.Double()))
    # A colon in these statements is no parameter.
    op.execute(sa.text(SUMS.replace(":", r"\:")))


def downgrade() -> None:
    """Drop what `upgrade` made; words that batches wrote stay."""
    op.execute("DROP TRIGGER usage_held ON usage; DROP TRIGGER usage_settled ON usage")
    op.execute("DROP FUNCTION usage_sum()")
    op.drop_column("rate_bucket", "told")
    op.drop_column("rate_bucket", "paced_at")
    for table in ("batch_title", "batch_item", "spending"):
        op.drop_table(table)
    op.execute("DROP FUNCTION batch_item_count()")
    for index in ("usage_one_at_once", "usage_model", "usage_batch"):
        op.drop_index(index, "usage")
    op.create_index("usage_reserved", "usage", ["at"], postgresql_where=sa.text("state = 'reserved'"))
    for column in ("person", "tier", "batch_id"):
        op.drop_column("usage", column)
    op.drop_table("batch")
    op.drop_column("suggestion", "voice_id")
    op.drop_column("revision", "voice_id")
    op.drop_table("voice")


def _create_voice() -> None:
    op.create_table("voice", _id(), _moment("created_at"), _words("by", "person"), _json("choices"))
    op.add_column("revision", _voice_key())
    op.create_index(
        "revision_voice", "revision", ["voice_id"], postgresql_where=sa.text("voice_id IS NOT NULL")
    )
    op.add_column("suggestion", _voice_key())
    op.create_index("ix_suggestion_voice_id", "suggestion", ["voice_id"])


def _create_batch() -> None:
    op.create_table(
        "batch",
        _id(),
        _moment("created_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        _words("person", "owner"),
        _words("state", "running"),
        _words("paused_code"),
        _words("paused_message"),
        _words("about"),
        _words("only", "empty"),
        sa.Column("fields", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        _words("note"),
        _words("language", "en"),
        _words("tier", "standard"),
        sa.Column("cap_usd", sa.Numeric(14, 6)),
        *(_number(name) for name in ("total", "done", "failed", "skipped", "lost")),
        _dollars("spent_usd"),
        _dollars("held_usd"),
        sa.CheckConstraint("state IN ('running', 'paused', 'done', 'cancelled')", name="batch_state_check"),
        sa.CheckConstraint("\"only\" IN ('empty', 'ai', 'suggest')", name="batch_only_check"),
        sa.CheckConstraint(TIER, name="batch_tier_check"),
    )
    op.create_index("batch_open", "batch", ["id"], postgresql_where=sa.text("state IN ('running', 'paused')"))


def _extend_usage() -> None:
    """Let the ledger know batches, tiers and people; calls open by now belong to a program that has stopped."""
    op.add_column(
        "usage",
        sa.Column("batch_id", sa.BigInteger(), sa.ForeignKey("batch.id", ondelete="SET NULL")),
    )
    op.add_column("usage", _words("tier", "standard"))
    op.add_column("usage", _words("person", "owner"))
    op.create_check_constraint("usage_tier_check", "usage", TIER)
    op.execute("UPDATE usage SET state = 'lost' WHERE state = 'reserved'")
    op.drop_index("usage_reserved", "usage")
    op.create_index("usage_batch", "usage", ["batch_id"], postgresql_where=sa.text("batch_id IS NOT NULL"))
    op.create_index(
        "usage_model", "usage", ["model", sa.text("id DESC")], postgresql_where=sa.text("state = 'ok'")
    )
    op.create_index(
        "usage_one_at_once",
        "usage",
        ["image_id"],
        unique=True,
        postgresql_where=sa.text("state = 'reserved'"),
    )


def _create_spending() -> None:
    op.create_table(
        "spending",
        sa.Column("month", sa.Date(), primary_key=True),
        _dollars("usd"),
        sa.Column("calls", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(
        "INSERT INTO spending (month, usd, calls)"
        " SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date, sum(usd), count(*) FROM usage GROUP BY 1"
    )


def _create_items() -> None:
    op.create_table(
        "batch_item",
        _id(),
        sa.Column("batch_id", sa.BigInteger(), _key("batch", "CASCADE"), nullable=False),
        sa.Column("image_id", sa.BigInteger(), _key("image", "SET NULL")),
        _words("state", "waiting"),
        _number("attempts"),
        sa.Column("first_tried_at", sa.DateTime(timezone=True)),
        _moment("not_before"),
        _words("claim"),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("usage_id", sa.BigInteger(), _key("usage", "SET NULL")),
        _words("code"),
        _words("message"),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'done', 'failed', 'skipped', 'cancelled')",
            name="batch_item_state_check",
        ),
    )
    for name, columns, state in (
        ("batch_item_waiting", ["batch_id", "not_before", "id"], "waiting"),
        ("batch_item_working", ["lease_until"], "working"),
        ("batch_item_failed", ["batch_id", "id"], "failed"),
    ):
        op.create_index(name, "batch_item", columns, postgresql_where=sa.text(f"state = '{state}'"))
    op.create_index("batch_item_finished", "batch_item", ["batch_id", "finished_at"])
    op.create_index("batch_item_image", "batch_item", ["image_id"])
    op.create_index("batch_item_usage", "batch_item", ["usage_id"])
    op.create_table(
        "batch_title",
        sa.Column("batch_id", sa.BigInteger(), _key("batch", "CASCADE"), primary_key=True),
        sa.Column("title", sa.Text(), primary_key=True),
        sa.Column("image_id", sa.BigInteger(), _key("image", "CASCADE"), nullable=False),
    )
    op.create_index("batch_title_image", "batch_title", ["image_id"])


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _words(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _dollars(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(14, 6), server_default="0", nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default="{}", nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _key(table: str, ondelete: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete=ondelete)


def _voice_key() -> sa.Column[int]:
    return sa.Column("voice_id", sa.BigInteger(), _key("voice", "SET NULL"))
