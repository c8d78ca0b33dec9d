"""A shared gallery as a folder of plain pages: they open from a disk or any web space, and lead nowhere else.

It holds what the gallery shares and nothing more: words, originals and sizes by the same rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from flask import render_template
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.adapters.zip_stream import ZipStream
from artworks.core.errors import DamagedFile, DecoderEnded, NotFound, UnsupportedType
from artworks.images import files as image_files
from artworks.settings.installation import LOGO, InstallationSettings
from artworks.sharing import gallery as galleries
from artworks.studio import contact, logo
from artworks.web.assets import STATIC
from artworks.web.image_json import shape
from artworks.web.sharing.gallery_images import size_of, sizes
from models import Image, ShareLink
from utils import MEDIA_TYPES

PICTURES_A_PAGE = 100
READ_AT_ONCE = 50
PIECE = 64 * 1024
LONGEST_STEM = 60
# Of a folder or file these are devices to Windows, whatever comes after a dot.
DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
STYLES = ("css/tokens.css", "css/justified.css", "css/gallery.css", "css/folder.css")
DARK = re.compile(r'\[data-bs-theme="dark"\] \{([^}]*color-scheme: dark;[^}]*)\}')
LOST = (NotFound, DamagedFile, DecoderEnded, UnsupportedType, ValueError)


@dataclass(frozen=True)
class FolderPicture:
    """A picture of the folder: its number, its words as far as they are shared, and its files ("" for none)."""

    number: int
    page: str
    name: str
    title: str
    alt: str
    text: str
    shape: int
    sizes: str
    small: str
    large: str
    original: str
    small_size: tuple[int, int] | None
    large_size: tuple[int, int] | None


def stem(text: str, otherwise: str = "") -> str:
    """Return a text as part of a file's name that every system can hold: small Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_STEM].strip("-") or otherwise
    return f"gallery-{found}" if DEVICES.fullmatch(found) else found


