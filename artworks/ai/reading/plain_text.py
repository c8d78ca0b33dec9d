"""Plain text: what a model wrote without markup, entities, escapes, labels, quotes around it, and words for nothing."""

from __future__ import annotations

import html
import re
import unicodedata

from artworks.ai.reading import labels
from artworks.texts.folding import is_seen

_TAGS = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|caption|center|cite|code|dd|del|details|div|dl|dt|em"
    "|figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|img|ins|kbd|label|li|main|mark|nav|ol|p|pre|q|s"
    "|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|wbr"
    # What models put around an answer or a field of it.
    "|item|answer|response|output|result|post_title|description|hashtags?|category|key_points|alt_text"
)
_DROPPED = re.compile(
    r"<(script|style)\b[^<>]{0,500}>.{0,4000}?</\1\s*>|<!--.{0,1000}?-->", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(r"<br\s*/?>|</(?:li|item|tr|dt|dd|h[1-6])\s*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</(?:p|div|section|article|blockquote|ul|ol|table)\s*>", re.IGNORECASE)
# What models end and begin with, where a server leaves it in: <|im_end|>, <|eot_id|>, <eos>, <end_of_turn>, [/INST].
_SPECIAL = re.compile(
    r"<!\[CDATA\[|\]\]>|<\|[a-z_]{2,40}\|>|</?(?:eos|bos|(?:start|end)_of_turn)>|\[/?INST\]|<｜[^<>｜]{2,40}｜>"
)
_ATTRIBUTE = r"""\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+)"""
_TAG = re.compile(rf"</?(?:{_TAGS})(?:{_ATTRIBUTE})*\s*/?>", re.IGNORECASE)
# With its semicolon only: "B&notes" is none.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# All of the category Cc but the line end and the tab.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_EMPTY_LINES = re.compile(r"\n{3,}")

_WINDOWS_PATH = re.compile(r"\b[A-Za-z]:\\|\\\\\w")
# Not before the rest of a command of TeX: \nabla, \rho.
_ESCAPED_BREAK = re.compile(
    r"\\r\\n|\\n(?!(?:abla|u|e|eq|eg|i|ot|otin|mid|ewline|oindent|leq|geq|earrow|exists)(?![A-Za-z]))"
    r"|\\r(?!(?:ho|ightarrow|angle|ight|m|floor|ceil)(?![A-Za-z]))"
)
_BARE_TAB, _TAB = (
    re.compile(r"\\t(?![A-Za-z])"),
    re.compile(r"\\t(?!(?:ext[a-z]*|heta|imes|au|an|anh|ilde|o|op|riangle|itle|ag|hinspace)(?![A-Za-z]))"),
)
_BETWEEN_LETTERS = re.compile(r"[^\W\d_](?:\\[nrt])+[a-z]")
# Not in a letter with an accent of TeX: Schr\"odinger.
_ESCAPED_QUOTE = re.compile(r"(?<!\\)\\(['/]|\"(?!(?<=[^\W\d_]\\\")[^\W\d_]))")
_STYLES = r"\\(?:text[a-z]{0,6}|emph|math(?:rm|bf|it|sf|tt)|boxed|underline)[ ]?\{([^{}\n]*)\}"
_STYLED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\$\$\s*{_STYLES}\s*\$\$",
        rf"\$\s*{_STYLES}\s*\$",
        rf"\\\(\s*{_STYLES}\s*\\\)",
        rf"\\\[\s*{_STYLES}\s*\\\]",
        _STYLES,
    )
)
# Commands of TeX whose backslash and first letter were read as an escape of JSON.
_COMMANDS = re.compile("\t(?=ext[a-z]{0,6}\\{|imes\\b|heta\\b)|\b(?=oxed\\{)|\f(?=rac\\{)")
_ESCAPED_SIGN = re.compile(r"(?<![\\¯])\\([*_`~#>\[\]()!.+|&$-])")
_ESCAPED_CODE = re.compile(r"\\u([0-9a-fA-F]{4})")

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$\n?", re.MULTILINE)
_RULE = re.compile(
    r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})[ \t]*$\n?", re.MULTILINE
)
_HEADING = re.compile(r"^ {0,3}(?:#{2,6}[ \t]+(?=\S)|#[ \t]+(?=[^\s\d]))(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_QUOTED_LINE = re.compile(r"^ {0,3}>[ \t]?(?!\s*\d)", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*([-*+])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)", re.MULTILINE)
_DOT = re.compile(r"^[ \t]*[•◦▪‣●○■►➤][ \t]*(?=\S)", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*(\d{1,2})[.)][ \t]+(?=\S)", re.MULTILINE)

