"""The month that a call is paid in, written down with it: the time zone whose months count can then be changed.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As in step 0007, but for the month. Calls from before it was written down were paid in the months of UTC, and so are
# those of a program that does not know of it yet.
SUMS = """
CREATE OR REPLACE FUNCTION $schema.usage_sum() RETURNS trigger LANGUAGE plpgsql
SET search_path = $schema, pg_temp AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'UPDATE' THEN OLD.usd ELSE 0 END;
    most numeric := coalesce(nullif(current_setting('artwork.month_usd', true), ''), '0');
    first_day date := $month;
    share numeric := (SELECT budget_usd FROM person WHERE id = NEW.person_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (
            SELECT FROM person WHERE id = NEW.person_id AND (ended_at IS NOT NULL OR role = 'viewer')
        ) THEN
            RAISE EXCEPTION 'this person may not spend' USING ERRCODE = 'AW005';
        END IF;
        -- The words of the last pictures may still be mended when the batch is done.
        UPDATE batch SET held_usd = held_usd + NEW.usd
        WHERE id = NEW.batch_id AND (state = 'running' OR state = 'done' AND NEW.kind = 'rewrite')
        AND (cap_usd IS NULL OR NEW.usd = 0 OR spent_usd + held_usd + NEW.usd <= cap_usd);
        IF NOT FOUND AND NEW.batch_id IS NOT NULL THEN
            IF EXISTS (SELECT FROM batch WHERE id = NEW.batch_id AND state IN ('running', 'done')) THEN
                RAISE EXCEPTION 'the cap does not cover this call' USING ERRCODE = 'AW001', DETAIL = NEW.usd::text;
            END IF;
            RAISE EXCEPTION 'the batch does not run' USING ERRCODE = 'AW002';
        END IF;
        INSERT INTO spending AS s (month, usd, calls)
        SELECT first_day, NEW.usd, 1 WHERE most = 0 OR NEW.usd <= most OR NEW.usd = 0
        ON CONFLICT (month) DO UPDATE SET usd = s.usd + excluded.usd, calls = s.calls + 1
        WHERE most = 0 OR excluded.usd = 0 OR s.usd + excluded.usd <= most;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the budget does not cover this call' USING ERRCODE = 'AW003', DETAIL = NEW.usd::text;
        END IF;
        INSERT INTO person_spending AS s (person_id, month, usd)
        SELECT NEW.person_id, first_day, NEW.usd WHERE NEW.person_id IS NOT NULL
            AND (share IS NULL OR NEW.usd <= share OR NEW.usd = 0)
        ON CONFLICT (person_id, month) DO UPDATE SET usd = s.usd + excluded.usd
        WHERE share IS NULL OR excluded.usd = 0 OR s.usd + excluded.usd <= share;
        IF NOT FOUND AND NEW.person_id IS NOT NULL THEN
            RAISE EXCEPTION 'the share does not cover this call' USING ERRCODE = 'AW004', DETAIL = NEW.usd::text;
        END IF;
    ELSE
        UPDATE batch SET
            spent_usd = spent_usd + NEW.usd - CASE OLD.state WHEN 'lost' THEN before ELSE 0 END,
            held_usd = held_usd - CASE OLD.state WHEN 'lost' THEN 0 ELSE before END,
            lost = lost + (NEW.state = 'lost')::int - (OLD.state = 'lost')::int,
            wait_until = NULL
        WHERE id = NEW.batch_id;
        UPDATE spending SET usd = usd + NEW.usd - before WHERE month = first_day;
        UPDATE person_spending SET usd = usd + NEW.usd - before
        WHERE person_id = NEW.person_id AND month = first_day;
    END IF;
    RETURN NULL;
END $$;
"""
OF_UTC = "date_trunc('month', NEW.at AT TIME ZONE 'UTC')"
# From the month that was written down with a call to that of UTC, as one change for each month.
MOVED = """
FROM usage u CROSS JOIN LATERAL (VALUES (u.month, -1), (date_trunc('month', u.at AT TIME ZONE 'UTC')::date, 1))
    AS m (month, sign) WHERE u.month <> date_trunc('month', u.at AT TIME ZONE 'UTC')::date
"""
BACK = f"""
INSERT INTO spending AS s (month, usd, calls) SELECT m.month, sum(u.usd * m.sign), sum(m.sign) {MOVED}
GROUP BY m.month ON CONFLICT (month) DO UPDATE SET usd = s.usd + excluded.usd, calls = s.calls + excluded.calls;
INSERT INTO person_spending AS s (person_id, month, usd) SELECT u.person_id, m.month, sum(u.usd * m.sign) {MOVED}
AND u.person_id IS NOT NULL GROUP BY u.person_id, m.month
ON CONFLICT (person_id, month) DO UPDATE SET usd = s.usd + excluded.usd;
"""


def upgrade() -> None:
    """Add the column, which writes no row anew, and let the sums go by it."""
    op.add_column("usage", sa.Column("month", sa.Date()))
    _run(_function(f"coalesce(NEW.month, {OF_UTC})"))


def downgrade() -> None:
    """Take the column away; calls that were paid in another month than that of UTC are moved to it.

    There those are settled from then on that are under way, so that none is missed or counted twice.
    """
    _run(_function(OF_UTC) + BACK)
    op.drop_column("usage", "month")


def _function(month: str) -> str:
    return SUMS.replace("$schema", _schema()).replace("$month", month)


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


def _run(statements: str) -> None:
    # A colon in these statements is no parameter.
    op.execute(sa.text(statements.replace(":", r"\:")))