class FolderWriter:
    """Writes one gallery; `write` yields the bytes of its ZIP."""

    def __init__(
        self, session: Session, storage: Storage, installation: InstallationSettings, share: ShareLink
    ) -> None:
        self._session, self._storage, self._installation, self._share = session, storage, installation, share
        self._zip = ZipStream()
        self._root = stem(share.title, "gallery")
        self._ids = galleries.list_ids(session, share)
        self._common = {
            "share": share,
            "total": len(self._ids),
            "contact": contact.of(installation.known.config),
            "studio_name": installation.known.config.studio_name,
            "logo": "",
        }

    @property
    def root(self) -> str:
        """The name of the folder."""
        return self._root

    def write(self, release: Callable[[], object]) -> Iterator[bytes]:
        """Yield the ZIP; `release` gives the connection of the database back before anything is waited for."""
        yield self._zip.add_text(self._inside("style.css"), style_sheet())
        yield from self._write_logo()
        shown: list[FolderPicture] = []
        for start in range(0, len(self._ids), READ_AT_ONCE):
            ids = self._ids[start : start + READ_AT_ONCE]
            images = galleries.find_images(self._session, self._share, ids)
            release()
            for number, image_id in enumerate(ids, start + 1):
                picture = yield from self._write_picture(number, images.get(image_id))
                shown.append(picture)
                if len(shown) == PICTURES_A_PAGE:
                    yield self._write_index(shown)
                    shown = []
        if shown or not self._ids:
            yield self._write_index(shown)
        yield self._zip.end()

    def _write_logo(self) -> Iterator[bytes]:
        try:
            if self._installation.is_fixed(LOGO):
                data, media_type = logo.of_environment(self._installation)
            elif logo.known(self._installation).mark:
                key, media_type = logo.key_of(self._installation)
                data = self._storage.read(key)
            else:
                return
        except LOST:
            return
        name = f"logo.{logo.ENDINGS[media_type]}"
        self._common["logo"] = name
        yield self._zip.add_bytes(self._inside(name), data)

    def _write_picture(self, number: int, image: Image | None) -> Generator[bytes, None, FolderPicture]:
        """Add a picture's files and its page; one that is gone, or whose file is, has a page that says so."""
        with_words = self._share.with_words
        title = image.post_title if image and with_words else ""
        name = title or f"Picture {number}"
        file = "-".join(filter(None, (self._padded(number), stem(title))))
        small = large = original = ""
        if image is not None:
            large = yield from self._write_rendition(image, "preview", f"pictures/{file}")
            small = large and (yield from self._write_rendition(image, "thumbnail", f"small/{file}"))
            if self._share.with_originals:
                original = yield from self._write_original(image, f"originals/{file}")
        picture = FolderPicture(
            number, self._page_name(number), name, title, (image and image.alt_text) or name,
            (image.description if image and with_words else ""), shape(image) if image else 0,
            sizes(image) if image else "", small or large, large, original,
            size_of(image, "thumbnail") if image else None, size_of(image, "preview") if image else None,
        )  # fmt: skip
        total = len(self._ids)
        page = render_template(
            "sharing/folder/picture.html",
            picture=picture,
            index=self._index_name(self._index_of(number)),
            previous=self._page_name(number - 1) if number > 1 else "",
            next=self._page_name(number + 1) if number < total else "",
            **self._common,
        )
        yield self._zip.add_text(self._inside(picture.page), page)
        return picture

    def _write_rendition(self, image: Image, kind: str, path: str) -> Generator[bytes, None, str]:
        """Add a small copy and return its name; "" where it cannot be had."""
        try:
            file = image_files.rendition(self._session, self._storage, image, kind)
            # Nothing is held open while the reader takes its time.
            self._session.commit()
            data = self._storage.read(file.key)
        except LOST:
            self._session.rollback()
            return ""
        name = f"{path}.{logo.ENDINGS[file.media_type]}"
        yield self._zip.add_bytes(self._inside(name), data)
        return name

    def _write_original(self, image: Image, path: str) -> Generator[bytes, None, str]:
        try:
            source = self._storage.open(image.stored_filename)
        except LOST:
            return ""
        name = f"{path}.{MEDIA_TYPES.get(image.media_type or '', 'bin')}"
        with source:
            yield from self._zip.add_pieces(self._inside(name), iter(lambda: source.read(PIECE), b""))
        return name

    def _write_index(self, shown: list[FolderPicture]) -> bytes:
        """Add the page of some pictures, whose files are all written by then: it says which are missing."""
        here = self._index_of(shown[0].number) if shown else 0
        last = self._index_of(len(self._ids)) if self._ids else 0
        page = render_template(
            "sharing/folder/index.html",
            pictures=shown,
            first=here == 0,
            previous=self._index_name(here - 1) if here else "",
            next=self._index_name(here + 1) if here < last else "",
            **self._common,
        )
        return self._zip.add_text(self._inside(self._index_name(here)), page)

    def _inside(self, name: str) -> str:
        return str(PurePosixPath(self._root, name))

    def _padded(self, number: int) -> str:
        return f"{number:0{max(3, len(str(len(self._ids))))}}"

    def _page_name(self, number: int) -> str:
        return f"picture-{self._padded(number)}.html"

    @staticmethod
    def _index_name(number: int) -> str:
        return f"index-{number + 1}.html" if number else "index.html"

    @staticmethod
    def _index_of(number: int) -> int:
        return (number - 1) // PICTURES_A_PAGE


@cache
def style_sheet() -> str:
    """Return the styles of the folder: those of the gallery, dark where the system is."""
    texts = [(STATIC / name).read_text(encoding="utf-8") for name in STYLES]
    dark = DARK.search(texts[0])
    if dark is None:
        raise ValueError("tokens.css has no dark colours.")
    texts.insert(1, f"@media (prefers-color-scheme: dark) {{ :root {{{dark[1]}}} }}\n")
    return "\n".join(texts)
