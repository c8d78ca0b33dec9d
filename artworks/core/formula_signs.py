"""Cells that a spreadsheet would run: which they are, and how they are made harmless.

A spreadsheet reads a cell that begins with "=", "+", "-" or "@" as a formula. Some take other forms of these signs for
the same, or pass over signs in front of them that nobody sees. Whatever may be read that way gets a "'" in front
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

from sqlalchemy import case, func, literal, or_
from sqlalchemy.sql.elements import ColumnElement

# With a tab or a carriage return, after which some read on as if nothing had been there.
SIGNS = "=+-@\t\r"
# What the standard form of Unicode (NFKC) makes "=", "+", "-" or "@" of, such as full-width ones, and the minus sign.
OTHER_FORMS = "⁺⁼₊₌−﬩﹢﹣﹦﹫＋－＝＠"
# Control and format signs (zero width, direction, soft hyphen, byte-order mark), spaces, and what is put on letters.
UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"))
# Letters and symbols without anything to see: fillers of Hangul, and the empty pattern of Braille.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"
# Where such signs are: the first two planes, and the tags of the fifteenth.
PLANES = (range(1, 0x20000), range(0xE0000, 0xE1000))
# Letters that most texts begin with; none of them is a sign. Told by their numbers: comparing texts takes three times
# as long, and the regular expression ten times. A test compares them with what Unicode says.
LETTERS = ((0x41, 0x7A), (0xC0, 0x2AF), (0x370, 0x482), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
PRINTABLE = (0x21, 0x7E)


def harmless(value: Any) -> ColumnElement[str]:
    """Write a text, which may not be null, with a leading `'` where a spreadsheet could read a formula."""
    first = func.ascii(value)
    ordinary = or_(*(first.between(*letters) for letters in LETTERS), value == "")
    plain = first.in_([ord(sign) for sign in SIGNS])
    hidden = ~first.between(*PRINTABLE) & value.regexp_match(literal(pattern()))
    written: ColumnElement[str] = case(
        (ordinary, value), (plain | hidden, literal("'").concat(value)), else_=value
    )
    return written


@functools.cache
def pattern() -> str:
    """Return PostgreSQL's regular expression for a text that begins with a sign, behind whatever nobody sees."""
    signs = "".join(_escaped(ord(sign)) for sign in SIGNS + OTHER_FORMS)
    return f"^[{_unseen()}]*[{signs}]"


def _unseen() -> str:
    """Return the inside of a bracket expression: the runs of signs that nobody sees."""
    runs: list[list[int]] = []
    for number in (number for plane in PLANES for number in plane if is_unseen(chr(number))):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "".join(f"{_escaped(first)}-{_escaped(last)}" for first, last in runs)


def is_unseen(sign: str) -> bool:
    """Return whether a sign leaves no mark of its own at the beginning of a text."""
    return unicodedata.category(sign) in UNSEEN or sign in BLANK


def _escaped(number: int) -> str:
    return f"\\U{number:08x}"
