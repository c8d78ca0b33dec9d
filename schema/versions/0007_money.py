"""What calls may have cost at most, why a batch waits, and why pictures of it were left out.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As in step 0004. A refusal tells how much was asked for, nothing is held for somebody who may not spend any more, and
# a call that ends wakes the batch whose next call waits for its money.
SUMS = """
CREATE OR REPLACE FUNCTION $schema.usage_sum() RETURNS trigger LANGUAGE plpgsql
SET search_path = $schema, pg_temp AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'UPDATE' THEN OLD.usd ELSE 0 END;
    most numeric := coalesce(nullif(current_setting('artwork.month_usd', true), ''), '0');
    first_day date := date_trunc('month', NEW.at AT TIME ZONE 'UTC');
    share numeric := (SELECT budget_usd FROM person WHERE id = NEW.person_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        $right
        -- The words of the last pictures may still be mended when the batch is done.
        UPDATE batch SET held_usd = held_usd + NEW.usd
        WHERE id = NEW.batch_id AND (state = 'running' OR state = 'done' AND NEW.kind = 'rewrite')
        AND (cap_usd IS NULL OR NEW.usd = 0 OR spent_usd + held_usd + NEW.usd <= cap_usd);
        IF NOT FOUND AND NEW.batch_id IS NOT NULL THEN
            IF EXISTS (SELECT FROM batch WHERE id = NEW.batch_id AND state IN ('running', 'done')) THEN
                RAISE EXCEPTION 'the cap does not cover this call' USING ERRCODE = 'AW001'$detail;
            END IF;
            RAISE EXCEPTION 'the batch does not run' USING ERRCODE = 'AW002';
        END IF;
        INSERT INTO spending AS s (month, usd, calls)
        SELECT first_day, NEW.usd, 1 WHERE most = 0 OR NEW.usd <= most OR NEW.usd = 0
        ON CONFLICT (month) DO UPDATE SET usd = s.usd + excluded.usd, calls = s.calls + 1
        WHERE most = 0 OR excluded.usd = 0 OR s.usd + excluded.usd <= most;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the budget does not cover this call' USING ERRCODE = 'AW003'$detail;
        END IF;
        INSERT INTO person_spending AS s (person_id, month, usd)
        SELECT NEW.person_id, first_day, NEW.usd WHERE NEW.person_id IS NOT NULL
            AND (share IS NULL OR NEW.usd <= share OR NEW.usd = 0)
        ON CONFLICT (person_id, month) DO UPDATE SET usd = s.usd + excluded.usd
        WHERE share IS NULL OR excluded.usd = 0 OR s.usd + excluded.usd <= share;
        IF NOT FOUND AND NEW.person_id IS NOT NULL THEN
            RAISE EXCEPTION 'the share does not cover this call' USING ERRCODE = 'AW004'$detail;
        END IF;
    ELSE
        UPDATE batch SET
            spent_usd = spent_usd + NEW.usd - CASE OLD.state WHEN 'lost' THEN before ELSE 0 END,
            held_usd = held_usd - CASE OLD.state WHEN 'lost' THEN 0 ELSE before END,
            lost = lost + (NEW.state = 'lost')::int - (OLD.state = 'lost')::int$wake
        WHERE id = NEW.batch_id;
        UPDATE spending SET usd = usd + NEW.usd - before WHERE month = first_day;
        UPDATE person_spending SET usd = usd + NEW.usd - before
        WHERE person_id = NEW.person_id AND month = first_day;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION $schema.batch_item_count() RETURNS trigger LANGUAGE plpgsql
SET search_path = $schema, pg_temp AS $$
BEGIN
    -- Words may arrive for a picture that was counted as failed.
    UPDATE batch SET
        done = done + (NEW.state = 'done')::int,
        failed = failed + (NEW.state = 'failed')::int - (OLD.state = 'failed')::int,
        skipped = skipped + (NEW.state = 'skipped')::int$reasons
    WHERE id = NEW.batch_id;
    UPDATE batch SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'done' END,
        finished_at = coalesce(finished_at, now())
    WHERE id = NEW.batch_id AND state <> 'done' AND done + failed + skipped >= total;
    RETURN NULL;
END $$;
"""

NEW = {
    "$right": """IF EXISTS (
            SELECT FROM person WHERE id = NEW.person_id AND (ended_at IS NOT NULL OR role = 'viewer')
        ) THEN
            RAISE EXCEPTION 'this person may not spend' USING ERRCODE = 'AW005';
        END IF;""",
    "$detail": ", DETAIL = NEW.usd::text",
    "$wake": """,
            wait_until = NULL""",
    "$reasons": """,
        skipped_trashed = skipped_trashed + (NEW.state = 'skipped' AND NEW.code = 'trashed')::int,
        skipped_deleted = skipped_deleted + (NEW.state = 'skipped' AND NEW.code = 'deleted')::int""",
}

# Until now one code stood for two causes, told apart by the sentence, which said "used up" also of money that was only
# held back. Of a call that was lost nobody knows more than what was held back for it. What was skipped was in the
# trash, or is gone for good.
CARRY = """
UPDATE batch SET paused_code = CASE WHEN paused_message LIKE 'Your share of %' THEN 'share' ELSE 'month' END,
    paused_message = replace(paused_message, ' is used up.', ' did not cover another picture.')
WHERE state = 'paused' AND paused_code = 'budget';
UPDATE usage SET at_most = true, at_most_usd = usd WHERE state = 'lost';
UPDATE batch b SET skipped_trashed = found.trashed, skipped_deleted = found.deleted
FROM (
    SELECT i.batch_id, count(*) - count(i.image_id) AS deleted, count(i.image_id) AS trashed
    FROM batch_item i WHERE i.state = 'skipped' AND i.code = 'not_found' GROUP BY i.batch_id
) AS found WHERE found.batch_id = b.id;
"""


def upgrade() -> None:
    """Add the columns, none of which writes a row anew, and carry over what is known."""
    op.add_column("usage", sa.Column("at_most", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("usage", _dollars("at_most_usd", nullable=False))
    op.add_column("batch", sa.Column("wait_until", sa.DateTime(timezone=True)))
    op.add_column("batch", sa.Column("refused_usd", sa.Numeric(14, 6)))
    for name in ("skipped_trashed", "skipped_deleted"):
        op.add_column("batch", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    _run(_functions(NEW) + CARRY)


def downgrade() -> None:
    """Take the columns away; what was booked stays."""
    _run(
        _functions(dict.fromkeys(NEW, ""))
        + "UPDATE batch SET paused_code = 'budget' WHERE paused_code IN ('share', 'month');"
        + "UPDATE batch SET paused_code = 'person' WHERE paused_code = 'rights';"
        + "UPDATE batch_item SET code = 'not_found' WHERE state = 'skipped' AND code IN ('trashed', 'deleted')"
    )
    for name in ("skipped_deleted", "skipped_trashed", "refused_usd", "wait_until"):
        op.drop_column("batch", name)
    op.drop_column("usage", "at_most_usd")
    op.drop_column("usage", "at_most")


def _functions(parts: dict[str, str]) -> str:
    written = SUMS.replace("$schema", _schema())
    for name, part in parts.items():
        written = written.replace(name, part)
    return written


def _schema() -> str:
    """Give the schema that our tables are in, quoted; it need not be the one that new tables would come into."""
    return str(
        op.get_bind().scalar(
            sa.text(
                "SELECT quote_ident(nspname) FROM pg_namespace JOIN pg_class c ON c.relnamespace = pg_namespace.oid"
                " WHERE c.oid = to_regclass('image')"
            )
        )
    )


def _dollars(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(14, 6), server_default="0", nullable=nullable)


def _run(statements: str) -> None:
    # A colon in these statements is no parameter.
    op.execute(sa.text(statements.replace(":", r"\:")))
