"""Texts that are longer than their limit, shortened where a sentence or a word ends."""

from __future__ import annotations

import re
import unicodedata


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
