"""One function for the words of a text that are indexed and those that are asked for; any script, found by its parts.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Neither letter, mark nor digit, by number: what counts as a letter depends on the server's locale and its version of
# Unicode, and whatever is not in here is one. Without what Unicode writes in another way once it is normalised (NFKC).
SIGNS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u02C2-\u02C5\u02D2-\u02EB\u02ED\u02EF-\u02FF"
    r"\u0375\u03F6\u0482\u055A-\u055F\u0589-\u058A\u058D-\u058F\u05BE\u05C0\u05C3\u05C6\u05F3-\u060F\u061B-\u061F"
    r"\u066A-\u066D\u06D4\u06DD-\u06DE\u06E9\u06FD-\u06FE\u0700-\u070F\u07F6-\u07F9\u07FE-\u07FF\u0830-\u083E\u085E"
    r"\u0888\u0890-\u0891\u08E2\u0964-\u0965\u0970\u09F2-\u09F3\u09FA-\u09FB\u09FD\u0A76\u0AF0-\u0AF1\u0B70"
    r"\u0BF3-\u0BFA\u0C77\u0C7F\u0C84\u0D4F\u0D79\u0DF4\u0E3F\u0E4F\u0E5A-\u0E5B\u0F01-\u0F17\u0F1A-\u0F1F\u0F34"
    r"\u0F36\u0F38\u0F3A-\u0F3D\u0F85\u0FBE-\u0FC5\u0FC7-\u0FDA\u104A-\u104F\u109E-\u109F\u10FB\u1360-\u1368"
    r"\u1390-\u1399\u1400\u166D-\u166E\u1680\u169B-\u169C\u16EB-\u16ED\u1735-\u1736\u17D4-\u17D6\u17D8-\u17DB"
    r"\u1800-\u180A\u1940-\u1945\u19DE-\u19FF\u1A1E-\u1A1F\u1AA0-\u1AA6\u1AA8-\u1AAD\u1B4E-\u1B4F\u1B5A-\u1B6A"
    r"\u1B74-\u1B7F\u1BFC-\u1BFF\u1C3B-\u1C3F\u1C7E-\u1C7F\u1CC0-\u1CC7\u1CD3\u2010-\u205E\u20A0-\u20C4\u2104-\u212E"
    r"\u213A-\u214D\u214F\u218A-\u244A\u2500-\u2775\u2794-\u2BFF\u2CE5-\u2CEA\u2CF9-\u2CFC\u2CFE-\u2CFF\u2D70"
    r"\u2E00-\u2E2E\u2E30-\u3004\u3008-\u3020\u3030\u3037\u303D-\u303F\u30A0\u30FB\u3190-\u3191\u31C0-\u31EF\u327F"
    r"\u4DC0-\u4DFF\uA490-\uA4C6\uA4FE-\uA4FF\uA60D-\uA60F\uA673\uA67E\uA6F2-\uA716\uA720-\uA721\uA789-\uA78A"
    r"\uA828-\uA82B\uA836-\uA839\uA874-\uA877\uA8CE-\uA8CF\uA8F8-\uA8FA\uA8FC\uA92E-\uA92F\uA95F\uA9C1-\uA9CD"
    r"\uA9DE-\uA9DF\uAA5C-\uAA5F\uAA77-\uAA79\uAADE-\uAADF\uAAF0-\uAAF1\uAB5B\uAB6A-\uAB6B\uABEB\uE000-\uF8FF"
    r"\uFBB2-\uFDFF\uFE45-\uFE46\uFFFC-\uFFFD\U00010100-\U00010102\U00010137-\U0001013F\U00010179-\U00010189"
    r"\U0001018C-\U000101FC\U0001039F\U000103D0\U0001056F\U00010857\U00010877-\U00010878\U0001091F\U0001093F"
    r"\U00010A50-\U00010A58\U00010A7F\U00010AC8\U00010AF0-\U00010AF6\U00010B39-\U00010B3F\U00010B99-\U00010B9C"
    r"\U00010D6E\U00010D8E-\U00010D8F\U00010EAD\U00010EC9-\U00010ECA\U00010ED0-\U00010ED8\U00010F55-\U00010F59"
    r"\U00010F86-\U00010F89\U00011047-\U0001104D\U000110BB-\U000110C1\U000110CD\U00011140-\U00011143"
    r"\U00011174-\U00011175\U000111C5-\U000111C8\U000111CD\U000111DB\U000111DD-\U000111DF\U00011238-\U0001123D"
    r"\U000112A9\U000113D4-\U000113D8\U0001144B-\U0001144F\U0001145A-\U0001145D\U000114C6\U000115C1-\U000115D7"
    r"\U00011641-\U00011643\U00011660-\U0001166C\U000116B9\U0001173C-\U0001173F\U0001183B\U00011944-\U00011946"
    r"\U000119E2\U00011A3F-\U00011A46\U00011A9A-\U00011A9C\U00011A9E-\U00011AA2\U00011B00-\U00011B09\U00011BE1"
    r"\U00011C41-\U00011C45\U00011C70-\U00011C71\U00011EF7-\U00011EF8\U00011F43-\U00011F4F\U00011FD5-\U00011FFF"
    r"\U00012470-\U00012474\U00012FF1-\U00012FF2\U00013430-\U0001343F\U00016A6E-\U00016A6F\U00016AF5"
    r"\U00016B37-\U00016B3F\U00016B44-\U00016B45\U00016D6D-\U00016D6F\U00016E97-\U00016E9A\U00016FE2\U0001BC9C"
    r"\U0001BC9F-\U0001CCEF\U0001CCFA-\U0001CEFD\U0001CF50-\U0001D126\U0001D129-\U0001D15D\U0001D16A-\U0001D16C"
    r"\U0001D183-\U0001D184\U0001D18C-\U0001D1A9\U0001D1AE-\U0001D241\U0001D245\U0001D253-\U0001D25A"
    r"\U0001D25D-\U0001D25E\U0001D260-\U0001D27F\U0001D300-\U0001D356\U0001D800-\U0001D9FF\U0001DA37-\U0001DA3A"
    r"\U0001DA6D-\U0001DA74\U0001DA76-\U0001DA83\U0001DA85-\U0001DA8B\U0001DB00-\U0001DB1C\U0001E14F\U0001E2FF"
    r"\U0001E5FF\U0001E95E-\U0001E95F\U0001ECAC\U0001ECB0\U0001ED2E\U0001EEF0-\U0001F0F5\U0001F10D-\U0001FBFA"
    r"\U000F0000-\U0010FFFD"
)
# What nobody sees, with the joiners of emoji and of Persian and Indic words; accents, vowel points and the like.
UNSEEN = (
    r"\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F"
    r"\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB"
    r"\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF"
)
MARKS = (
    r"\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC"
    r"\u06DF-\u06E8\u06EA-\u06ED\u08CA-\u08E1\u08E3-\u08FF\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20F0\uFE20-\uFE2F"
)
# Signs that stand for words and numbers, as ½, ™, №, ㎝: words of their own.
APART = r"\u00BC-\u00BE\u2100\u2101\u2105\u2106\u2116\u2120-\u2122\u213B\u2150-\u215F\u2189\u3200-\u33FF"
TIMES = "×✕✖⨯╳"
# Scripts that put no spaces between words, or glue endings to them (Korean): found by any part, so by two signs at a
# time. Ideographs first, as the most frequent. What is a sign in between is none any more when this is looked at.
UNSPACED_RANGES = (
    "\u3005\u9fff", "\uac00\ud7fb", "\u0e01\u0e3a", "\u0e40\u0e4e", "\u0e81\u0ebd", "\u0ec0\u0ece", "\u0edc\u0edf",
    "\u1000\u103f", "\u1050\u108f", "\u109a\u109d", "\u1100\u11ff", "\u1780\u17dd", "\u1950\u19cf", "\u1a20\u1a7f",
    "\u1b00\u1b4d", "\ua960\ua97c", "\ua980\ua9c0", "\ua9e0\ua9ef", "\ua9fa\ua9fe", "\uaa60\uaadd",
    "\U00016fe0\U00018dff", "\U0001aff0\U0001b2ff", "\U00020000\U0003fffd",
)  # fmt: skip
UNSPACED = "".join(f"{ends[0]}-{ends[1]}" for ends in UNSPACED_RANGES)
IS_UNSPACED = " OR ".join(f"sign BETWEEN '{ends[0]}' AND '{ends[1]}'" for ends in UNSPACED_RANGES)
# Letters of Arabic script that are written in several ways, and the digits that go with it.
ARABIC = ("ٱىیےکةہھەۃ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "ايييكههههه01234567890123456789")
LETTERS = ("øłđðıςᲀᲁᲂᲃᲄᲅᲆᲇᲈ", "olddiσвдосттъѣꙋ")
# "And", "in", "as", "for" and the article are written in one with the word in Arabic and Hebrew: the word is found
# without them, too. What stands before the word, and what comes instead of it; `=` marks such a word.
ARABIC_FORMS = (
    ("[وف]?(?:[بك]?ال|لل)(?=[^ ][^ ])", "="),
    ("[وف]?لل(?=[^ ][^ ])", "=ال"),
    ("(?:[وف](?=[^ ]{3})|[بكل](?=[^ ]{4}))", "="),
    ("[وف][بكل](?=[^ ]{3})", "="),
)
HEBREW_FORMS = (("[ושהבכלמ](?=[^ ]{3})", "="), ("[ושהבכלמ]{2}(?=[^ ]{3})", "="))


def _forms(forms: tuple[tuple[str, str], ...]) -> str:
    """Return SQL for the words of `found` in other forms, those alone that have one."""
    return " || ".join(
        f"regexp_replace(regexp_replace(' ' || found, ' {before}', ' {after}', 'g'), ' [^= ][^ ]*', '', 'g')"
        for before, after in forms
    )


FUNCTIONS = f"""
CREATE FUNCTION $schema.search_words(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found text;
    cut text[];
BEGIN
    -- The words of a text, with spaces between them. Cut because a tsvector may not be longer than 1 MB.
    -- Without signs, because PostgreSQL reads "oil/canvas", "30.5" and "IMG_2043.jpeg" as one word each. "30x40" is
    -- three words, as "30 × 40" is.
    -- A text of plain ASCII, which most are, is done with twenty times sooner.
    IF octet_length(words) = char_length(words) THEN
        found := regexp_replace(lower(left(words, 40000) COLLATE "C"), '[^a-z0-9 ]+', ' ', 'g');
        IF strpos(found, 'x') > 0 AND found ~ '[0-9]x' THEN
            found := regexp_replace(found, '([0-9])x(?![a-z])', '\\1 x ', 'g');
        END IF;
        RETURN found;
    END IF;
    found := regexp_replace(left(words, 40000), '[{APART}]', ' \\& ', 'g');
    found := normalize(regexp_replace(found, '[{TIMES}]', ' x ', 'g'), NFKD);
    found := normalize(lower(translate(regexp_replace(found, '[{UNSEEN}{MARKS}]+', '', 'g'), 'I', 'i')), NFC);
    IF found ~ '[ßæœ{LETTERS[0]}]' THEN
        found := replace(replace(replace(found, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
        found := translate(found, '{LETTERS[0]}', '{LETTERS[1]}');
    END IF;
    IF found ~ '[\\u0600-\\u06FF]' THEN
        found := translate(found, '{ARABIC[0]}', '{ARABIC[1]}');
    END IF;
    found := regexp_replace(found, '[{SIGNS} ]+', ' ', 'g');
    -- The Cyrillic letter that looks like an x stands between numbers as often.
    IF found ~ '[0-9]x|(?:^| |[0-9])х' THEN
        found := regexp_replace(found, '(^| )х(?= |$)', '\\1x', 'g');
        found := regexp_replace(found, '([0-9])(?:x(?![a-z])|х(?=[0-9]))', '\\1 x ', 'g');
    END IF;
    -- Two signs at a time, each with the next one: ABC is AB BC C.
    IF found ~ '[{UNSPACED}]' THEN
        found := regexp_replace(found, '[{UNSPACED}]+', ' \\& ', 'g');
        cut := string_to_array(found, NULL);
        found := (
            SELECT string_agg(
                CASE WHEN sign < 'ก' THEN sign WHEN {IS_UNSPACED} THEN sign || next || ' ' ELSE sign END, ''
            ) FROM (
                SELECT one COLLATE "C" AS sign, coalesce(two, '') AS next FROM unnest(cut, cut[2:]) AS both_of(one, two)
            ) AS pairs
        );
    END IF;
    RETURN found;
END $$;
CREATE FUNCTION $schema.search_vector(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found text := $called.search_words(words);
BEGIN
    -- The parser leaves out words of more than 2,046 bytes.
    IF octet_length(found) > 2046 AND found ~ '[^ ]{{255}}' THEN
        found := regexp_replace(found, '([^ ]{{255}})[^ ]+', '\\1', 'g');
    END IF;
    IF found ~ '[\\u0621-\\u064A]' THEN
        found := found || replace({_forms(ARABIC_FORMS)}, '=', '');
    END IF;
    IF found ~ '[\\u05D0-\\u05EA]' THEN
        found := found || replace({_forms(HEBREW_FORMS)}, '=', '');
    END IF;
    RETURN to_tsvector('simple'::regconfig, found);
END $$;
CREATE FUNCTION $schema.search_query(words text, beginning boolean)
RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    cut text[] := string_to_array(btrim(regexp_replace($called.search_words(words), '  +', ' ', 'g'), ' '), ' ');
    many int := cardinality(cut);
    made text;
BEGIN
    -- The words of a text, one after the other; of the last one a beginning is enough, if so asked for.
    -- The last sign of a run stands in the two before it already. One that stands alone is found with any after it.
    IF many > 1 AND cut[many] ~ '^[{UNSPACED}]$' AND cut[many - 1] ~ ('^[{UNSPACED}]' || cut[many] || '$') THEN
        many := many - 1;
    END IF;
    made := array_to_string(cut[1:many], ' ');
    IF made ~ '[^ ]{{255}}' THEN
        made := regexp_replace(made, '([^ ]{{255}})[^ ]+', '\\1', 'g');
    END IF;
    made := phraseto_tsquery('simple'::regconfig, made)::text;
    made := regexp_replace(made, $r$'([{UNSPACED}])'$r$, $r$'\\1':*$r$, 'g');
    RETURN (made || CASE WHEN beginning AND right(made, 1) = $r$'$r$ THEN ':*' ELSE '' END)::tsquery;
END $$;
CREATE OR REPLACE FUNCTION $schema.image_search(
    post_title text, description text, hashtags text[], key_points text, original_filename text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight($called.search_vector(post_title), 'A')
        || setweight($called.search_vector(array_to_string(hashtags, ' ')), 'B')
        || setweight($called.search_vector(key_points), 'C')
        || setweight($called.search_vector(description), 'C')
        || setweight($called.search_vector(original_filename), 'D')
$$;
"""
SEARCH = "image_search(post_title, description, hashtags, key_points, original_filename)"
# As in step 0005.
SIGNS_BEFORE = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u005E\u0060\u007B-\u00A9\u00AB-\u00B4\u00B6-\u00B9\u00BB-\u00BF\u00D7\u00F7"
    r"\u2000-\u200B\u200E-\u206F\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40"
    r"\uFF5B-\uFF65\U0001F000-\U0001FAFF"
)
FUNCTIONS_BEFORE = f"""
CREATE FUNCTION $schema.image_words(words text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- Cut because a tsvector may not be longer than 1 MB.
    -- Without signs, because PostgreSQL reads "oil/canvas", "30.5" and "IMG_2043.jpeg" as one word each.
    -- A text of plain ASCII, which most are, is done with twenty times sooner.
    IF octet_length(words) = char_length(words) THEN
        RETURN regexp_replace(lower(left(words, 40000)), '[^a-z0-9 ]+', ' ', 'g');
    END IF;
    RETURN regexp_replace($called.image_plain(lower(left(words, 40000))), '[_{SIGNS_BEFORE}]+', ' ', 'g');
END $$;
CREATE OR REPLACE FUNCTION $schema.image_search(
    post_title text, description text, hashtags text[], key_points text, original_filename text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('simple'::regconfig, $called.image_words(post_title)), 'A')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(array_to_string(hashtags, ' '))), 'B')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(key_points)), 'C')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(description)), 'C')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(original_filename)), 'D')
