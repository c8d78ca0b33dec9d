"""Which pictures were meant, in a few words, for whoever reads later what was done with them."""

from __future__ import annotations

from collections.abc import Mapping

from artworks.search.filters import Filters

EVERYTHING = "everything"
SAID = {"q": "“{}”", "category": "category {}", "tag": "#{}", "status": "{}", "colour": "colour {}"}


def said(given: Mapping[str, str]) -> list[str]:
    """Say in a few words each what is looked for; a collection is an id and left to those who know its name."""
    return [
        words.format(given[name].lstrip("#") if name == "tag" else given[name])
        for name, words in SAID.items()
        if given.get(name)
    ]


def in_words(filters: Filters) -> str:
    """Return which pictures filters choose: "12 ticked pictures", or 'category Prints, #heron, “dusk”'."""
    parts = [f"{len(filters.ids):,} ticked picture{'' if len(filters.ids) == 1 else 's'}"] * bool(filters.ids)
    parts += said({name: getattr(filters, name) for name in SAID})
    if filters.collection:
        parts.append(f"collection {filters.collection}")
    return ", ".join(parts) or EVERYTHING
