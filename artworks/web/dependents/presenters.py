"""What hangs on something that is deleted, in plain words: before it goes, and beside the offer to undo it."""

from __future__ import annotations

from collections.abc import Sequence

from artworks.dependents.uses import Gallery, Uses, count_galleries

MOST_NAMED = 3


def collection(found: Uses) -> list[str]:
    """Return what goes with a collection."""
    return [*_describe_closing(found.galleries), *_views(found.views)]


def collection_gone(found: Uses) -> str:
    """Return what went with a collection; empty when that is nothing."""
    count = len(found.open)
    if not count:
        return ""
    closed = f"{count_galleries(count)} {'is' if count == 1 else 'are'} closed"
    return f" {closed} until you undo this: {_titles(found.open)}."


def category(found: Uses) -> list[str]:
    """Return what hangs on a category besides its pictures."""
    return _views(found.views)


def tags(found: Uses) -> list[str]:
    """Return what hangs on tags besides their pictures."""
    said = _views(found.views)
    if found.always:
        it = "it" if len(found.always) == 1 else "them"
        named = " ".join(found.always[:MOST_NAMED])
        said.append(f"How words sound asks for {named} on every picture, so AI writes {it} again.")
    return said


def trashed(found: Uses) -> list[str]:
    """Return what does not show or work on pictures any more while they are in the trash."""
    it, one = ("it", True) if found.pictures == 1 else ("them", False)
    said = []
    if found.open:
        does = "does not show" if len(found.open) == 1 else "do not show"
        said.append(f"{count_galleries(len(found.open))} {does} {it} any more: {_titles(found.open)}.")
    if found.batches:
        does = "leaves" if found.batches == 1 else "leave"
        said.append(f"{_plural(found.batches, 'batch', 'batches')} under way {does} {it} out.")
    kept = []
    if found.collections:
        kept.append(f"{'its place' if one else 'their places'} in {_plural(found.collections, 'collection')}")
    if found.suggestions:
        kept.append(_plural(found.suggestions, "suggestion"))
    if kept:
        back = "it is" if one else "they are"
        told = " and ".join(kept)
        said.append(f"{told[:1].upper()}{told[1:]} will be there again when {back} put back.")
    return said


def not_shown(count: int) -> str:
    """Return that galleries a picture was chosen for do not show it in the trash; empty for none."""
    return f"{count_galleries(count)} {'does' if count == 1 else 'do'} not show it any more." if count else ""


def removed(found: Uses) -> list[str]:
    """Return what goes for good with pictures that are removed for good."""
    leaves, it = ("It leaves", "it") if found.pictures == 1 else ("They leave", "them")
    places = []
    if found.collections:
        places.append(_plural(found.collections, "collection"))
    if found.galleries:
        places.append(count_galleries(len(found.galleries)))
    said = []
    if places:
        said.append(f"{leaves} {' and '.join(places)} for good.")
    if found.suggestions:
        goes = "goes" if found.suggestions == 1 else "go"
        said.append(f"{_plural(found.suggestions, 'suggestion')} that nobody has decided about {goes} too.")
    if found.batches:
        said.append(
            f"{_plural(found.batches, 'batch', 'batches')} under way cannot write about {it} any more."
        )
    return said


def _describe_closing(found: Sequence[Gallery]) -> list[str]:
    if not found:
        return []
    one = len(found) == 1
    closes, address = ("closes", "Its address opens") if one else ("close", "Their addresses open")
    return [
        f"{count_galleries(len(found))} {closes} with it: {_titles(found)}. {address} nothing until you undo this."
    ]


def _views(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    show = "shows" if len(names) == 1 else "show"
    return [f"{_plural(len(names), 'saved view')} {show} nothing without it: {_quoted_names(names)}."]


def _titles(found: Sequence[Gallery]) -> str:
    return _quoted_names([gallery.title for gallery in found])


def _quoted_names(names: Sequence[str]) -> str:
    """Return the names of a few, and count the others; messages have to fit into a cookie."""
    more = len(names) - MOST_NAMED
    said = ", ".join(f"“{name[:60]}”" for name in names[:MOST_NAMED])
    return said + (f" and {more:,} more" if more > 0 else "")


def _plural(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"
