"""Every act can be taken back, or says beforehand that it is for good, as tests/support/writes.py has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.writes import writes

ROOT = Path(__file__).resolve().parents[3]
# What a template says before an act, by the end of its address.
FOR_GOOD = {
    "/account/password": ("accounts/profile.html", "What is ended is ended for good."),
    "/end": ("accounts/profile.html", "Signing a device out cannot be undone"),
    "/end-others": ("accounts/profile.html", "Signing a device out cannot be undone"),
    "<int:token_id>/remove": ("accounts/profile.html", "Remove this token for good?"),
    "/cancel": ("batches/_live.html", "This cannot be undone; they can be written in another batch."),
    "/take-over": ("batches/_live.html", "what it costs counts as yours. This cannot be undone."),
    "/settings/key": ("settings/_key.html", "A key that is replaced or forgotten is gone for good"),
    "/settings/logo": ("settings/_logo.html", "A logo that is replaced or removed is gone for good"),
    "/api/shares/<int:share_id>": ("sharing/index.html", "This cannot be undone."),
    "/favourites/<int:visitor_id>": ("sharing/_visitors.html", "This cannot be undone."),
    "<int:visitor_id>/delete": ("sharing/_visitors.html", "This cannot be undone."),
    "/revoke": ("sharing/index.html", "This cannot be undone."),
    "/address": ("sharing/detail.html", "a new one closes the old one for good. This cannot be undone."),
    "/trash/empty": ("library/trash/index.html", "This cannot be undone."),
    "/people": ("accounts/users.html", "It is sent at once, which cannot be undone"),
    "<int:person_id>/remove": ("accounts/_user.html", "Pictures and words stay. This cannot be undone."),
    "/reset": ("accounts/_user.html", "It is mailed at once, which cannot be undone."),
    "/withdraw": ("accounts/users.html", "Withdrawing an invitation cannot be undone"),
}
WAYS = {"undo", "hand", "good", "back", "draft", "self", "asks"}


def test_every_address_that_changes_something_has_a_way_back() -> None:
    """That each address has a line, test_write_guards.py says."""
    assert {write.way for write in writes().values()} == WAYS


@pytest.mark.parametrize("address", [address for address, write in writes().items() if write.way == "good"])
def test_what_is_for_good_says_so_beforehand(address: str) -> None:
    [(template, words)] = [said for end, said in FOR_GOOD.items() if address.endswith(end)]
    assert words in (ROOT / "templates" / template).read_text(encoding="utf-8")
