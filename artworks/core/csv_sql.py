"""CSV that the database writes: cells that are safe in a spreadsheet, lines, and a header in front of them."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Text, case, cast, func, literal, or_
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


BYTE_ORDER_MARK = "\ufeff"
COMMA, SEMICOLON = ",", ";"
ROWS_AT_ONCE = 500
# What a written piece is passed to.
Write = Callable[[bytes], object]


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV is written: what separates its cells, and whether it begins with a byte-order mark.

    Without that mark Excel misreads UTF-8; and it takes for a separator what the settings of its computer say, which is
    a semicolon wherever numbers have a comma.
    """

    separator: str = COMMA
    byte_order_mark: bool = False


PLAIN = CsvFormat()


def cell(value: Any) -> ColumnElement[str]:
    """Write one text cell: harmless in a spreadsheet, in quotes, inner quotes doubled (RFC 4180)."""
    text = harmless(func.coalesce(cast(value, Text), ""))
    quoted: ColumnElement[str] = literal('"').concat(func.replace(text, '"', '""')).concat('"')
    return quoted


def moment(column: Any) -> ColumnElement[str]:
    """Write a time as the contract has it."""
    written: ColumnElement[str] = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return written


def line(style: CsvFormat, *cells: Any) -> ColumnElement[str]:
    """Write one line of cells, none of which may be null."""
    written: ColumnElement[str] = func.concat_ws(style.separator, *cells).concat("\r\n")
    return written


def header_line(header: str, style: CsvFormat) -> bytes:
    """Return the first line in UTF-8; `header` is names with commas between them."""
    mark = BYTE_ORDER_MARK if style.byte_order_mark else ""
    return f"{mark}{header.replace(COMMA, style.separator)}\r\n".encode()


def encoded(connection: Connection, header: str, query: Select[str], style: CsvFormat) -> Iterator[bytes]:
    """Yield a header and the lines of a query in UTF-8, some hundred rows a piece.

    Reads through a cursor on the server, so memory stays the same for any number of rows.
    """
    yield header_line(header, style)
    rows = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE).execute(query)
    for some in rows.scalars().partitions():
        yield "".join(some).encode()