_ADDRESS = r"<?(?:[a-z][a-z0-9+.-]*:|//|[/#.]|www\.|url\b|link\b|[^\s()]*[^\s()\w])[^\s()]*(?:\([^\s()]*\)[^\s()]*)?>?"
_EMPTY_IMAGE = re.compile(rf"!\[\]\({_ADDRESS}(?:\s+[\"'][^\"'\n]*[\"'])?\)\s*", re.IGNORECASE)
_LINK = re.compile(rf"!?\[([^\[\]\n]{{1,500}})\]\({_ADDRESS}(?:\s+[\"'][^\"'\n]*[\"'])?\)", re.IGNORECASE)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>")
# Emphasis holds on to its words, and stands at no digit: 30*40*50 and 2**3 are none.
_EMPHASES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d*\\])\*\*\*(?=[^\s*])([^*\n]{1,2000}?)(?<=\S)\*\*\*(?![\d*])",
        r"(?<![\d*\\])\*\*(?=[^\s*])((?:[^*\n]|\*(?!\*)|\n(?!\n)){1,2000}?)(?<=\S)\*\*(?![\d*])",
        r"(?<![\w_\\])__(?=[^\s_])((?:[^_\n]|_(?!_)){1,2000}?)(?<=\S)__(?![\w_])",
        r"~~(?=[^\s~])([^~\n]{1,2000}?)(?<=\S)~~",
        r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*(?![\w*])",
        r"(?<![\w_\\])_(?=[^\s_])([^_\n]{1,2000}?)(?<=[^\s_])_(?![\w_])",
        r"(?<![\w`])`{1,3}(?=[^\s`])([^`\n]{1,500}?)(?<=[^\s`])`{1,3}(?![\w`])",
    )
)
# What may close a quote, by what opens it.
_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "‘": "’",
    "“": "”",
    "”": "”",
    "„": "“”",
    "‚": "‘’",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
}
_DOUBLED = re.compile(r"""(["'`]{2,3})([^"'`]+)\1""")
_ROUNDS = 3


def join_surrogates(text: str) -> str:
    """Return a text with surrogates joined that two pieces had split; lone ones, which no database stores, go."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def clean(text: str) -> str:
    """Return NFC text without NUL and other controls, with plain line ends and no blank space around."""
    text = join_surrogates(text).replace("\r\n", "\n").replace("\r", "\n")
    return _EMPTY_LINES.sub("\n\n", unicodedata.normalize("NFC", _CONTROLS.sub("", text))).strip()


def plain(text: str, field: str) -> str:
    """Return what a model wrote for a field as plain text; empty when it says that there is nothing."""
    text = clean(without_escapes(text))
    for _ in range(_ROUNDS):
        before = text
        text = _unquoted(_unlabelled(clean(without_markup(without_entities(text))), field))
        if text == before:
            break
    # Last, so that no sign that was escaped is taken for markup.
    text = _ESCAPED_SIGN.sub(r"\1", text)
    if field == "key_points":
        text = "\n".join(line for line in text.splitlines() if not _says_nothing(line))
    is_none = is_nothing(text) or labels.is_placeholder(text, field) or not is_seen(text)
    return "" if is_none else text


def _says_nothing(line: str) -> bool:
    """Return whether a line of key points has nothing to say, or nothing of what it names: "Medium: unknown"."""
    _, colon, rest = line.replace("：", ":", 1).partition(":")
    return bool(line.strip()) and any(
        is_nothing(part) or labels.is_placeholder(part, "key_points")
        for part in [line, *([rest.strip()] if colon else [])]
    )


def without_entities(text: str) -> str:
    """Return a text with the signs that entities of HTML stand for."""
    for _ in range(2):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text.replace("\xa0", " ")


def with_commands(text: str) -> str:
    r"""Return a text with the commands of TeX that were read as escapes of JSON: a tab and `ext{` is `\text{`."""
    return _COMMANDS.sub(lambda found: {"\t": r"\t", "\b": r"\b"}.get(found[0], r"\f"), text)


def without_escapes(text: str, *, is_escaped: bool = False) -> str:
    r"""Return a text with the signs that escapes such as `\n` stand for, where they are written out.

    One alone that stands between letters is none, unless other escapes show that all of the text `is_escaped`.
    """
    if "\\" not in text or _WINDOWS_PATH.search(text):
        return text
    escapes = len(_ESCAPED_BREAK.findall(text)) + len(_ESCAPED_QUOTE.findall(text))
    is_escaped = is_escaped or escapes > 1 or bool(_ESCAPED_CODE.search(text))
    if is_escaped or " " in text or not _BETWEEN_LETTERS.search(text):
        text = _ESCAPED_BREAK.sub("\n", text)
    text = (_TAB if is_escaped else _BARE_TAB).sub(" ", text)
    text = _ESCAPED_CODE.sub(lambda found: chr(int(found[1], 16)), text)
    return _ESCAPED_QUOTE.sub(r"\1", join_surrogates(text))


def without_markup(text: str) -> str:
    """Return a text without tags of HTML and without Markdown, where it is meant as such."""
    return without_emphasis(_without_blocks(without_tags(text)))


def without_tags(text: str) -> str:
    """Return a text without tags of HTML and marks of models, with line ends where they end lines."""
    for styled in _STYLED * (_ROUNDS if "{" in text else 0):
        text = styled.sub(r"\1", text)
    text = _PARAGRAPH.sub("\n\n", _BREAK.sub("\n", _DROPPED.sub("", text)))
    return _AUTOLINK.sub(r"\1", _TAG.sub("", _SPECIAL.sub("", text)))


def without_emphasis(text: str) -> str:
    """Return a text without links, emphasis and code inside of lines."""
    text = _LINK.sub(r"\1", _EMPTY_IMAGE.sub("", text))
    for _ in range(_ROUNDS):
        before = text
        for emphasis in _EMPHASES:
            text = emphasis.sub(r"\1", text)
        if text == before:
            break
    return text


def _without_blocks(text: str) -> str:
    """Return a text without fences, rules, headings, and the marks of quoted lines and of lists."""
    text = _HEADING.sub(r"\1", _RULE.sub("", _FENCE.sub("", text)))
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and all(_QUOTED_LINE.match(line) for line in lines):
        text = _QUOTED_LINE.sub("", text)
    text = _DOT.sub("", text)
    marks = [found[1] for found in _BULLET.finditer(text)]
    if marks and (len(marks) > 1 or len(lines) == 1) and not _has_footnotes(text, marks):
        text = _BULLET.sub("", text)
    numbers = [int(found[1]) for found in _NUMBERED.finditer(text)]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] < 2:
        text = _NUMBERED.sub("", text)
    return text


def _has_footnotes(text: str, marks: list[str]) -> bool:
    """Return whether the marks are no list's: `*` for a note to a word above, a sign before a number."""
    if set(marks) == {"*"} and re.search(r"[\w)\"”]\*(?![\w*])", text):
        return True
    return len(marks) == 1 and bool(re.match(r"\s*[-+*]\s+\d", text))


