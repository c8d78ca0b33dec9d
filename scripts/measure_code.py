"""Measure how code is cut: ``python -m scripts.measure_code FOLDER…`` prints a table with a column for each checkout.

What is measured is the program: Python without tests, migrations, benchmarks, scripts and documentation; and the
scripts that browsers get, without what others made.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LEFT_OUT = {
    "bench", "benchmarks", "build", "dist", "docs", "e2e", "examples", "instance", "migrations", "node_modules",
    "schema", "scripts", "test", "tests", "vendor", "vendored",
}  # fmt: skip
LONG = 30
MANY_MODULES = 3
Function = ast.FunctionDef | ast.AsyncFunctionDef
Name = tuple[str, ...]


@dataclass
class Module:
    """A module of Python: where it is, how many lines it has, and its syntax tree."""

    place: Path
    lines: int
    tree: ast.Module

    @property
    def name(self) -> Name:
        """Return the parts of the name that it is imported by."""
        parts = self.place.with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts


def main() -> int:
    """Print the table, and return the exit status."""
    folders = [Path(folder).resolve() for folder in sys.argv[1:]]
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    columns = [measure(folder) for folder in folders]
    print("| |", " | ".join(folder.name for folder in folders), "|")
    print("|---|" + "---|" * len(folders))
    for what in columns[0]:
        print(f"| {what} |", " | ".join(column[what] for column in columns), "|")
    return 0


def measure(root: Path) -> dict[str, str]:
    """Return each measure of a checkout, as it is printed."""
    found = list(modules(root))
    functions = [node for module in found for node in ast.walk(module.tree) if isinstance(node, Function)]
    lengths = [length(function) for function in functions]
    largest, count = Counter(module.place.parent for module in found).most_common(1)[0]
    scripts = [count_lines(path) for path in files(root, "*.js") if not path.name.endswith(".min.js")]
    return {
        "lines of Python": f"{sum(module.lines for module in found):,}",
        "modules": str(len(found)),
        "lines of a module, median": f"{median(module.lines for module in found):g}",
        "lines of the longest module": f"{max(module.lines for module in found):,}",
        "modules in the largest folder": f"{count} (`{largest}`)",
        "modules in import circles": str(in_circles(found)),
        "functions": f"{len(functions):,}",
        "lines of a function, median": f"{median(lengths):g}",
        f"functions over {LONG} lines": share(sum(lines > LONG for lines in lengths), len(lengths)),
        "signatures with all types": share(sum(map(is_typed, functions)), len(functions)),
        "class names used more than once": str(repeated_classes(found)),
        f"private functions of one name in over {MANY_MODULES} modules": str(widespread_names(found)),
        "scripts, and their lines, median": f"{len(scripts)}, {median(scripts):g}" if scripts else "none",
    }


def files(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the files of the program, in order."""
    for path in sorted(root.rglob(pattern)):
        folders = path.relative_to(root).parts[:-1]
        if not any(folder in LEFT_OUT or folder.startswith(".") for folder in folders) and not is_test(path):
            yield path


def is_test(path: Path) -> bool:
    """Return whether a file outside of a folder of tests is one by its name."""
    return path.stem.startswith("test_") or path.stem.endswith("_test") or path.stem in ("conftest", "setup")


def count_lines(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def modules(root: Path) -> Iterator[Module]:
    """Yield every module of a checkout but empty ones; a folder `src` is no part of their names."""
    for path in files(root, "*.py"):
        place = path.relative_to(root / "src" if "src" in path.relative_to(root).parts[:1] else root)
        if lines := count_lines(path):
            yield Module(place, lines, ast.parse(path.read_text(encoding="utf-8")))


def length(function: Function) -> int:
    """Return how many lines a function has, from its `def` to its end, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def is_typed(function: Function) -> bool:
    """Return whether every argument but `self` and `cls`, and what is returned, have a type."""
    given = function.args
    arguments = [
        *given.posonlyargs,
        *given.args,
        *given.kwonlyargs,
        *filter(None, (given.vararg, given.kwarg)),
    ]
    typed = all(argument.annotation or argument.arg in ("self", "cls") for argument in arguments)
    return typed and (function.returns is not None or function.name == "__init__")


def repeated_classes(found: list[Module]) -> int:
    """Return how many names are those of several classes, inner ones left out."""
    names = Counter(
        node.name for module in found for node in module.tree.body if isinstance(node, ast.ClassDef)
    )
    return sum(count > 1 for count in names.values())


def widespread_names(found: list[Module]) -> int:
    """Return how many names private functions have in more than a few modules."""
    names = Counter(
        name
        for module in found
        for name in {node.name for node in module.tree.body if isinstance(node, Function)}
        if name.startswith("_") and not name.startswith("__")
    )
    return sum(count > MANY_MODULES for count in names.values())


def in_circles(found: list[Module]) -> int:
    """Return how many modules import themselves through others while they are loaded."""
    known = {module.name for module in found}
    graph = {module.name: set(imports(module, known)) for module in found}
    return sum(name in reached_from(graph, name) for name in graph)


def reached_from(graph: dict[Name, set[Name]], start: Name) -> set[Name]:
    """Return all modules that one imports, by itself or through others."""
    reached: set[Name] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += graph[name]
    return reached


def imports(module: Module, known: set[Name]) -> Iterator[Name]:
    """Yield the modules among those known that a module imports when it is loaded."""
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            yield from known.intersection(tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.place.parent.parts
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = (*base, *(node.module.split(".") if node.module else ()))
            # A member of a package is a module of its own, or else a name in the package.
            members = ((*source, alias.name) for alias in node.names)
            yield from known.intersection(member if member in known else source for member in members)


def share(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "none"


if __name__ == "__main__":
    sys.exit(main())
