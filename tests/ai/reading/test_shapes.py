"""Answers of every shape that model servers send: what is right is read, and no word gets into another field."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artworks.ai.answers import is_prose_refusal, parse_partial, read_answer
from artworks.ai.reading.thinking import split_thinking
from gpt_service import FIELDS, FieldValue
from tests.support.examples import examples

GOOD: dict[str, FieldValue] = {
    "post_title": "What the Reeds Keep",
    "description": "Low light lies on the water. A heron waits.",
    "hashtags": ["#reeds", "#stillwater"],
    "key_points": "Etching\n20 x 30 cm",
    "alt_text": "A heron stands among reeds.",
    "category": "Etchings",
}
DRAFT: dict[str, FieldValue] = {name: ["#draft"] if name == "hashtags" else "A draft" for name in GOOD}
JSON, DRAFTED = json.dumps(GOOD), json.dumps(DRAFT)
MARKS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<THOUGHT>", "</THOUGHT>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<scratchpad>", "</scratchpad>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final <|constrain|>json<|message|>"),
    ("<|think|>", "<|end|><|begin|>assistant<|content|>"),
]


def read(text: str, **more: Any) -> dict[str, FieldValue]:
    return read_answer(text, FIELDS, [], **more).fields


@pytest.mark.parametrize(("opens", "closes"), MARKS, ids=[opens for opens, _ in MARKS])
def test_the_answer_is_what_stands_after_the_thinking(opens: str, closes: str) -> None:
    for thought in (
        f"{opens}Perhaps {DRAFTED}?{closes}",
        f"Perhaps {DRAFTED}?{closes}",
        f"{opens}{DRAFTED}{closes}Hm.{opens}{DRAFTED}{closes}",
        f"{opens}{opens}{DRAFTED}{closes}{DRAFTED}{closes}",
    ):
        assert read(f"{thought}\n```json\n{JSON}\n```") == GOOD
        assert parse_partial(f"{thought}\n{JSON[:40]}", FIELDS) == {"post_title": "What the Reeds Keep"}
    assert parse_partial(f"{opens}Perhaps {DRAFTED}", FIELDS) == {}
    assert read(f"{JSON}{opens}Was {DRAFTED} better?{closes}") == GOOD


def test_thinking_whose_marks_were_stripped_is_told_by_the_names_of_its_channels() -> None:
    assert read(f"analysisThe picture shows {DRAFTED} so we write.assistantfinal{JSON}") == GOOD


def test_an_answer_in_a_channel_of_tools_is_taken_when_there_is_no_other() -> None:
    analysis = f"<|channel|>analysis<|message|>Perhaps {DRAFTED}<|end|><|start|>assistant"
    called = f"<|channel|>commentary to=functions.answer <|constrain|>json<|message|>{JSON}<|call|>"
    assert read(called) == read(analysis + called) == GOOD


@pytest.mark.parametrize("thinking", [JSON, f"```json\n{JSON}\n```", f"I look at it, then write.\n{JSON}"])
def test_an_answer_in_the_thinking_is_taken_when_there_is_no_other(thinking: str) -> None:
    assert read("", thinking=thinking) == GOOD
    assert read(f"<think>\n{thinking}") == GOOD
    assert read(f"<think>\n{thinking}</think>\n") == GOOD
    assert read(DRAFTED, thinking=thinking) == DRAFT
    # The room was used up by thinking: that is a draft.
    assert read("", thinking=thinking, ended=False) == {}
    assert read("", thinking=f"{thinking} No, that is too long.") == {}


def test_the_last_object_that_fits_wins() -> None:
    schema = json.dumps({"type": "object", "properties": {name: {"type": "string"} for name in GOOD}})
    assert read(f"First {DRAFTED}, but better: {JSON}") == GOOD
    assert read(f"{JSON}\nThe schema was {schema}") == read(f"{schema}\n{JSON}") == GOOD
    assert read(f"First {DRAFTED}, but better: {JSON[:90]}", ended=False) == {
        "post_title": "What the Reeds Keep"
    }


CAMEL = dict(
    zip(
        ("postTitle", "description", "Hashtags", "keyPoints", "altText", "CATEGORY"),
        GOOD.values(),
        strict=True,
    )
)
SPOKEN = dict(
    zip(("Post title", "desc", "keywords", "key-points", "alt-text", "Category"), GOOD.values(), strict=True)
)
GERMAN = ("Titel", "Beschreibung", "Schlagwörter", "Stichpunkte", "Alternativtext", "Kategorie")
JAPANESE = ("タイトル", "説明", "ハッシュタグ", "要点", "代替テキスト", "カテゴリー")
MEMBERS = [(f'"{name}"', json.dumps(value)) for name, value in GOOD.items()]
SHAPES = {
    "bare": JSON,
    "talk around": f"Of course {{gladly}}:\n{JSON}\nTell me if {{this}} helps, or \"that\".",
    "wrapped": json.dumps({"status": "ok", "result": {"words": GOOD}}),
    "list": json.dumps([GOOD]),
    "draft and final": json.dumps({"first_draft": DRAFT, "final": GOOD}),
    "a response inside": json.dumps({"output": [{"type": "message", "content": [{"text": JSON}]}]}),
    "names and contents": json.dumps([{"field": name, "content": value} for name, value in GOOD.items()]),
    "lines of names and texts": "\n".join(json.dumps({"field": name, "text": value}) for name, value in GOOD.items()),
    "a text of a text of JSON": json.dumps(json.dumps(JSON)),
    "numbers of entities": JSON.replace('"', "&#34;"),
    "German names": json.dumps(dict(zip(GERMAN, GOOD.values(), strict=True))),
    "Japanese names": json.dumps(dict(zip(JAPANESE, GOOD.values(), strict=True))),
    "numbered points": json.dumps({**GOOD, "key_points": {"1": "Etching", "2": "20 x 30 cm"}}),
    "tags in brackets": json.dumps({**GOOD, "hashtags": "[#reeds, still water]"}),
    "tags as a list of Python": json.dumps({**GOOD, "hashtags": "['reeds', 'still water']"}),
    "schema": json.dumps({"type": "object", "properties": GOOD}),
    "names and values": json.dumps([{"name": name, "value": value} for name, value in GOOD.items()]),
    "fields": json.dumps({"fields": [{"key": name, "value": value} for name, value in GOOD.items()]}),
    "lines": "\n".join(json.dumps({name: value}) for name, value in GOOD.items()),
    "a text of JSON": json.dumps(JSON),
    "text inside": json.dumps({"answer": JSON}),
    "escaped": JSON.replace('"', '\\"'),
    "no first brace": JSON[1:],
    "no last brace": JSON[:-1],
    "two braces": f"{{{JSON}}}",
    "camel case": json.dumps(dict(zip(CAMEL, GOOD.values(), strict=True))),
    "spoken": json.dumps(dict(zip(SPOKEN, GOOD.values(), strict=True))),
    "numbered": json.dumps({f"{place}. {name}": value for place, (name, value) in enumerate(GOOD.items(), 1)}),
    "a title of its own": json.dumps({"title": "Words for the picture", "words": GOOD}),
    "tags as objects": json.dumps({**GOOD, "hashtags": [{"tag": "#reeds"}, {"tag": "still water", "why": "x"}]}),
    "tags in an object": json.dumps({**GOOD, "hashtags": {"tags": GOOD["hashtags"]}}),
    "tags with scores": json.dumps({**GOOD, "hashtags": {"reeds": 0.9, "still water": 1}}),
    "tags as scored objects": json.dumps({**GOOD, "hashtags": [{"reeds": 0.9}, {"still water": 0.8}]}),
    "tags explained": json.dumps({**GOOD, "hashtags": {"reeds": "the plants", "still water": "where they stand"}}),
    "tags as explained objects": json.dumps({**GOOD, "hashtags": [{"reeds": "plants"}, {"still water": None}]}),
    "tags named and explained": json.dumps(
        {**GOOD, "hashtags": [{"keyword": "reeds", "why": "plants"}, {"word": "still water", "why": ""}]}
    ),
    "tags in groups": json.dumps({**GOOD, "hashtags": {"subject": "#reeds", "mood": "still water"}}),
    "tags with numbers": json.dumps({**GOOD, "hashtags": {"tag1": "reeds", "tag2": "still water"}}),
    "tags as text": json.dumps({**GOOD, "hashtags": "#reeds #stillwater"}),
    "tags as JSON": json.dumps({**GOOD, "hashtags": json.dumps(GOOD["hashtags"])}),
    "texts as objects": json.dumps({name: {"value": value} for name, value in GOOD.items()}),
    "lists of lines": json.dumps({**GOOD, "key_points": ["Etching", "20 x 30 cm"]}),
    "comma at the end": f"{JSON[:-1]},}}",
    "comma in the list": JSON.replace('"#stillwater"', '"#stillwater",'),
    "no commas": json.dumps(GOOD, indent=1).replace('",\n "', '"\n "').replace("],\n", "]\n"),
    "single quotes": str(GOOD),
    "bare keys": "{" + ", ".join(f"{name}: {json.dumps(value)}" for name, value in GOOD.items()) + "}",
    "comments": "{\n" + "\n".join(f'"{name}": {json.dumps(value)}, // {name}' for name, value in GOOD.items()) + "}",
    "a quote is missing": JSON.replace('Keep"', "Keep"),
    "semicolons": JSON.replace('", "', '"; "').replace('"#reeds"; ', '"#reeds", ').replace('], "', ']; "'),
    "spaces in names": JSON.replace('"post_title"', '" post_title "'),
    "closing quotes": JSON.replace('"', "”"),
    "dots": f"{JSON[:-1]}, ...}}",
    "comments of Python": "{\n" + "\n".join(f"{name}: {value}, # its words" for name, value in MEMBERS) + "}",
    "comment first": "{ /* here */ " + ", ".join(f"{name}: {value} /* . */" for name, value in MEMBERS) + "}",
    "arrows": "{" + ", ".join(f"{name} => {value}" for name, value in MEMBERS) + "}",
    "equal signs": "{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in GOOD.items()) + "}",
    "wide signs": JSON.replace('": ', '"：').replace('", "', '"，"').replace('["#reeds"，', '["#reeds",'),
    "spaces without width": JSON.replace('{"', '{\u200b"'),
    "entities": JSON.replace('"', "&quot;"),
    "three quotes": JSON.replace('"Etchings"', '"""Etchings"""'),
    "lists of tags": json.dumps({**GOOD, "hashtags": [["#reeds"], ["#stillwater"]]}),
    "other keys, broken": '{"mood": "calm", ' + JSON[1:-1] + ', "sure": 0.9,}',
}  # fmt: skip


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_shapes_that_models_fall_into_are_read(text: str) -> None:
    assert read(text) == GOOD


LEVELS: list[tuple[object, str]] = [
    (["Prints", "Linocut"], "Prints / Linocut"),
    (["Prints", "Woodcut"], "Prints / Woodcut"),
    (["Glass", "Prints"], "Glass"),
    (["Glass / Vases", "Prints / Linocut"], "Prints / Linocut"),
    (["Prints", None], "Prints"),
    ({"main": "Prints", "sub": "Linocut"}, "Prints / Linocut"),
    ({"Category": "prints", "sub_category": "linocut"}, "Prints / Linocut"),
    ({"parent": "Prints", "name": "Linocut"}, "Prints / Linocut"),
    ({"path": ["Prints", "Linocut"]}, "Prints / Linocut"),
    ({"category": "Prints", "subcategory": ""}, "Prints"),
    ({"value": "Prints / Linocut", "confidence": 0.9}, "Prints / Linocut"),
    ([{"name": "Prints / Linocut", "score": 0.9}], "Prints / Linocut"),
]


def test_the_levels_of_a_category_are_one_category() -> None:
    existing = ["Prints / Linocut", "Prints", "Glass"]
    found = [
        read_answer(json.dumps({"category": value}), ("category",), existing).fields for value, _ in LEVELS
    ]
    assert found == [{"category": expected} for _, expected in LEVELS]
    beside = json.dumps({"post_title": "A", "category": "Prints", "Subcategory": "Linocut"})
    assert read_answer(beside, ("category",), existing).fields == {"category": "Prints / Linocut"}


def test_quotes_that_are_not_escaped_stay_in_their_field() -> None:
    text = JSON.replace("the Reeds", 'the "Reeds"').replace(
        "A heron waits", 'A "heron", as "they" say, waits'
    )
    assert read(text) == {
        **GOOD,
        "post_title": 'What the "Reeds" Keep',
        "description": 'Low light lies on the water. A "heron", as "they" say, waits.',
    }


def test_no_text_gets_into_another_field_where_a_colon_is_missing() -> None:
    found = read(JSON.replace('"alt_text": ', '"alt_text" '))
    assert {"key_points", "alt_text"}.isdisjoint(found)
    assert found["category"] == GOOD["category"]


def test_marks_of_thinking_inside_a_text_are_part_of_it() -> None:
    words = {**GOOD, "post_title": "A [THINK] piece"}
    assert read(json.dumps(words)) == words


def test_what_could_be_read_in_two_ways_is_missing() -> None:
    text = JSON.replace("the Reeds", 'the", "description": "of Reeds"')
    found = read(text)
    assert {"post_title", "description"}.isdisjoint(found)
    assert found["alt_text"] == GOOD["alt_text"]


# No joined sentence of these reads like JSON of its own; signs that JSON is made of stand in them all the same.
WORDS = ("heron", "quiet", "12", "'s", "–", "a: b", "(c)", "夕暮れ", "é", "1/3", "Ø", "{", "}", "[", "]", ",")
QUOTED = st.lists(st.sampled_from((*WORDS, '"blue"', 'a "b" c')), min_size=1, max_size=5).map(" ".join)
ESCAPED = st.lists(st.sampled_from((*WORDS, '"', "\\", "\n", "</p", '", "')), min_size=1, max_size=6).map(
    " ".join
)
PREFIXES = st.sampled_from(
    ("", "Here:\n", "```json\n", f"<think>{DRAFTED}</think>", f"{DRAFTED}</think>\n", "{no} ", '{"answer": ')
)
SUFFIXES = st.sampled_from(("", "\n```", "\nI hope that {this} helps.", "}", "<|end|>"))


def letters(value: FieldValue) -> str:
    """Return what must be there of a text whatever happens to its signs."""
    text = " ".join(value) if isinstance(value, list) else value
    return "".join(char for char in text.replace("</p", "") if char.isalnum())


@examples(60)
@given(st.data(), st.dictionaries(st.sampled_from(FIELDS[:4]), ESCAPED | QUOTED, min_size=1), st.booleans())
def test_any_wrapping_order_and_cut_gives_the_right_fields_or_none(
    data: st.DataObject, words: dict[str, str], is_broken: bool
) -> None:
    words.pop("hashtags", None)
    order = data.draw(st.permutations(sorted(words)))
    members = [
        f'"{name}": "{words[name]}"'
        if is_broken and "\\" not in words[name]
        else f'"{name}": {json.dumps(words[name])}'
        for name in order
    ]
    body = "{" + data.draw(st.sampled_from((", ", ",\n  "))).join(members) + "}"
    text = data.draw(PREFIXES) + body + data.draw(SUFFIXES)
    cut = data.draw(st.integers(0, len(text)) | st.just(len(text)))
    answer = read_answer(text[:cut], FIELDS, [], ended=False)
    for name, value in answer.fields.items():
        if value in (DRAFT[name], "A draft"):
            # The answer had not begun when it was cut.
            assert "draft" in text[:cut]
            assert body not in text[:cut]
        else:
            assert letters(value) == letters(words[name])


@pytest.mark.parametrize("indent", [None, 2])
def test_a_field_in_which_the_answer_ends_is_missing(indent: int | None) -> None:
    text = json.dumps(GOOD, indent=indent)
    for end in range(len(text)):
        found = read(text[:end], ended=False)
        assert found.items() <= GOOD.items()
        # All that was whole when the next key had begun is there.
        begun = [name for name in GOOD if f'"{name}":' in text[:end]]
        assert set(begun[:-1]) <= set(found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"postTitle": "What the R', {"post_title": "What the R"}),
        ('{"answer": {"title": "A", "tags": ["#reeds", "ink', {"post_title": "A", "hashtags": ["#reeds", "#ink"]}),
        ('{"post_title": "**What the R', {"post_title": "**What the R"}),
        ('{"post_title": "The "Reeds" Keep", "alt_text": "A h', {"post_title": 'The "Reeds" Keep'}),
        ('{"post_title": "I cannot describe this image."', {}),
        (f'{DRAFTED}\nBetter: {{"post_title": "What', {"post_title": "What"}),
    ],
)  # fmt: skip
def test_what_is_shown_on_the_way_is_what_will_be_taken(text: str, shown: dict[str, FieldValue]) -> None:
    assert parse_partial(text, FIELDS) == shown


HOSTILE = {
    "braces": "{" * 1_000_000,
    "brackets": '{"title": ' + "[" * 200_000,
    "quotes": '{"title": "' + '"' * 40_000,
    "nested": '{"title":' * 40_000,
    "backslashes": '{"title": "' + "\\" * 100_000,
    "thinking": "<think>" * 30_000,
    "channels": "<|channel|>final " + "a" * 200_000,
    "comments": '{"title": "a" ' + "/*" * 60_000,
    "digits": '{"description": ' + "9" * 100_000 + "}",
    "labels": "Title: a\n" * 20_000,
    "stars": json.dumps({"description": "*a" * 60_000}),
    "dashes": json.dumps({"description": "- " * 90_000}),
    "tags": json.dumps({"hashtags": ["#a " * 60_000]}),
    "scripts": json.dumps({"description": "<script>" * 20_000}),
    "levels": json.dumps({"category": " > " * 60_000}),
    "blanks": json.dumps({"description": "a" + " " * 19_000 + "b", "category": "a\n" * 60_000}),
    "commands": json.dumps({"description": "$ \\text{" * 20_000}),
    "tables": "| title |" * 20_000,
    "tagged": "<title>" * 30_000,
    "comments of Python": '{"title": "a" ' + "# " * 60_000,
    "sentences": json.dumps({"hashtags": "a b " * 40_000 + "."}),
    "talk": json.dumps({"hashtags": "a " * 60_000 + "#b"}),
    "points": json.dumps({"key_points": "Medium: none\n" * 10_000}),
    "sorry": json.dumps({"description": "I'm sorry, I can't help. " * 8_000}),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_take_a_bounded_time(text: str) -> None:
    started = time.process_time()
    read(text, ended=False)
    parse_partial(text, FIELDS)
    is_prose_refusal(text)
    assert time.process_time() - started < 5


def test_text_without_marks_is_no_thinking() -> None:
    assert split_thinking("A <b>heron</b>, I think.") == ("A <b>heron</b>, I think.", "")
