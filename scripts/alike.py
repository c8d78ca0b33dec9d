"""List functions that are the same but for names and constants: ``python -m scripts.alike [SMALLEST]``.

Where three of them mean the same, one function would do. SMALLEST is how many nodes of the syntax tree they have at
least.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Steps of the schema are history, and repeat what was; the environment is not ours.
LEFT_OUT = (".venv", "schema", "tests", "instance", "node_modules")
SMALLEST = 25


def functions(root: Path) -> Iterator[tuple[str, ast.AST]]:
    """Yield each function of the program with its place."""
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] in LEFT_OUT:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{place}:{node.lineno} {node.name}", node


def shape(node: ast.AST) -> tuple[str, ...]:
    """Return the kinds of the nodes of a function's body, in order, without its docstring, names and constants."""
    body = list(getattr(node, "body", []))
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return tuple(kind for statement in body for kind in _kinds(statement))


def _kinds(node: ast.AST) -> Iterator[str]:
    yield type(node).__name__
    for child in ast.iter_child_nodes(node):
        yield from _kinds(child)
    yield "end"


def alike(root: Path, smallest: int = SMALLEST) -> list[list[str]]:
    """Return groups of functions of one shape with at least so many nodes, the largest first."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for place, node in functions(root):
        found[shape(node)].append(place)
    size = {kinds: kinds.count("end") for kinds in found}
    groups = [kinds for kinds, places in found.items() if len(places) > 1 and size[kinds] >= smallest]
    return [found[kinds] for kinds in sorted(groups, key=lambda kinds: size[kinds], reverse=True)]


def main() -> None:
    """Print the groups, one function a line."""
    for group in alike(ROOT, int(sys.argv[1]) if len(sys.argv) > 1 else SMALLEST):
        print("\n".join(group), end="\n\n")


if __name__ == "__main__":
    main()
