"""The placeholder writer: honest words from what is known without a model, and never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from artworks.ai.answers import tidy_fields
from artworks.ai.types import Draft, DraftCancelled, DraftRequest, FieldValue, Partial, TokenUsage
from artworks.core.fields import LIMITS

MODEL = "placeholder"
NOTE = "Placeholder words, put together from the file name and your own notes. No AI service is set up."
NOTE_SHORTER = "Placeholder words: the text was cut, not rewritten. No AI service is set up."
NOTE_KEPT = "No AI service is set up, so the feedback could not be followed. Only “shorter” works."

# Names that cameras, phones and screenshots give; they say nothing about the picture.
_CAMERA = re.compile(
    r"^(img|image|dsc|dscn|dscf|pxl|mvimg|photo|picture|pict?|scan|screenshot|screen|shot|whatsapp|"
    r"copy|final|edited|edit|untitled|unnamed|file|jpe?g|png|gif)$",
    re.IGNORECASE,
)
_SHORTER = re.compile(r"\b(short(er)?|brief(er)?|concise|cut|trim|less|fewer|tighter)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+")
_SMALL_WORDS = {"a", "an", "the", "at", "in", "on", "of", "and", "or", "by", "with", "for", "to", "from"}


def placeholder(request: DraftRequest) -> Draft:
    """Write the asked fields from the file name, the artist's notes, the shape and the colours.

    With feedback the words that are there are kept, and "shorter" cuts them; nothing else can be followed
    without a model, and the draft's note says so. Costs nothing and never fails.
    """
    written: dict[str, FieldValue] = {
        name: _WRITERS[name](request) for name in request.fields if name in _WRITERS
    }
    note = NOTE
    if request.feedback:
        shorter = bool(_SHORTER.search(request.feedback))
        note = NOTE_SHORTER if shorter else NOTE_KEPT
        for name in written:
            words = request.current.get(name) or written[name]
            written[name] = _shorten_field(name, words) if shorter else words
    return Draft(tidy_fields(written, request.categories), TokenUsage(), MODEL, "placeholder", note)


def stream_placeholder(
    request: DraftRequest, on_partial: Partial | None, cancelled: Callable[[], bool]
) -> Draft:
    """Write, and show the fields one after the other as a model does; raises DraftCancelled."""
    draft = placeholder(request)
    fields: dict[str, FieldValue] = {}
    for name, words in draft.fields.items():
        if cancelled():
            raise DraftCancelled("The draft was stopped.")
        fields[name] = words
        if on_partial:
            on_partial(dict(fields))
    return draft


def name_words(filename: str) -> list[str]:
    """Return the words of a file name that say something: no camera names, numbers or endings."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename.strip())
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    # By category and not by \w, which would cut words of several scripts at their vowel signs.
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" or char in "'’" else " " for char in stem)
    words = [word for token in spaced.split() if (word := _word_of_token(token.strip("'’")))]
    return words if any(word.casefold() not in _SMALL_WORDS for word in words) else []


def _word_of_token(token: str) -> str:
    """Return the letters a token begins with, or "" when it is a number, a code or a camera's name."""
    letters = re.split(r"\d", token, maxsplit=1)[0]
    if letters != token and (len(letters) < 3 or re.fullmatch(r"[0-9a-fA-F]{6,}", token)):
        return ""
    return "" if _CAMERA.match(letters) else letters


def _title(request: DraftRequest) -> str:
    words = name_words(request.filename)
    if words:
        title = " ".join(words)
        return title[:1].upper() + title[1:]
    first = re.split(r"[\n.;]", request.truth.strip(), maxsplit=1)[0].strip()
    return first[:1].upper() + first[1:] if first else "Untitled"


def _shape_word(request: DraftRequest) -> str:
    return {"landscape": "wide", "portrait": "tall", "square": "square"}.get(request.orientation, "")


def _colours(request: DraftRequest, most: int = 3) -> str:
    names = list(dict.fromkeys(request.colours))[:most]
    return names[0] if len(names) == 1 else " and ".join([", ".join(names[:-1]), names[-1]] if names else [])


def _describe_look(request: DraftRequest) -> str:
    """Return shape and colours, the only things measured here, as one phrase; the medium is never guessed."""
    colours = _colours(request)
    picture = f"{_shape_word(request)} picture".strip()
    return f"{picture}, mostly {colours}" if colours else picture


def _description(request: DraftRequest) -> str:
    truth = request.truth.strip()
    if truth and truth[-1] not in ".!?。！？":
        truth += "."
    title = f"“{_title(request)}”: a {_describe_look(request)}."
    category = _category(request)
    return "\n\n".join(part for part in (title, truth, f"Category: {category}." if category else "") if part)


def _alt_text(request: DraftRequest) -> str:
    seen = _describe_look(request)
    return f"{seen[:1].upper()}{seen[1:]}. Title: {_title(request)}."


def _hashtags(request: DraftRequest) -> list[str]:
    words = [word for word in name_words(request.filename) if word.casefold() not in _SMALL_WORDS]
    return [word.lower() for word in [*words, _category(request), *request.colours[:2]] if len(word) > 1][:10]


def _key_points(request: DraftRequest) -> str:
    lines = [request.truth.strip()] if request.truth.strip() else []
    if request.orientation:
        lines.append(f"Format: {request.orientation}")
    if request.colours:
        lines.append(f"Main colours: {', '.join(dict.fromkeys(request.colours))}")
    return "\n".join(lines)


def _category(request: DraftRequest) -> str:
    """Return the category there is, or an existing one that is named in the file name or the notes."""
    current = request.current.get("category")
    if isinstance(current, str) and current:
        return current
    known_text = " ".join([*name_words(request.filename), request.truth]).casefold()
    known = (name for name in request.categories if name.strip())
    return next((name for name in known if re.search(rf"\b{re.escape(name.casefold())}\b", known_text)), "")


def _shorten_field(name: str, words: FieldValue) -> FieldValue:
    """Return about half: whole hashtags, whole sentences, and words only where there is one sentence."""
    if isinstance(words, list):
        return words[: max(1, len(words) // 2)]
    if name == "category":
        return words
    sentences = _SENTENCE_END.split(words.strip())
    if len(sentences) > 1:
        return " ".join(sentences[: max(1, len(sentences) // 2)])
    lines = words.strip().splitlines()
    if len(lines) > 1:
        return "\n".join(lines[: max(1, len(lines) // 2)])
    clauses = re.split(r"[,;:–—]\s*", words.strip())
    if len(clauses) > 1:
        return clauses[0][: LIMITS[name]]
    return words


_WRITERS: dict[str, Callable[[DraftRequest], FieldValue]] = {
    "post_title": _title,
    "description": _description,
    "hashtags": _hashtags,
    "key_points": _key_points,
    "alt_text": _alt_text,
    "category": _category,
}
