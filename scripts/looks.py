"""Photograph the pages at 1 and at 100,000 pictures, to be looked at: wide and narrow, dark and light.

`python -m scripts.looks FOLDER [PICTURES]` runs the program on a library of its own, which is gone afterwards, and
writes one picture a page and look into FOLDER. 100,000 pictures take a minute to make.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from scripts import looks_library
from scripts.looks_words import LONG
from scripts.screenshots import SIZE, program, window
from tests.fakes.openai_server import FakeOpenAI

SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": SIZE},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
THEMES = ("dark", "light")
NARROW = 992
# A menu, a dialog and the answer of the server have opened and come by then.
SETTLES_MS, PATIENCE = 700, 10
SEEN = """[...document.images].every((image) => {
  const { top, bottom, width } = image.getBoundingClientRect();
  return image.complete || !width || bottom < 0 || top > innerHeight;
})"""
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Look(NamedTuple):
    """One page, and what is done on it before it is photographed."""

    name: str
    path: str
    act: Callable[[Page], Any] | None = None


def typed(words: str) -> Callable[[Page], Any]:
    """Type into the search box as a person does."""
    return lambda page: page.locator("[data-search]").press_sequentially(words)


def keyed(*keys: str) -> Callable[[Page], Any]:
    """Press one key after the other."""

    def act(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return act


def pressed(*selectors: str) -> Callable[[Page], Any]:
    """Press one thing after the other; what this library or this width does not have is passed over."""

    def act(page: Page) -> None:
        for selector in selectors:
            if page.locator(selector).locator("visible=true").count():
                page.locator(selector).locator("visible=true").first.click()
                page.wait_for_timeout(SETTLES_MS)

    return act


def foot(page: Page) -> None:
    """Go to the end of what is loaded."""
    page.locator("[data-image-id]").last.scroll_into_view_if_needed()


def filters(page: Page) -> None:
    """Open the filters where they are a drawer, and go to their end where they stand at the side."""
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        page.locator("[data-side-open]").click()
    page.locator("[data-side] .sidebar-pages").scroll_into_view_if_needed()


EVERYTHING = ("[data-tick-all], [data-tick]", "[data-do=everything]")
LOOKS = (
    Look("library", "/"),
    Look("library-filters", "/", filters),
    Look("library-drawer", "/", pressed("[data-side-open]")),
    Look("library-later", "/", foot),
    Look("library-oldest", "/?sort=oldest"),
    Look("search-common", "/?q=heron"),
    Look("search-rare", "/?q=zuzuzu"),
    Look("search-phrase", '/?q="last hills"'),
    Look("search-nothing", "/?q=nobodywroteth1s"),
    Look("search-long", f"/?q={LONG}&status=draft"),
    Look("search-hints", "/", typed("ta")),
    Look("search-tags", "/", typed("tag:her")),
    Look("search-categories", "/", typed("category:s")),
    Look("by-tag", "/?tag=dusk"),
    Look("by-category", "/?category=Postcards"),
    Look("by-status", "/?status=draft&tag=heron"),
    Look("by-colour", "/?colour=teal"),
    Look("by-any-colour", "/?colour=%23d95f2b", filters),
    Look("orders", "/", pressed(".library-tools summary")),
    Look("ticked", "/", pressed("[data-tick]")),
    Look("ticked-all", "/", pressed(*EVERYTHING)),
    Look("bulk-tags", "/", pressed(*EVERYTHING, "[data-do=tags]")),
    Look("bulk-category", "/", pressed(*EVERYTHING, "[data-do=category]")),
    Look("bulk-page", "/bulk?tag=heron"),
    Look("undo", "/?tag=swallow", pressed(*EVERYTHING, "[data-do=ready]")),
    Look("tags", "/tags"),
    Look("tags-prefix", "/tags?prefix=her"),
    Look("tags-nothing", "/tags?prefix=qqq"),
    Look("tags-alike", "/tags?alike=1"),
    Look("tags-ticked", "/tags", pressed("[data-tag]")),
    Look("tag", "/tags/edit?tag=%23heron"),
    Look("categories", "/categories"),
    Look("category", "/categories", pressed(".category-tree [data-sheet-open]")),
    Look("collections", "/collections"),
    Look("collection", "/collections/1"),
    Look("collection-library", "/?collection=1"),
    Look("views", "/views"),
    Look("save-view", "/?tag=heron&status=draft", pressed(".save-view summary")),
    Look("look-alikes", "/look-alikes?kind=looks"),
    Look("look-alikes-files", "/look-alikes"),
    Look("picture", "/", pressed(".rows .image a, .picture-card-image")),
    Look("picture-filtered", "/?tag=heron", pressed(".rows .image a, .picture-card-image")),
    Look("picture-old", "/?sort=oldest", pressed(".rows .image a, .picture-card-image")),
    Look("picture-lost", "/?q=IMG_99950", pressed(".rows .image a, .picture-card-image")),
    Look("trash", "/trash"),
)


def main() -> int:
    """Take all pictures of one library."""
    folder, pictures = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder.mkdir(parents=True, exist_ok=True)
    with library(pictures) as url:
        take(url, folder, LOOKS)
    return 0


@contextmanager
def library(pictures: int) -> Iterator[str]:
    """Run the program on a library of that size and give its address."""
    with tempfile.TemporaryDirectory(prefix="artwork-looks-") as name:
        folder = Path(name)
        uploads = folder / "uploads"
        with looks_library.database(folder, pictures) as database, FakeOpenAI() as service:
            settings = {"DATABASE_URL": database, "STORAGE_URL": str(uploads)}
            with program(service.base_url, **settings) as url:
                with window(url) as page:
                    looks_library.furnish(page.request, uploads, pictures)
                yield url


def take(url: str, folder: Path, looks: tuple[Look, ...]) -> None:
    """Photograph pages in every look, and say which ones can be moved sideways."""
    for size, how in SIZES.items():
        for theme in THEMES:
            with window(url, **how) as page:
                for view in ("table", "grid"):
                    page.request.post("/preferences", form={"theme": theme, "view": view})
                    for look in looks if view == "table" else looks[:4]:
                        name = f"{look.name}{'-grid' if view == 'grid' else ''}-{size}-{theme}"
                        _photograph(page, look, folder / f"{name}.png")


def _photograph(page: Page, look: Look, path: Path) -> None:
    show(page, look)
    page.screenshot(path=path)
    print(path.name, "SIDEWAYS" if page.evaluate(SIDEWAYS) else "", flush=True)


def show(page: Page, look: Look) -> None:
    """Open a page, do what is done on it, and wait until its pictures are there."""
    page.goto(look.path)
    if look.act:
        page.wait_for_load_state("networkidle")
        look.act(page)
        page.wait_for_timeout(SETTLES_MS)
    page.wait_for_load_state("networkidle")
    for _ in range(PATIENCE):
        if page.evaluate(SEEN):
            break
        page.wait_for_timeout(SETTLES_MS)


if __name__ == "__main__":
    sys.exit(main())
