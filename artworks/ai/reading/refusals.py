"""Refusals in the words of a model: sentences that decline to write about a picture, and nothing else.

An artist's own words are none, although they may begin alike ("I cannot describe the quiet in words"): each word of a
refusal is one of those that refusals are made of, up to the reason that it gives, and it names the picture, its people
or the request, or begins with an apology.
"""

from __future__ import annotations

import re
import unicodedata

from artworks.ai.reading.refusal_words import CANNOT, LANGUAGES, OFFERS, STATEMENT, Language

LONGEST_REFUSAL = 900
_LONGEST_SENTENCE = 400
# What is left over beside a refusal says something by itself from this many characters on.
_SHORTEST_REST = 12
_SENTENCE = re.compile(r"[^.!?…。！？؟।\n]*(?:[.!?…。！？؟।]+[\"'”’)]*|\n+|\Z)")
# Arabic is written with them or without.
_VOWEL_SIGNS = re.compile("[\u064b-\u0652]")
# Signs of Hindi that follow a letter are no letters themselves, so words are what stands between other signs.
_BETWEEN_WORDS = re.compile(r"[\s,.;:!?…()\[\]\"“”„«»—–/#*।。、，！？؟،]+")


def is_refusal(text: str) -> bool:
    """Return whether a text is nothing but a refusal, in any of the languages of refusal_words.py."""
    return len(text) <= LONGEST_REFUSAL and bool(text.strip()) and not without_refusal(text)


def without_refusal(text: str) -> str:
    """Return a text without the sentences of a refusal, and without the offers that follow one."""
    sentences = [found for found in _SENTENCE.findall(text[: 6 * LONGEST_REFUSAL]) if found.strip()]
    leading = _leading(sentences)
    refusing = [
        place < leading or _is_refusing(sentence, only_sorry=not leading)
        for place, sentence in enumerate(sentences)
    ]
    if not any(refusing):
        return text
    kept = [one for one, is_one in zip(sentences, refusing, strict=True) if not is_one and not _is_offer(one)]
    rest = ("".join(kept) + text[6 * LONGEST_REFUSAL :]).strip()
    return rest if len(rest) >= _SHORTEST_REST else ""


def _leading(sentences: list[str]) -> int:
    """Return how many sentences the refusal at the beginning takes: an apology may stand by itself before it."""
    for count in (1, 2):
        if len(sentences) >= count and _is_refusing(" ".join(one.strip() for one in sentences[:count])):
            return count
    return 0


def _is_refusing(sentence: str, *, only_sorry: bool = False) -> bool:
    if len(sentence) > _LONGEST_SENTENCE:
        return False
    text = _folded(sentence)
    if not only_sorry and STATEMENT.match(text):
        return True
    # Nearly all sentences end here: what says in no language that one cannot is asked about in none.
    return bool(CANNOT.search(text)) and any(_declines(language, text, only_sorry) for language in LANGUAGES)


def _declines(language: Language, text: str, only_sorry: bool) -> bool:
    """Return whether a sentence declines in a language, and says nothing but that."""
    text = language.reason.split(text, maxsplit=1)[0]
    is_sorry = bool(language.apology.search(text))
    if not language.cannot.search(text) or not language.verb.search(text):
        return False
    if not is_sorry and (only_sorry or not language.noun.search(text)):
        return False
    rest = language.cannot.sub(" ", " ".join(language.apology.sub(" ", text).split()))
    return all(language.word.fullmatch(word) for word in _BETWEEN_WORDS.split(rest) if word)


def _is_offer(sentence: str) -> bool:
    return bool(OFFERS.match(_folded(sentence)))


def _folded(sentence: str) -> str:
    text = (
        _VOWEL_SIGNS.sub("", unicodedata.normalize("NFC", sentence).casefold())
        .replace("’", "'")
        .replace("´", "'")
    )
    return " ".join(text.split())
