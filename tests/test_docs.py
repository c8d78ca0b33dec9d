"""The documentation: a short README that leads on, links that lead somewhere, and names of files that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
# What is written like a file of this repository: `artworks/search/query.py`, `tests/fakes`, `SECURITY.md`.
FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|js|css|html|md|toml))`")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return what a page says outside of its blocks of code."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(
            " ", "-"
        )
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links(page: Path) -> list[tuple[str, Path, str]]:
    """Return each link of a page to a place of this repository: as written, its file and its anchor."""
    written = [link for link in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]
    targets = [(link, *link.partition("#")[::2]) for link in written]
    return [
        (link, (page.parent / path).resolve() if path else page, anchor) for link, path, anchor in targets
    ]


def leads_nowhere(target: Path, anchor: str) -> bool:
    return not target.exists() or (anchor != "" and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link, target, anchor in links(page) if leads_nowhere(target, anchor)] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert [file for file in FILE.findall(prose(page)) if not (ROOT / file).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead += [to for _, to, _ in links(page) if to.suffix == ".md" and to not in reached]
    assert [name(page) for page in PAGES if page not in reached] == []


def test_the_readme_is_short_and_has_what_a_newcomer_needs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 90
    for needed in (
        "docs/library.png",
        "docs/picture.png",
        "\nmake run\n",
        "\nmake test\n",
        "OPENAI_API_KEY=",
    ):
        assert needed in readme


@pytest.mark.parametrize("words", ["Backups", "Behind a proxy"])
def test_the_readme_leads_to_what_the_program_says_is_there(words: str) -> None:
    """Messages of the program name these words as a place in the README."""
    (link,) = re.findall(rf"\[{words}\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    path, _, _ = link.partition("#")
    headings = re.findall(r"^#+ +(.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert words in headings


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Two `roles`\n\n[here](#two-roles) [there](#three) [gone](gone.md)\n", encoding="utf-8")
    assert [link for link, target, anchor in links(page) if leads_nowhere(target, anchor)] == [
        "#three",
        "gone.md",
    ]
