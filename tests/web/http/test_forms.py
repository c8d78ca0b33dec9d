"""Forms are read by the models of the API, and their numbers in one place."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Literal

import pytest
from pydantic import Field
from werkzeug.datastructures import MultiDict

from artworks.core.errors import BadRequest, Invalid
from artworks.web import forms
from artworks.web.schemas import Id, Input
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
    assert forms.seen_version({"version": "9" * 30}, "version") == 10**30 - 1
    assert [forms.version_of({"version": raw}) for raw in ("1", "9" * 30, "0")] == [1, *[2**31 - 1] * 2]
    with pytest.raises(Invalid, match="which version it shows"):
        forms.version_of({"version": "9" * 5000})


def test_ids_come_once_each_in_their_order() -> None:
    assert forms.ids_of("3, 1,,3 ,2") == (3, 1, 2)
    assert forms.numbers_of(" , ") == ()
    for raw in ("", ",", "1,x", "1 2", "-1"):
        with pytest.raises(Invalid, match="numbers separated by commas"):
            forms.ids_of(raw)


class Order(Input):
    """One of everything that a form can hold."""

    name: str
    note: str | None = None
    parent_id: Id | None = None
    into: Id | None = None
    days: Literal[7, 30] | None = None
    sure: bool = False
    tags: list[str] = Field(default_factory=list)
    hashtags: list[str] | str = ""
    cap: float | None = Field(None, allow_inf_nan=False)
    later: str | None = None


NAMES = ("name", "note", "parent_id", "days", "sure", "tags", "hashtags", "cap")


def order(typed: Mapping[str, str | list[str]], sentences: dict[str, str] | None = None) -> Order:
    return forms.read(Order, MultiDict(typed), NAMES, sentences)


def test_what_was_typed_becomes_the_values_of_the_model() -> None:
    full = order(
        {"name": "7", "note": "a\r\nb", "parent_id": "12", "days": "30", "sure": "on", "tags": ["x", "y"],
         "hashtags": "#a, b", "cap": " $ 1.50 ", "later": "no", "into": "z"}
    )  # fmt: skip
    assert full.model_dump(exclude_unset=True) == {
        "name": "7", "note": "a\nb", "parent_id": 12, "days": 30, "sure": True, "tags": ["x", "y"],
        "hashtags": "#a, b", "cap": 1.5,
    }  # fmt: skip
    empty: dict[str, object] = {
        "name": "",
        "note": "",
        "parent_id": None,
        "days": None,
        "sure": False,
        "tags": [],
        "hashtags": "",
        "cap": None,
    }
    assert order({}).model_dump(exclude_unset=True) == empty
    assert order(dict.fromkeys(NAMES, "")).model_dump(exclude={"tags", "later", "into"}) == {
        name: value for name, value in empty.items() if name != "tags"
    }


@pytest.mark.parametrize(
    "typed",
    [{"parent_id": raw} for raw in ("x", "0", "+1", "1.0", "9" * 19)]
    + [{"days": "8"}, {"days": "x"}]
    + [{"cap": raw} for raw in ("much", "1,5", "inf", "nan", "sNaN", "$$1")],
)
def test_a_value_that_does_not_fit_is_refused_beside_its_field(typed: dict[str, str]) -> None:
    (name,) = typed
    with pytest.raises(Invalid, match=rf"^{name}: This should ") as refused:
        order(typed)
    assert refused.value.field == name
    with pytest.raises(Invalid, match=r"^Choose one\.$") as refused:
        order(typed, {name: "Choose one."})
    assert refused.value.field == name


def test_of_several_mistakes_the_first_value_is_told() -> None:
    """In the order in which the form is read, whatever the model has first."""
    wrong = MultiDict({"name": "x", "parent_id": "0", "days": "8"})
    for names in (("name", "days", "parent_id"), ("parent_id", "name", "days")):
        with pytest.raises(Invalid) as refused:
            forms.read(Order, wrong, names)
        assert refused.value.field == next(name for name in names if name != "name")


def test_an_amount_and_an_id_beyond_all_bounds_are_the_largest() -> None:
    """So what is said of them is that they are too much, or that there is nothing of that id."""
    assert [order({"name": "", "cap": raw}).cap for raw in ("1e400", "-1e400")] == [
        sys.float_info.max,
        -sys.float_info.max,
    ]
    assert [forms.possible_id(number) for number in (1, 0, -1, 2**63)] == [1, *[2**63 - 1] * 3]


def test_nothing_else_in_the_pages_reads_numbers() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "artworks" / "web").rglob("*.py"))
        if path.name != "forms.py" or path.parent.name != "web"
        for line in path.read_text(encoding="utf-8").splitlines()
        if OWN_READERS.search(line)
    ]
    assert found == []
