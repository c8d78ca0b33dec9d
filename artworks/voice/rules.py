"""What the chosen voice asks of finished words: what code sets right by itself, and what it finds wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artworks.core.fields import LABELS, PROSE
from artworks.core.text import hashtags, unique
from artworks.texts.folding import fold
from artworks.voice.emoji import has_emoji, tag_without_emoji, without_emoji
from artworks.voice.matching import holds, is_tag
from artworks.voice.settings import Choices

__all__ = ["Choices", "Problem", "applied", "problems", "rewrite_request"]


@dataclass(frozen=True)
class Problem:
    """One rule that the words break: `sentence` is for the person, `ask` says to the model what to do about it."""

    field: str
    code: str
    sentence: str
    ask: str = ""


def applied(words: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """Return words with what code can set right: the number of hashtags, those for every picture, doubles, emoji.

    Hashtags are cut from the end, where the least fitting are. A text is never cut; one of emoji alone is left out.
    """
    result = dict(words)
    if choices.emoji is False:
        for field in PROSE:
            if isinstance(result.get(field), str):
                result[field] = without_emoji(result[field])
    if "hashtags" in result:
        result["hashtags"] = _apply_to_hashtags(result["hashtags"], choices)
    return {field: value for field, value in result.items() if value or not words[field]}


def _apply_to_hashtags(value: list[str] | str, choices: Choices) -> list[str]:
    found: Iterable[str] = hashtags(value) if isinstance(value, str) else value
    if choices.emoji is False:
        found = [tag_without_emoji(tag) for tag in found if not _is_own(tag, choices)]
    return unique([*choices.always_hashtags, *filter(None, found)])[: choices.hashtags_most]


def _is_own(tag: str, choices: Choices) -> bool:
    """Return whether a hashtag is one of those for every picture, which stay as the person wrote them."""
    return fold(tag) in {*map(fold, choices.always_hashtags)}


def problems(words: Mapping[str, Any], choices: Choices) -> list[Problem]:
    """Return the rules that these words break; only their fields are checked.

    The category is the artist's own name, so no rule applies to it.
    """
    found: list[Problem] = []
    if "hashtags" in words:
        tags = words["hashtags"]
        found += _about_tags(hashtags(tags) if isinstance(tags, str) else list(tags), choices)
    for field in PROSE:
        if isinstance(words.get(field), str):
            found += _about_text(field, words[field], choices)
    return found


def _about_tags(tags: list[str], choices: Choices) -> Iterator[Problem]:
    count, field = len(tags), "hashtags"
    there = "There is 1 hashtag" if count == 1 else f"There are {count} hashtags"
    if count < choices.hashtags_least:
        least = choices.hashtags_least
        yield Problem(
            field,
            "few_hashtags",
            f"{there}; you wanted at least {least}.",
            f"hashtags: the answer has {count}, give at least {least} and at most {choices.hashtags_most}.",
        )
    if count > choices.hashtags_most:
        most = choices.hashtags_most
        yield Problem(
            field, "many_hashtags", f"{there}; you wanted at most {most}.", f"hashtags: give at most {most}."
        )
    known = {*map(fold, tags)}
    for tag in choices.always_hashtags:
        if fold(tag) not in known:
            yield Problem(
                field,
                "missing_hashtag",
                f"{tag} is missing, which you want everywhere.",
                f"hashtags: add {tag}.",
            )
    for word in choices.avoid:
        if any(is_tag(tag, word) for tag in tags):
            yield _forbidden(field, word)
    if choices.emoji is False and any(
        tag_without_emoji(tag) != tag for tag in tags if not _is_own(tag, choices)
    ):
        yield Problem(field, "emoji", "There is an emoji in the hashtags.", "hashtags: use no emoji.")


def _about_text(field: str, text: str, choices: Choices) -> Iterator[Problem]:
    yield from _length_problems(field, len(text), choices)
    for word in choices.avoid:
        if holds(text, word):
            yield _forbidden(field, word)
    if field == "description":
        for word in choices.always:
            if not holds(text, word):
                yield Problem(
                    field,
                    "missing_word",
                    f"The description has no “{word}”, which you always want in it.",
                    f"description: use “{word}”, word for word.",
                )
    if choices.emoji is False and has_emoji(text):
        sentence = f"There is an emoji in the {LABELS[field]}."
        yield Problem(field, "emoji", sentence, f"{field}: use no emoji.")


def _length_problems(field: str, length: int, choices: Choices) -> Iterator[Problem]:
    least, most = {
        "post_title": (0, choices.title_most),
        "description": (choices.description_least, choices.description_most),
    }.get(field, (0, 0))
    is_long = f"The {LABELS[field]} is {length:,} character{'s' * (length != 1)} long"
    if most and length > most:
        yield Problem(
            field,
            "too_long",
            f"{is_long}; you wanted at most {most:,}.",
            f"{field}: it has {length} characters, write at most {most}, in whole sentences.",
        )
    if length < least:
        yield Problem(
            field,
            "too_short",
            f"{is_long}; you wanted at least {least:,}.",
            f"{field}: it has {length} characters, write at least {least}, without padding.",
        )


def _forbidden(field: str, word: str) -> Problem:
    kind = "words" if " " in word else "a word"
    verb = "have" if field in ("hashtags", "key_points") else "has"
    return Problem(
        field,
        "forbidden",
        f"The {LABELS[field]} {verb} “{word}”, {kind} you wanted to avoid.",
        f"{field}: leave out “{word}” and every form of it; say it in another way.",
    )


def rewrite_request(problems: Sequence[Problem]) -> str:
    """Return the feedback for one more request to the model; empty when there is nothing to mend."""
    if not problems:
        return ""
    asks = "\n".join(f"- {problem.ask or problem.sentence}" for problem in problems)
    return f"Some rules are not kept yet. Mend only this and leave the rest as it is:\n{asks}"
