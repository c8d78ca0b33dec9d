"""The form of the voice: choices as texts to type in, and what was typed as choices."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from artworks.core.text import typed_hashtags
from artworks.voice.settings import MOST_SAMPLES, WRONG_EMOJI, WRONG_PERSON, Choices
from artworks.web.forms import check, form_text, number_or_text
from artworks.web.voice.schemas import ChoicesIn

Form = dict[str, Any]
LINES = ("avoid", "always", "always_hashtags")
NUMBERS = ("hashtags_least", "hashtags_most", "title_most", "description_least", "description_most")
# An empty box says "no rule", which is stored as 0.
MAY_BE_EMPTY = ("description_least", "description_most")
EMOJI = {"": None, "yes": True, "no": False}
LABELS = {
    "guide": "style guide",
    "samples": "sample texts",
    "avoid": "words to avoid",
    "always": "words to use",
    "person": "person",
    "emoji": "emoji",
    "language": "language",
    "hashtags_least": "number of hashtags",
    "hashtags_most": "number of hashtags",
    "always_hashtags": "hashtags for every picture",
    "title_most": "length of the title",
    "description_least": "length of the description",
    "description_most": "length of the description",
}
WRONG = {
    "emoji": WRONG_EMOJI,
    "person": WRONG_PERSON,
    **{name: f"The {LABELS[name]} must be a whole number." for name in NUMBERS},
}
LANGUAGES = {
    "en": "English", "en-GB": "English (British)", "en-US": "English (American)", "ar": "العربية",
    "bg": "Български", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά",
    "es": "Español", "et": "Eesti", "eu": "Euskara", "fa": "فارسی", "fi": "Suomi", "fr": "Français",
    "ga": "Gaeilge", "he": "עברית", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "id": "Bahasa Indonesia",
    "is": "Íslenska", "it": "Italiano", "ja": "日本語", "ko": "한국어", "lt": "Lietuvių", "lv": "Latviešu",
    "nb": "Norsk", "nl": "Nederlands", "pl": "Polski", "pt": "Português", "pt-BR": "Português (Brasil)",
    "ro": "Română", "ru": "Русский", "sk": "Slovenčina", "sl": "Slovenščina", "sr": "Српски", "sv": "Svenska",
    "th": "ไทย", "tr": "Türkçe", "uk": "Українська", "vi": "Tiếng Việt", "zh-Hans": "简体中文", "zh-Hant": "繁體中文",
}  # fmt: skip


def form_from_choices(choices: Choices) -> Form:
    """Return choices as the texts of the form."""
    found = choices.to_dict()
    return {
        **found,
        "samples": _padded(list(choices.samples)),
        **{name: "\n".join(found[name]) for name in LINES},
        **{name: str(found[name] or "") if name in MAY_BE_EMPTY else str(found[name]) for name in NUMBERS},
        "emoji": {None: "", True: "yes", False: "no"}[choices.emoji],
    }


def form_values(form: MultiDict[str, str]) -> Form:
    """Return what was typed, so that a page with a mistake brings it back as it was."""
    texts = ("guide", "person", "emoji", "language", *LINES, *NUMBERS)
    usual = form_from_choices(Choices())
    found: Form = {name: form_text(form.get(name, usual[name])) for name in texts}
    return {**found, "samples": _padded([form_text(text) for text in form.getlist("samples")])}


def choices_from_form(form: Form) -> ChoicesIn:
    """Return the choices that were typed; raises Invalid naming the field."""
    values = {
        "emoji": EMOJI.get(form["emoji"], form["emoji"]),
        **{name: _limit(form[name], name) for name in NUMBERS},
        **{name: [form[name]] for name in ("avoid", "always")},
        **{name: form[name] for name in ("guide", "samples", "person")},
        "language": form["language"].strip(),
    }
    given = check(ChoicesIn, values, WRONG)
    given.always_hashtags = typed_hashtags(form["always_hashtags"], "always_hashtags")
    return given


def _padded(samples: list[str]) -> list[str]:
    return samples + [""] * (MOST_SAMPLES - len(samples))


def _limit(text: str, name: str) -> int | str:
    text = text.strip()
    return 0 if not text and name in MAY_BE_EMPTY else number_or_text(text, longest=9)


def changed_labels(before: Choices, after: Choices) -> list[str]:
    """Return what two versions differ in, in the order of the form."""
    old, new = before.to_dict(), after.to_dict()
    return list(dict.fromkeys(label for name, label in LABELS.items() if old[name] != new[name]))
