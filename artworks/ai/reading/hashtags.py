"""Hashtags of a model, however it writes them, as the tags that a person would have typed."""

from __future__ import annotations

import re

from artworks.ai.reading.labels import BEFORE
from artworks.ai.reading.plain_text import (
    clean,
    is_nothing,
    with_commands,
    without_emphasis,
    without_entities,
    without_escapes,
    without_tags,
)
from artworks.ai.reading.refusals import is_refusal
from artworks.core.fields import LONGEST_HASHTAG, MOST_HASHTAGS
from artworks.core.text import hashtag, unique

# A line of tags is longer than this only when it is none.
_LONGEST_ITEM = 8_000
_LIST_MARK = re.compile(r"\A\s*(?:[-*+•◦▪‣]\s+|\(?\d{1,3}[.)]\s*(?=[\s#＃]|[^\W\d]))+")
_NUMBERS_IN_LINE = re.compile(r"\s+(?=\d{1,2}[.)]\s+\S)")
_IN_BRACKETS = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_EXPLANATION = re.compile(
    r"\s*[(（\[].*|\s+[-–—=]+>?\s(?!\s*[#＃]).*|\s*→.*|\s*[:：]\s(?!\s*[#＃]).*|\s*[=:]\s*[01]?\.\d+\Z",
    re.DOTALL,
)
# Around all of a list that was written into a text.
_BRACKETS = re.compile(r"\A\s*[\[【](.*)[\]】]\s*\Z", re.DOTALL)
# A tag that a comma ends and more words than these follow is explained by them.
_MOST_WORDS = 3
_COMMAS = re.compile(r"[,;、，；،|]+|\s+[·•∙/]\s+")
# Words before a marked tag, or a full stop behind some words without one: the model talks.
_TALK = re.compile(r"\A\s*[^\W_][^#＃]*(?=[#＃])")
_SENTENCE = re.compile(r"\A[^#＃,;、，]{10,}\s[^#＃,;、，]*[.!?。！？]\s*\Z")
_MARKED = re.compile(r"(?<!\w)[#＃][^\s#＃]+")
# What joins the last two: "#ink and #paper".
_AND = re.compile(r"\s(?:&|and|or|und|oder|et|ou|y|e|en|och|og|i|и|та)\s*\Z")
_TAG_START = re.compile(r"(?<!\w)(?=[#＃])|(?<=\w)(?=[#＃]\w)")
_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[ I]I)(?=[A-Z][a-z])")
# What stands in for hashtags where there are no others: the schema, said again.
_EXAMPLE = re.compile(
    r"#(?:string|str|(?:hash)?tags?[1-5]?|keywords?[1-5]?|example[1-5]?|placeholder|tbd|unknown)",
    re.IGNORECASE,
)
_KEYCAP = re.compile(r"[#＃](?=\ufe0f?\u20e3)")


def read_hashtags(value: object) -> list[str]:
    """Return hashtags in one form, no double, at most 60.

    Commas, semicolons, lines and # separate tags; the words between them are one tag, joined. Only a line of words
    without any of these is split at its spaces, as where a person types. A hashtag longer than 100 characters is left
    out: cut short it would say nothing.
    """
    items = value if isinstance(value, list) else [f"{value}\n"] if isinstance(value, str) else []
    texts = [item[:_LONGEST_ITEM] for item in items if isinstance(item, str)]
    tags = unique(tag for text in _without_refusals(texts) for tag in _tags_of(text))
    if all(_EXAMPLE.fullmatch(tag) for tag in tags):
        return []
    return [tag for tag in tags if len(tag) <= LONGEST_HASHTAG][:MOST_HASHTAGS]


def _without_refusals(texts: list[str]) -> list[str]:
    """Return the items without those that decline, alone, with the next one, or all of them together."""
    declined = [is_refusal(text) for text in texts]
    if not any(declined):
        return [] if is_refusal(_as_sentence(texts)) else texts
    pairs = zip(texts, [*texts[1:], ""], declined, [*declined[1:], False], strict=True)
    return [
        text
        for text, after, no, next_no in pairs
        if not no and not (next_no and is_refusal(f"{text} {after}"))
    ]


def _as_sentence(texts: list[str]) -> str:
    """Return what pieces of a sentence say together: `#Im #sorry #I #cant #help`."""
    words = " ".join(text.replace("#", " ") for text in texts[:MOST_HASHTAGS])
    return " ".join(_NEXT_WORD.sub(" ", words).split())


def _tags_of(item: str) -> list[str]:
    """Return the tags of one item of a list, or of a line of text, which ends with a line end."""
    text = without_entities(without_escapes(with_commands(item), is_escaped=True))
    is_line = item.endswith("\n")
    text = BEFORE["hashtags"].sub("", clean(without_emphasis(without_tags(text))))
    if found := _BRACKETS.match(text):
        text = found[1]
    if is_nothing(text) or (is_line and _SENTENCE.match(text)):
        return []
    parts = _parts(text)
    if is_line and len(parts) == 1 and "#" not in text and not found:
        parts = text.split()
    return [tag for part in parts if (tag := _tag(part))]


def _parts(text: str) -> list[str]:
    """Return the pieces of a text that are one tag each, without their explanations."""
    pieces: list[str] = []
    for line in text.splitlines():
        numbered = _NUMBERS_IN_LINE.split(line) if _LIST_MARK.match(line) else [line]
        for piece in numbered:
            bare = _IN_BRACKETS.sub("", _LIST_MARK.sub("", piece)) or piece
            split = [_EXPLANATION.sub("", part, count=1) for part in _COMMAS.split(bare)]
            marked = "#" in bare
            pieces += [one for one in split if "#" in one or not marked or len(one.split()) <= _MOST_WORDS]
    return [part for piece in pieces for part in _marked_parts(piece) if part.strip()]


def _marked_parts(text: str) -> list[str]:
    """Return a piece split before each #; of one in which words go before, only what is marked."""
    if _TALK.match(_KEYCAP.sub(" ", text)) and _MARKED.search(text):
        return _MARKED.findall(text)
    parts = _split_at_signs(text)
    return [*(_AND.sub("", part) for part in parts[:-1]), *parts[-1:]]


def _split_at_signs(text: str) -> list[str]:
    """Return a text split before each #, unless that belongs to a keycap."""
    hidden = _KEYCAP.sub("\0", text)
    return [part.replace("\0", "#") for part in _TAG_START.split(hidden)]


def _tag(part: str) -> str:
    text = part.strip().strip("\"'“”‘’`*")
    return "" if is_nothing(text.lstrip("#＃ ")) else hashtag(_LIST_MARK.sub("", text))
