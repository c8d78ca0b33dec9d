"""The script that measures how code is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.measure_code import measure

FUNCTIONS = '''"""A module."""

from shop import stock


def typed(count: int) -> int:
    """Return it."""
    return count


def untyped(count):
    one = count
    return one


def _helper() -> None: ...


class Item: ...
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a program of three modules: two import each other, and one is long."""
    texts = {
        "shop/__init__.py": "",
        "shop/sales.py": FUNCTIONS,
        "shop/stock.py": FUNCTIONS.replace("from shop import stock", "from . import sales"),
        "shop/long.py": "def long() -> None:\n" + "    print()\n" * 40 + "\n\nclass Other: ...\n",
        "shop/test_sales.py": "def test() -> None: ...\n" * 100,
        "tests/big.py": "pass\n" * 1000,
        "static/page.js": "let a;\nlet b;\n",
        "static/library.min.js": "let c;\n" * 90,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_program_is_measured_without_tests_and_what_others_made(checkout: Path) -> None:
    found = measure(checkout)
    assert found["modules"] == "3"
    assert found["lines of the longest module"] == "44"
    assert found["scripts, and their lines, median"] == "1, 2"


def test_functions_are_measured_without_docstrings_and_by_their_types(checkout: Path) -> None:
    found = measure(checkout)
    # In each of two modules one of two lines, one of three and one of one; and the long one of 41.
    assert found["lines of a function, median"] == "2"
    assert found["functions over 30 lines"] == "14.3 %"
    assert found["signatures with all types"] == "71.4 %"


def test_modules_that_import_each_other_are_a_circle(checkout: Path) -> None:
    assert measure(checkout)["modules in import circles"] == "2"
    (checkout / "shop/stock.py").write_text("", encoding="utf-8")
    assert measure(checkout)["modules in import circles"] == "0"


def test_names_that_mean_several_things_are_counted(checkout: Path) -> None:
    assert measure(checkout)["class names used more than once"] == "1"
    assert measure(checkout)["private functions of one name in over 3 modules"] == "0"
    for number in range(2):
        (checkout / f"shop/more_{number}.py").write_text("def _helper() -> None: ...\n", encoding="utf-8")
    assert measure(checkout)["private functions of one name in over 3 modules"] == "1"
