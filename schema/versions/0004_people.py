"""People, their sessions, invitations and tokens; shared galleries; counted guesses; what was done by whom.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLE = "role IN ('viewer', 'editor', 'owner')"

# As in step 0002, with the share of the budget that a person may use. Whoever has no account has no share.
SUMS = """
CREATE OR REPLACE FUNCTION usage_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'UPDATE' THEN OLD.usd ELSE 0 END;
    most numeric := coalesce(nullif(current_setting('artwork.month_usd', true), ''), '0');
    first_day date := date_trunc('month', NEW.at AT TIME ZONE 'UTC');
    $declare
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
        $take
    ELSE
        UPDATE batch SET
            spent_usd = spent_usd + NEW.usd - CASE OLD.state WHEN 'lost' THEN before ELSE 0 END,
            held_usd = held_usd - CASE OLD.state WHEN 'lost' THEN 0 ELSE before END,
            lost = lost + (NEW.state = 'lost')::int - (OLD.state = 'lost')::int
        WHERE id = NEW.batch_id;
        UPDATE spending SET usd = usd + NEW.usd - before WHERE month = first_day;
        $give
    END IF;
    RETURN NULL;
END $$;
"""

SHARE = {
    "$declare": """share numeric := (SELECT budget_usd FROM person WHERE id = NEW.person_id);""",
    "$take": """INSERT INTO person_spending AS s (person_id, month, usd)
        SELECT NEW.person_id, first_day, NEW.usd WHERE NEW.person_id IS NOT NULL
            AND (share IS NULL OR NEW.usd <= share OR NEW.usd = 0)
        ON CONFLICT (person_id, month) DO UPDATE SET usd = s.usd + excluded.usd
        WHERE share IS NULL OR excluded.usd = 0 OR s.usd + excluded.usd <= share;
        IF NOT FOUND AND NEW.person_id IS NOT NULL THEN
            RAISE EXCEPTION 'the share does not cover this call' USING ERRCODE = 'AW004';
        END IF;""",
    "$give": """UPDATE person_spending SET usd = usd + NEW.usd - before
        WHERE person_id = NEW.person_id AND month = first_day;""",
}

# Also refused to the role that owns the table, so that no mistake of the program takes away what happened. Against an
# attacker who has the program's password only a second role helps (migrations.py grants it no more than this).
APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""


def upgrade() -> None:
    """Make the new tables and columns; everything so far was done by the owner of this computer."""
    _create_people()
    _create_shares()
    op.create_table(
        "guess",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        _moment("since"),
    )
    op.create_table(
        "audit",
        _id(),
        _moment("at"),
        # No foreign key: what was done stays when the one who did it goes.
        sa.Column("person_id", sa.BigInteger()),
        *(_words(name) for name in ("who", "way", "address", "action", "target")),
        sa.Column("detail", JSONB(), server_default="{}", nullable=False),
    )
    op.create_index("audit_action", "audit", ["action", sa.text("id DESC")])
    op.create_index("audit_person", "audit", ["person_id", sa.text("id DESC")])
    op.add_column("revision", _words("who"))
    op.add_column("voice", _words("who"))
    for table in ("usage", "batch"):
        op.add_column(table, sa.Column("person_id", sa.BigInteger(), _key("person", "SET NULL")))
        op.create_index(
            f"{table}_person", table, ["person_id"], postgresql_where=sa.text("person_id IS NOT NULL")
        )
    _run(_sums(SHARE) + APPEND_ONLY)


def downgrade() -> None:
    """Drop what `upgrade` made; the pictures and their words stay."""
    _run(_sums(dict.fromkeys(SHARE, "")))
    for table in ("usage", "batch"):
        op.drop_column(table, "person_id")
    op.drop_column("voice", "who")
    op.drop_column("revision", "who")
    for table in (
        "audit", "guess", "share_image", "share_link", "api_token", "ticket", "person_session", "person_spending",
        "person",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_append_only()")


def _sums(parts: dict[str, str]) -> str:
    sums = SUMS
    for name, part in parts.items():
        sums = sums.replace(name, part)
    return sums


def _run(statements: str) -> None:
    # A colon in these statements is no parameter.
    op.execute(sa.text(statements.replace(":", r"\:")))


def _create_people() -> None:
    op.create_table(
        "person",
        _id(),
        sa.Column("email", sa.Text(), nullable=False),
        _words("name"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("oidc_issuer", sa.Text()),
        sa.Column("oidc_subject", sa.Text()),
        sa.Column("budget_usd", sa.Numeric(14, 6)),
        _moment("created_at"),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(ROLE, name="person_role_check"),
    )
    op.create_index("person_email_key", "person", [sa.text("lower(email)")], unique=True)
    op.create_index("person_oidc_key", "person", ["oidc_issuer", "oidc_subject"], unique=True)
    op.create_table(
        "person_spending",
        sa.Column("person_id", sa.BigInteger(), _key("person", "CASCADE"), primary_key=True),
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column("usd", sa.Numeric(14, 6), server_default="0", nullable=False),
    )
    op.create_table(
        "person_session",
        _id(),
        sa.Column("person_id", sa.BigInteger(), _key("person", "CASCADE"), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *(_words(name) for name in ("way", "address", "device")),
    )
    op.create_index("person_session_token_key", "person_session", ["token_hash"], unique=True)
    op.create_index("person_session_person", "person_session", ["person_id"])
    op.create_index("person_session_expires", "person_session", ["expires_at"])
    op.create_table(
        "ticket",
        _id(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), _key("person", "CASCADE")),
        *(_words(name) for name in ("email", "name")),
        _words("role", "viewer"),
        sa.Column("budget_usd", sa.Numeric(14, 6)),
        _words("made_by"),
        _moment("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name="ticket_kind_check"),
        sa.CheckConstraint(ROLE, name="ticket_role_check"),
    )
    op.create_index("ticket_token_key", "ticket", ["token_hash"], unique=True)
    op.create_index("ticket_person", "ticket", ["person_id"])
    op.create_index("ticket_expires", "ticket", ["expires_at"])
    op.create_table(
        "api_token",
        _id(),
        sa.Column("person_id", sa.BigInteger(), _key("person", "CASCADE"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        _words("hint"),
        _moment("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        _words("used_from"),
        sa.CheckConstraint(ROLE, name="api_token_role_check"),
    )
    op.create_index("api_token_token_key", "api_token", ["token_hash"], unique=True)
    op.create_index("api_token_person", "api_token", ["person_id"])


def _create_shares() -> None:
    op.create_table(
        "share_link",
        _id(),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _words("note"),
        # Null: the chosen pictures of share_image.
        sa.Column("collection_id", sa.BigInteger(), _key("collection", "CASCADE")),
        _flag("with_words"),
        _flag("with_originals"),
        sa.Column("passcode_hash", sa.Text()),
        sa.Column("person_id", sa.BigInteger(), _key("person", "SET NULL")),
        _words("made_by"),
        _moment("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("opened", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
    )
    op.create_index("share_link_token_key", "share_link", ["token_hash"], unique=True)
    op.create_index("share_link_collection", "share_link", ["collection_id"])
    op.create_index("share_link_person", "share_link", ["person_id"])
    op.create_table(
        "share_image",
        sa.Column("share_id", sa.BigInteger(), _key("share_link", "CASCADE"), primary_key=True),
        sa.Column("image_id", sa.BigInteger(), _key("image", "CASCADE"), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
    )
    op.create_index("share_image_order", "share_image", ["share_id", "place", "image_id"])
    op.create_index("share_image_image", "share_image", ["image_id"])


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _words(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _key(table: str, ondelete: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete=ondelete)
