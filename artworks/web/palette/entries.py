"""What the command palette offers: the pages, what can be done, and the names that were found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from artworks.library.command_palette import Named, words_of
from artworks.search.listed_image import ListedImage
from artworks.texts.folding import bare_tag, fold
from artworks.web.image_json import rendition_url
from artworks.web.places import PLACES

# A text with whether it is what was typed.
Marked = list[tuple[str, bool]]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Entry:
    """One offer: a page (`href`), or an act that the page's script does (`act`, with a value).

    `key` is by what it is remembered; `keys` are those that do the same; `words` are what it is also found by.
    """

    text: str
    icon: str
    key: str = ""
    href: str = ""
    act: str = ""
    value: str = ""
    note: str = ""
    keys: tuple[str, ...] = ()
    words: str = ""
    role: str = "viewer"
    thumbnail: str = ""
    name: str = ""
    marked: Marked = field(default_factory=list)
    marked_note: Marked = field(default_factory=list)


PAGES = (
    *(
        Entry(one.name, one.icon, href=one.path, keys=(one.key,) if one.key else (), role=one.role)
        for one in PLACES
    ),
    Entry("New pictures", "images", href="/?status=new", words="status"),
    Entry("Drafts", "images", href="/?status=draft", words="status"),
    Entry("Ready pictures", "images", href="/?status=ready", words="status"),
    Entry("Categories", "folder2-open", href="/categories", role="editor"),
    Entry("Tags", "hash", href="/tags", words="hashtags", role="editor"),
    Entry("Saved views", "bookmark", href="/views", role="editor"),
    Entry(
        "How your words should sound", "card-text", href="/settings/voice", words="voice style", role="owner"
    ),
    Entry("People", "people", href="/people", words="accounts invite", role="owner"),
    Entry("What happened", "clock-history", href="/audit", words="log audit", role="owner"),
)
# What can be done anywhere.
ACTS = (
    Entry("Add pictures", "plus-lg", act="add", words="upload files", role="editor"),
    Entry("Write words for many", "stars", href="/batches/new", words="generate batch ai", role="editor"),
    Entry("Export words as CSV", "download", href="/export", words="download excel", role="editor"),
    Entry("Change many at once", "pencil", href="/bulk", words="edit bulk", role="editor"),
    Entry("Undo", "arrow-counterclockwise", act="undo", keys=("Ctrl", "Z"), role="editor"),
    Entry("Switch between dark and light", "circle-half", act="theme", words="theme colours", role="editor"),
    Entry("Show all keys", "info-circle", act="keys", keys=("?",), words="shortcuts help", role="editor"),
)
# What can be done with what is ticked, which stands in the place of the braces.
ACTS_ON_TICKED = (
    Entry("Write words for {}", "stars", act="generate", keys=("G",), words="generate ai", role="editor"),
    Entry("Mark {} ready", "check2-circle", act="ready", keys=("A",), words="accept status", role="editor"),
    Entry("Put {} into a collection…", "collection", act="collection", keys=("C",), role="editor"),
    Entry("Add tags to {}…", "hash", act="tags", keys=("T",), words="hashtags", role="editor"),
    Entry("Put {} into a category…", "folder2-open", act="category", role="editor"),
    Entry("Change key points of {}…", "card-text", act="key_points", words="facts", role="editor"),
    Entry("Share {}", "share", act="share", words="gallery client", role="editor"),
    Entry("Export {}", "download", act="export", words="csv download", role="editor"),
    Entry("Move {} to the trash", "trash3", act="trash", keys=("Del",), words="delete", role="editor"),
    Entry("Untick {}", "x-lg", act="clear", keys=("Esc",), role="editor"),
)
ICONS = {
    "collection": "collection",
    "share": "share",
    "category": "folder2-open",
    "tag": "hash",
    "image": "image",
}
ADDRESSES = {
    "collection": "/collections/{}", "share": "/shared/{}", "image": "/images/{}",
}  # fmt: skip


def choose(entries: Iterable[Entry], text: str) -> Iterator[Entry]:
    """Yield the entries that have all words of a text, in their text or beside it, with what was typed marked."""
    typed = words_of(text)
    for entry in entries:
        words = _WORD.findall(fold(f"{entry.text} {entry.words}"))
        if all(any(word.startswith(one) for word in words) for one in typed):
            yield mark(entry, text)


def mark(entry: Entry, text: str) -> Entry:
    """Return an entry with the beginnings of words marked that were typed, in its text and its note."""
    typed = [bare_tag(word) for word in words_of(text)]
    return replace(entry, marked=_marked(entry.text, typed), marked_note=_marked(entry.note, typed))


def _marked(text: str, typed: Sequence[str]) -> Marked:
    parts: Marked = []
    end = 0
    for found in _WORD.finditer(text):
        length = max((_length_of(found[0], word) for word in typed), default=0)
        if length:
            start = found.start()
            parts += [(text[end:start], False), (text[start : start + length], True)]
            end = start + length
    return [part for part in [*parts, (text[end:], False)] if part[0]]


def _length_of(word: str, typed: str) -> int:
    """Return how many letters of a word are what was typed, with accents or without; 0 when it does not begin so."""
    wanted = _plain(typed)
    if not wanted or not _plain(word).startswith(wanted):
        return 0
    return next((end for end in range(1, len(word)) if _plain(word[:end]).startswith(wanted)), len(word))


def _plain(text: str) -> str:
    """Return a text as it is compared, without accents: the search makes no difference between them either."""
    apart = unicodedata.normalize("NFD", fold(text))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def page_of(named: Named) -> Entry:
    """Return the offer to go to something that has a name."""
    address = ADDRESSES.get(named.kind, "").format(named.id) or (f"/?{urlencode({named.kind: named.name})}")
    note = {"share": "shared gallery", "image": "picture"}.get(named.kind, named.kind)
    if named.images is not None:
        note = f"{note}, {named.images:,}"
    return Entry(
        named.name, ICONS[named.kind], key=f"{named.kind}:{quote(named.id)}", href=address, note=note
    )


def page_of_image(image: ListedImage, text: str) -> Entry:
    """Return the offer to open a picture; a tag that was typed says why it is here."""
    typed = [bare_tag(word) for word in words_of(text)]
    tag = next(
        (tag for tag in image.hashtags if any(fold(bare_tag(tag)).startswith(word) for word in typed)), ""
    )
    return Entry(
        image.post_title or image.original_filename, "image", key=f"image:{image.id}",
        href=f"/images/{image.id}", note=tag,
        thumbnail=rendition_url(image.id, image.rendition_version, "thumbnail"),
    )  # fmt: skip


def act_on(named: Named, ticked: str) -> Entry | None:
    """Return the offer to put what is ticked into something; None where nothing can be put."""
    text = {
        "collection": "Put {} into {}",
        "category": "Put {} into the category {}",
        "tag": "Add tag {1} to {0}",
    }.get(named.kind)
    if text is None:
        return None
    value = named.id if named.kind == "collection" else named.name
    keys = {"collection": ("C",), "tag": ("T",)}.get(named.kind, ())
    return Entry(
        text.format(ticked, named.name), ICONS[named.kind], act=f"into-{named.kind}", value=value,
        name=named.name, keys=keys, role="editor",
    )  # fmt: skip


def folder_of(named: Named) -> Entry:
    """Return the offer to save a shared gallery as a folder."""
    return Entry(
        f"Save {named.name} as a folder", "download", href=f"/shared/{named.id}/folder.zip", role="editor"
    )


def acts(ticked: str) -> list[Entry]:
    """Return what can be done: first with what is ticked, "3 selected", then with nothing ticked."""
    if not ticked:
        return list(ACTS)
    return [*(replace(one, text=one.text.format(ticked)) for one in ACTS_ON_TICKED), *ACTS]
