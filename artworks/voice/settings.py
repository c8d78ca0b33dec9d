"""What a person can choose about how the words should sound, checked and tidied."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, asdict, dataclass, fields
from typing import Any

from artworks.core.errors import Invalid
from artworks.core.fields import LIMITS, MOST_HASHTAGS
from artworks.core.text import clean, hashtags, typed_hashtags
from artworks.texts.folding import is_seen
from artworks.voice.matching import folded, holds, is_tag

LONGEST_GUIDE = 4000
MOST_SAMPLES = 5
LONGEST_SAMPLE = 2000
MOST_WORDS = 60
LONGEST_WORD = 80
LONGEST_LIST = 10_000
LINES = re.compile(r"[\n\r]")
SEPARATORS = re.compile("[,;，、；،؛]")
PERSONS = ("", "first", "third")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SHORTEST_TITLE = 10
WRONG_PERSON = "Choose first person, third person, or neither."
WRONG_EMOJI = "Choose emoji, none, or no rule."


@dataclass(frozen=True)
class Choices:
    """How the words should sound; a limit of 0 characters is none. Raises Invalid naming the field."""

    guide: str = ""
    samples: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    person: str = ""
    emoji: bool | None = None
    language: str = "en"
    hashtags_least: int = 5
    hashtags_most: int = 12
    always_hashtags: tuple[str, ...] = ()
    title_most: int = 100
    description_least: int = 0
    description_most: int = 0
    # What was stored by older rules is read as it is.
    stored: InitVar[bool] = False

    def __post_init__(self, stored: bool) -> None:
        """Tidy the texts, then see that everything fits, each by itself and together."""
        _set_field(self, "guide", _checked_text(self.guide, "guide", "style guide", LONGEST_GUIDE))
        _set_field(self, "samples", _checked_samples(self.samples))
        for name in ("avoid", "always"):
            words = _checked_phrases(getattr(self, name), name)
            _set_field(self, name, words if not stored else tuple(filter(is_seen, words)))
        _set_field(self, "always_hashtags", _checked_hashtags(self.always_hashtags, stored))
        if self.person not in PERSONS:
            raise Invalid(WRONG_PERSON, field="person")
        if self.emoji not in (None, True, False):
            raise Invalid(WRONG_EMOJI, field="emoji")
        if (
            not isinstance(self.language, str)
            or not LANGUAGE.fullmatch(self.language)
            or len(self.language) > 35
        ):
            raise Invalid("The language must be a code such as en or pt-BR.", field="language")
        _check_lengths(self)
        _check_hashtags(self)
        if not stored:
            _check_lists(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, stored: bool = False) -> Choices:
        """Return choices as sent or `stored`; what is missing gets its default, what is unknown is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known}, stored=stored)

    def to_dict(self) -> dict[str, Any]:
        """Return the choices as they are stored and sent."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


def _set_field(choices: Choices, name: str, value: object) -> None:
    object.__setattr__(choices, name, value)


def _checked_text(value: object, field: str, label: str, most: int) -> str:
    try:
        return clean(value, label, most)
    except Invalid as error:
        raise Invalid(error.message, field=field) from error


def _checked_list(value: object, field: str) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise Invalid("This must be a list of texts.", field=field)
    return value


def _checked_samples(value: object) -> tuple[str, ...]:
    texts = [
        _checked_text(text, "samples", f"sample {number}", LONGEST_SAMPLE)
        for number, text in enumerate(_checked_list(value, "samples"), start=1)
    ]
    found = tuple(filter(None, texts))
    if len(found) > MOST_SAMPLES:
        raise Invalid(f"There are {len(found)} samples. The limit is {MOST_SAMPLES}.", field="samples")
    return found


def _checked_phrases(value: object, field: str) -> tuple[str, ...]:
    """Return a tidy list of words and phrases; a line end or a comma parts them, the same one twice comes once."""
    first: dict[str, str] = {}
    for text in _checked_list(value, field):
        for line in LINES.split(_checked_text(text, field, "list", LONGEST_LIST)):
            for part in _parts_of_line(line):
                if word := " ".join(_checked_text(part, field, "word", LONGEST_WORD).split()):
                    first.setdefault(folded(word), word)
    if len(first) > MOST_WORDS:
        raise Invalid(f"There are {len(first)} words. The limit is {MOST_WORDS}.", field=field)
    return tuple(first.values())


def _parts_of_line(line: str) -> list[str]:
    """Return what a line lists; one of nothing but a comma or a semicolon means that sign."""
    parts = SEPARATORS.split(line)
    return parts if any(map(str.strip, parts)) else [line]


def _checked_hashtags(value: object, stored: bool) -> tuple[str, ...]:
    given = list(_checked_list(value, "always_hashtags"))
    if not stored:
        return tuple(typed_hashtags(given, "always_hashtags"))
    return tuple(hashtags(given))


def _checked_number(value: object, field: str, label: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(f"{label} must be a whole number from {least} to {most:,}.", field=field)
    return value


def _check_lengths(choices: Choices) -> None:
    longest = LIMITS["description"]
    _checked_number(
        choices.title_most, "title_most", "The longest title", SHORTEST_TITLE, LIMITS["post_title"]
    )
    least = _checked_number(
        choices.description_least, "description_least", "The shortest description", 0, longest
    )
    most = _checked_number(
        choices.description_most, "description_most", "The longest description", 0, longest
    )
    if most and least > most:
        raise Invalid(
            f"The shortest description ({least:,}) is longer than the longest ({most:,}).",
            field="description_least",
        )


def _check_hashtags(choices: Choices) -> None:
    least = _checked_number(choices.hashtags_least, "hashtags_least", "The fewest hashtags", 0, MOST_HASHTAGS)
    most = _checked_number(choices.hashtags_most, "hashtags_most", "The most hashtags", 1, MOST_HASHTAGS)
    if least > most:
        raise Invalid(
            f"The fewest hashtags ({least}) are more than the most ({most}).", field="hashtags_least"
        )
    always = len(choices.always_hashtags)
    if always > most:
        raise Invalid(
            f"There are {always} hashtags for every picture, but at most {most} are wanted.",
            field="always_hashtags",
        )


def _check_lists(choices: Choices) -> None:
    """Raise Invalid for a word that nobody sees, and when something is both wanted and unwanted."""
    for field, words in (("avoid", choices.avoid), ("always", choices.always)):
        if not all(map(is_seen, words)):
            raise Invalid("There is a word in this list that nobody could see. Take it out.", field=field)
    for avoided in choices.avoid:
        wanted = [f"“{phrase}”" for phrase in choices.always if holds(phrase, avoided)]
        wanted += [tag for tag in choices.always_hashtags if is_tag(tag, avoided)]
        if wanted:
            raise Invalid(f"“{avoided}” is to be avoided, and yet {wanted[0]} is to be used.", field="avoid")