$$;
"""


def upgrade() -> None:
    """Make the functions, and the words of every picture anew, which writes the table once."""
    schema = _schema()
    _run(FUNCTIONS.replace("$schema", schema).replace("$called", schema))
    _rewrite()
    op.execute(f"DROP FUNCTION {schema}.image_words(text)")
    op.execute(
        "ALTER TABLE category ADD search tsvector NOT NULL GENERATED ALWAYS AS (search_vector(name)) STORED"
    )


def downgrade() -> None:
    """Make the words of every picture as they were before."""
    schema = _schema()
    op.drop_column("category", "search")
    _run(FUNCTIONS_BEFORE.replace("$schema", schema).replace("$called", schema))
    _rewrite()
    for function in ("search_query(text, boolean)", "search_vector(text)", "search_words(text)"):
        op.execute(f"DROP FUNCTION {schema}.{function}")


def _rewrite() -> None:
    # For this transaction alone: an index is made in a third of the time when more of it fits into memory.
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.drop_index("image_search", "image")
    op.execute(
        f"ALTER TABLE image DROP search, ADD search tsvector NOT NULL GENERATED ALWAYS AS ({SEARCH}) STORED"
    )
    op.create_index("image_search", "image", ["search"], postgresql_using="gin")
    op.execute("ANALYZE image (search)")


def _schema() -> str:
    """Give the schema that our tables are in, quoted; it need not be the one that new tables would come into."""
    return str(
        op.get_bind().scalar(
            sa.text("SELECT quote_ident(nspname) FROM pg_namespace JOIN pg_class c ON c.relnamespace = pg_namespace.oid"
                    " WHERE c.oid = to_regclass('image')")
        )
    )  # fmt: skip


def _run(statement: str) -> None:
    # A colon in these statements is no parameter.
    op.execute(sa.text(statement.replace(":", r"\:")))
