"""Finding a word or a phrase in a text of any language: whole words, in any case."""

from __future__ import annotations

import re
import unicodedata

from artworks.core.text import hashtag
from artworks.texts.folding import JOINERS, fold

# Scripts that put no spaces between words, or glue endings to them (Korean): there a word is found anywhere.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd]"
)
# What may stand between the words of a phrase: "must have" is also found as "must-have".
BETWEEN = re.compile(r"[\s\-\u2010-\u2015]+")
ALIKE = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


def folded(text: str) -> str:
    """Return a text in the form in which two spellings of the same word are equal."""
    return fold(text).translate(ALIKE)


def holds(text: str, phrase: str) -> bool:
    """Return whether a phrase stands in a text as whole words, whatever its case; a dash alone as it stands."""
    words = [re.escape(word) for word in BETWEEN.split(folded(phrase)) if word]
    if not words:
        sign = folded(phrase)
        return sign != "" and sign in folded(text)
    pattern, where = re.compile(r"[\s\-\u2010-\u2015]+".join(words)), folded(text)
    found = pattern.search(where)
    while found is not None:
        if _is_word_boundary(where, found.start()) and _is_word_boundary(where, found.end()):
            return True
        found = pattern.search(where, found.start() + 1)
    return False


def is_tag(tag: str, phrase: str) -> bool:
    """Return whether a hashtag is this phrase written as one: #MustHave for "must have"."""
    wanted = _tag_text(hashtag(phrase))
    return wanted != "" and _tag_text(tag) == wanted


def _tag_text(tag: str) -> str:
    return folded(tag).replace("_", "").lstrip("#")


def _is_word_boundary(text: str, at: int) -> bool:
    """Return whether a word may begin or end at a place."""
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    if UNSPACED.match(before) or UNSPACED.match(after):
        # A mark still belongs to the letter before it.
        return unicodedata.category(after)[0] != "M"
    return not (_belongs_to_word(before) and _belongs_to_word(after))


def _belongs_to_word(char: str) -> bool:
    # By category and not by \w, which leaves out the vowel signs of several scripts.
    return unicodedata.category(char)[0] in "LMN" or char in JOINERS
