"""Which pictures were meant, in a few words, for whoever reads later what was done with them."""

from __future__ import annotations

from features.filters import Filters

EVERYTHING = "everything"


def in_words(filters: Filters) -> str:
    """Say which pictures filters choose: "12 ticked pictures", or 'category Prints, #heron, “dusk”'."""
    parts = [f"{len(filters.ids):,} ticked picture{'' if len(filters.ids) == 1 else 's'}"] * bool(filters.ids)
    said = {
        "q": "“{}”",
        "category": "category {}",
        "tag": "#{}",
        "status": "{}",
        "colour": "colour {}",
        "collection": "collection {}",
    }
    for name, words in said.items():
        value = getattr(filters, name)
        if value:
            parts.append(words.format(value.lstrip("#") if name == "tag" else value))
    return ", ".join(parts) or EVERYTHING
