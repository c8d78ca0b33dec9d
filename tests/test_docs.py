"""The documentation: a short README that leads on, links that lead somewhere, and names that are there."""

from __future__ import annotations

import ast
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
# What is said to be in a file: `artworks/ai/types.py` (`FIELDS`, `Usage`), `migrations.py`: `HEAD`.
INSIDE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.\w+)`(?: \(|: )((?:`\w+`(?:, | and )?)+)")
# Folders that hold no code of the program itself.
NO_PROGRAM = (".venv", "bench", "build", "instance", "scripts", "tests")


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


@pytest.mark.parametrize("doc", PAGES, ids=name)
def test_every_link_leads_somewhere(doc: Path) -> None:
    assert [link for link, target, anchor in links(doc) if leads_nowhere(target, anchor)] == []


@pytest.mark.parametrize("doc", [doc for doc in PAGES if doc.name != "CHANGELOG.md"], ids=name)
def test_every_file_that_is_named_exists(doc: Path) -> None:
    assert [file for file in FILE.findall(prose(doc)) if not (ROOT / file).exists()] == []


def test_what_the_recipes_name_is_in_the_file_they_name() -> None:
    recipes = " ".join(prose(ROOT / "CONTRIBUTING.md").partition("## Recipes")[2].split())
    named = [(file, word) for file, words in INSIDE.findall(recipes) for word in re.findall(r"\w+", words)]
    assert len(named) > 15
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file, _ in named}
    assert [(file, word) for file, word in named if not re.search(rf"\b{word}\b", texts[file])] == []


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


def columns(page: str, number: int) -> list[str]:
    """Return the cells of one column of all tables of a page, without their heads."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    heads = {number - 1 for number, line in enumerate(lines) if line.startswith("|---")}
    rows = [line for place, line in enumerate(lines) if line.startswith("| ") and place not in heads]
    return [row.split("|")[number + 1].strip() for row in rows if len(row.split("|")) > number + 2]


def test_the_map_has_every_folder_with_what_it_says_of_itself() -> None:
    folders = {
        f"`{name(path.parent)}`": (
            ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        ).partition("\n")[0]
        for path in (ROOT / "artworks").rglob("__init__.py")
    }
    assert len(folders) > 20
    page = "docs/architecture.md"
    rows = zip(columns(page, 0), columns(page, 1), strict=True)
    assert {place: said for place, said in rows if place.startswith("`artworks")} == folders


def test_no_folder_of_code_is_without_a_word_of_what_it_holds() -> None:
    folders = {path.parent for path in (ROOT / "artworks").rglob("*.py")}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_the_words_of_the_glossary_are_in_the_code() -> None:
    paths = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in NO_PROGRAM]
    words = {word for path in paths for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    named = [name for cell in columns("docs/glossary.md", 1) for name in re.findall(r"`(\w+)`", cell)]
    assert len(named) > 50
    assert [name for name in named if name not in words] == []


def test_the_glossary_answers_ten_questions() -> None:
    answers = columns("docs/glossary.md", 1)[-10:]
    assert [answer for answer in answers if not FILE.search(answer)] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Two `roles`\n\n[here](#two-roles) [there](#three) [gone](gone.md)\n", encoding="utf-8")
    assert [link for link, target, anchor in links(page) if leads_nowhere(target, anchor)] == [
        "#three",
        "gone.md",
    ]
