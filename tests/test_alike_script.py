"""The script that lists functions of one shape."""

from __future__ import annotations

from pathlib import Path

from scripts.alike import alike

ONE = '''
def first(rows):
    """Return the sum."""
    total = 0
    for row in rows:
        total += row.size
    return total
'''
SAME = ONE.replace("first", "second").replace("Return the sum.", "Another one.").replace("row", "one")
OTHER = ONE.replace("first", "third").replace("total +=", "total = total +")


def test_functions_that_differ_in_names_alone_are_listed_together(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(ONE + OTHER, encoding="utf-8")
    (tmp_path / "two.py").write_text(SAME, encoding="utf-8")
    assert alike(tmp_path, 5) == [["one.py:2 first", "two.py:2 second"]]


def test_what_is_small_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(ONE + SAME, encoding="utf-8")
    assert alike(tmp_path, 1000) == []
