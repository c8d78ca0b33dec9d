"""Numbers and ids in forms and addresses have one reader."""

from __future__ import annotations

import re

import pytest

from artworks.core.errors import BadRequest, Invalid
from artworks.web import forms
from tests.test_architecture import ROOT

# Each reads numbers in a way of its own.
OWN_READERS = re.compile(
    r"\.is(?:digit|decimal|numeric)\(|\bint\([^()]*\b(?:form|args|values|raw|typed|text)\b"
)


@pytest.mark.parametrize("raw", ["", " ", "x", "-1", "+1", "1.0", "1_0", " 1", "²", "١", "1\n", "9" * 19])
def test_only_plain_digits_are_a_number(raw: str) -> None:
    assert forms.int_or_none(raw) is None
    with pytest.raises(Invalid, match="Say a number") as refused:
        forms.int_field("many", raw, "Say a number.")
    assert refused.value.field == "many"
    if raw:
        with pytest.raises(BadRequest):
            forms.parse_id(raw)


def test_a_number_may_be_longer_where_it_is_only_compared() -> None:
    assert forms.int_or_none("9" * 18) == 10**18 - 1
    assert forms.version_of({"version": "9" * 30}) == 10**30 - 1
    with pytest.raises(Invalid, match="which version it shows"):
        forms.version_of({"version": "9" * 5000})


def test_ids_come_once_each_in_their_order() -> None:
    assert forms.ids_of("3, 1,,3 ,2") == (3, 1, 2)
    assert forms.numbers_of(" , ") == ()
    for raw in ("", ",", "1,x", "1 2", "-1"):
        with pytest.raises(Invalid, match="numbers separated by commas"):
            forms.ids_of(raw)


def test_nothing_else_in_the_pages_reads_numbers() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "artworks" / "web").rglob("*.py"))
        if path.name != "forms.py" or path.parent.name != "web"
        for line in path.read_text(encoding="utf-8").splitlines()
        if OWN_READERS.search(line)
    ]
    assert found == []
