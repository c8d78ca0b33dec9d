"""The server gives each text area as many rows as its words need, for browsers and people without scripts."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from artworks.web.templating import rows
from tests.support.factories import added


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("", 1),
        ("x" * 40, 1),
        ("x" * 41, 2),
        ("one\n\ntwo", 3),
        ("山" * 21, 2),  # as wide as two letters
        ("é" * 40, 1),
    ],
)
def test_rows_follow_the_width_of_the_words(text: str, needed: int) -> None:
    assert rows(text, 40) == needed
    assert rows(text, 40, least=4) == 4


def test_a_long_text_gets_the_rows_it_needs(client: FlaskClient) -> None:
    image = added(client, description="Layers of dusk. " * 20, key_points="Linocut.")
    page = client.get(image["urls"]["page"]).get_data(as_text=True)
    given = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]* rows="(\d+)"', page))
    assert int(given["description"]) >= 7
    assert given["key_points"] == given["alt_text"] == "1"
