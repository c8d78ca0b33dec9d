"""Answers without JSON: lines, headings, tags, tables and YAML with the names of the fields."""

from __future__ import annotations

import json

import pytest

from artworks.ai.answers import read_answer
from tests.ai.reading.test_shapes import GOOD, read

LINES = """I looked at it for a while.

**Title:** What the Reeds Keep
**Description:**
Low light lies on the water. A heron waits.

- **Hashtags:** #reeds #stillwater
- Key points: Etching
  20 x 30 cm
## Alt text: A heron stands among reeds.
Category: Etchings"""


def test_lines_with_the_names_of_the_fields_are_read() -> None:
    assert read(LINES) == {**GOOD, "key_points": "Etching\n  20 x 30 cm"}
    assert "category" not in read(LINES, ended=False)
    # What is said at the end is no field's.
    assert read(f"{LINES}\n\nTell me if that helps.") == read(LINES, ended=False)
    # The name of a field inside of another one.
    assert read(f"{LINES}\nTitle: of another") == {}
    assert read("The title: a heron, perhaps.\nDescription: none.") == {}
    assert read_answer("Title: Reeds", ("post_title",), []).fields == {"post_title": "Reeds"}
    assert read_answer("Title: Reeds", ("post_title", "alt_text"), []).fields == {}


TAGGED = "\n".join(
    f"<{name}>{' '.join(value) if isinstance(value, list) else value}</{name}>"
    for name, value in GOOD.items()
)
TABLE = "| Field | Words |\n|---|---|\n" + "\n".join(
    f"| **{name}** | {' '.join(value) if isinstance(value, list) else value} |".replace("\n", "<br>")
    for name, value in GOOD.items()
)
HEADED = "\n\n".join(
    f"{mark}\n\n{' '.join(value) if isinstance(value, list) else value}"
    for mark, value in zip(
        ("## Title", "### **Description**", "## Hashtags:", "**Key Points**", "**Alt text:**", "# Category"),
        GOOD.values(),
        strict=True,
    )
)
TOML = "\n".join(f"{name} = {json.dumps(value)}" for name, value in GOOD.items())
DASHED = "\n".join(
    f"**{name}** – {' '.join(value) if isinstance(value, list) else value}" for name, value in GOOD.items()
)
WRITTEN = {
    "tags": f"<answer>\n{TAGGED}\n</answer>",
    "items": TAGGED.replace("#reeds #stillwater", "<item>reeds</item><item>still water</item>"),
    "CDATA": TAGGED.replace("<category>Etchings", "<category><![CDATA[Etchings]]>"),
    "table": TABLE,
    "headings": HEADED,
    "TOML": TOML,
    "dashes": DASHED,
}
YAML = """```yaml
post_title: "What the Reeds Keep"
description: >
  Low light lies on the water.
  A heron waits.
hashtags: ["#reeds", "still water"]
key_points: |-
  Etching
  20 x 30 cm
alt_text: A heron stands among reeds.
category: Etchings
```"""


@pytest.mark.parametrize("text", [*WRITTEN.values(), YAML], ids=[*WRITTEN, "YAML"])
def test_tags_tables_and_blocks_with_the_names_of_the_fields_are_read(text: str) -> None:
    assert read(text) == GOOD
