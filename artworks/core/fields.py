"""The text fields of a picture, one row each; every list, label and limit of them in the program derives from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MOST_HASHTAGS = 60
LONGEST_HASHTAG = 100

# line: a few words in one line; sentence: one line that is long enough for a text area; text: lines and paragraphs;
# hashtags: a list of them; category: the name of a row of the table `category`.
Kind = Literal["line", "sentence", "text", "hashtags", "category"]


@dataclass(frozen=True)
class Field:
    """One text field of a picture.

    `label` is what sentences call it, `hint` stands where it is still empty. `limit` is in characters, of hashtags in
    hashtags. `examples` stand behind the label on pages, where it alone does not say what belongs there.
    `model_description` tells a model what to write there. `search_names` may follow `has:` and `missing:`;
    the first one is offered. Fields that are `half` share a line on the page of a picture.
    """

    name: str
    label: str
    limit: int
    kind: Kind
    hint: str
    model_description: str
    search_names: tuple[str, ...]
    half: bool = False
    examples: str = ""

    @property
    def title(self) -> str:
        """The label as it stands above the field."""
        return f"{self.label.capitalize()} ({self.examples})" if self.examples else self.label.capitalize()

    @property
    def is_prose(self) -> bool:
        """Return whether it is a text of the picture's own, neither a list nor a name that pictures share."""
        return self.kind in ("line", "sentence", "text")

    @property
    def is_one_line(self) -> bool:
        """Return whether line breaks have no place in it."""
        return self.kind in ("line", "sentence", "category")

    @property
    def is_short(self) -> bool:
        """Return whether an input of one line is enough for it."""
        return self.kind in ("line", "category")

    @property
    def saves_on_enter(self) -> bool:
        """Return whether Enter ends it, as where nobody wants a second line."""
        return self.kind in ("line", "category", "hashtags")


# In the order of JSON, CSV and pages.
FIELDS = (
    Field(
        "post_title",
        "title",
        200,
        "line",
        "No title yet",
        "Title of the post, at most 200 characters, one line",
        ("title",),
    ),
    Field(
        "description",
        "description",
        5000,
        "text",
        "No description yet",
        "Description, plain text without markup",
        ("description", "text"),
    ),
    Field(
        "hashtags",
        "hashtags",
        MOST_HASHTAGS,
        "hashtags",
        "No hashtags yet",
        "Hashtags, each one word with a leading #",
        ("hashtags", "tags"),
    ),
    Field(
        "category",
        "category",
        80,
        "category",
        "No category yet",
        "One category, at most 80 characters",
        ("category",),
        half=True,
    ),
    Field(
        "key_points",
        "key points",
        5000,
        "text",
        "Linocut, 30 x 40 cm, edition of 50",
        "Key points, plain text, short and separated by commas",
        ("notes", "points"),
        half=True,
        examples="medium, size, year…",
    ),
    Field(
        "alt_text",
        "alt text",
        1000,
        "sentence",
        "What it shows, for people who cannot see it",
        "Alternative text for people who do not see the picture",
        ("alt",),
    ),
)
# The category comes last of what a model writes: one that fits is chosen by the words before it.
AI_FIELDS = tuple(sorted(FIELDS, key=lambda field: field.kind == "category"))
PROSE = tuple(field.name for field in FIELDS if field.is_prose)
LIMITS = {field.name: field.limit for field in FIELDS if field.kind != "hashtags"}
LABELS = {**{field.name: field.label for field in FIELDS}, "status": "status"}
