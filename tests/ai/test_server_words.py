"""What a server said, shown to the owner: shortened, and without secrets."""

from __future__ import annotations

import pytest

from artworks.ai.servers.redaction import LONGEST, redact

SECRETS = {
    "Incorrect key sk-proj-abcdef0123456789 given": "sk-proj-abcdef0123456789",
    "header Authorization: Bearer abc.def-123": "abc.def-123",
    "at https://user:geheim@host.example/v1 nothing": "geheim",
    "GET https://host.example/v1?key=AIzaSyA0123456789abcdef&x=1": "AIzaSyA0123456789abcdef",
    "image data:image/jpeg;base64,/9j/4AAQSkZJRg== is bad": "/9j/4AAQSkZJRg==",
    "piece " + "QUJDRA9" * 20: "QUJDRA9" * 5,
    "api_key='0123456789abcdef0123456789abcdef'": "0123456789abcdef0123456789abcdef",
    "Your api key: ****cdef is invalid": "cdef",
    'token: "s3cr3t-value"': "s3cr3t-value",
    "own words of the key: my own key": "my own key",
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.items(), ids=range(len(SECRETS)))
def test_what_the_server_said_is_shown_without_secrets(text: str, secret: str) -> None:
    shown = redact(f"The server said\n\t{text}\x07, really.", ["my own key"])
    assert secret not in shown
    assert shown.startswith("The server said")
    assert shown.isprintable()


def test_plain_words_stay_and_long_ones_are_shortened() -> None:
    plain = (
        "models/gemini-2.5-flash-preview-image is not found; metric generate_content_free_tier_requests, 404."
    )
    assert redact(plain) == plain
    assert len(redact("word " * 1_000)) == LONGEST