def _unlabelled(text: str, field: str) -> str:
    """Return a text without its field's own name before it: "Title: …"."""
    found = labels.BEFORE[field].match(text) if field in labels.BEFORE else None
    if found and text[found.end() :].strip():
        return text[found.end() :].lstrip()
    head, colon, rest = text.replace("：", ":", 1).partition(":")
    is_announced = colon and rest.strip() and labels.is_announcement(head, field)
    return labels.COUNT.sub("", rest.lstrip() if is_announced else text)


def _unquoted(text: str) -> str:
    """Return a text without the quotes around all of it; such as stand around its first and last words stay."""
    if doubled := _DOUBLED.fullmatch(text):
        return doubled[2].strip()
    if len(text) < 3 or text[-1] not in _QUOTES.get(text[0], ""):
        return text
    inner = text[1:-1]
    if (text[0] in inner and text[0] != "'") or (text[-1] in inner and text[0] not in "'‘"):
        return text
    if text[0] in "'‘" and re.search(rf"{text[-1]}(?!\w)|(?<!\w){text[-1]}", inner):
        return text
    return inner.strip()


def is_nothing(text: str) -> bool:
    """Return whether a text only says that there is nothing: "None", "N/A", "-"."""
    return labels.squeezed(text) in labels.NOTHING or not text.strip("-–—_/\\.…·•~#|*()[]{}<>?\"'` \t\n")


def shorten(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters at the end of a sentence, else of a word, never inside one."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [match.end() for match in re.finditer(r"[.!?…](?=\s)|[。！？]", text[: limit + 1])]
    ends = [end for end in ends if end <= limit]
    if ends and ends[-1] >= limit * 0.6:
        return head[: ends[-1]].rstrip()
    head = text[: limit - 1]
    space = re.search(r"\s\S*\Z", head)
    # Some scripts write no spaces; there any character is a border.
    word = head[: space.start()] if space and space.start() >= limit * 0.5 else head
    while unicodedata.combining(text[len(word)]) and len(word) > 1:
        word = word[:-1]
    return word.rstrip(" \n\t,;:–—-") + "…"
