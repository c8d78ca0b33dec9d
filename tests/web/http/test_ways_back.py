"""Every act can be taken back, or says beforehand that it is for good: what each address that changes something does.

A new address is one more line, written out here by hand with its way back:

undo   its answer, or the next page, offers to take it back (static/js/undo/, artworks/web/flash.py)
hand   whoever did it puts it back in the same place: a name, a switch, an order, a state, a line of the history
good   for good, which the page says before one presses: FOR_GOOD has its words
back   is itself the way back
draft  keeps what is being typed, for its writer alone
self   comes in or goes out: a door, which one opens again
asks   changes nothing; sent by POST because it does not fit an address
"""

from __future__ import annotations

from pathlib import Path

import pytest
from apiflask import APIFlask

ROOT = Path(__file__).resolve().parents[3]
TABLE = """
undo  POST   /
hand  POST   /account/name
good  POST   /account/password
good  POST   /account/sessions/<int:session_id>/end
good  POST   /account/sessions/end-others
hand  POST   /account/tokens
good  POST   /account/tokens/<int:token_id>/remove
undo  POST   /api/batches
good  POST   /api/batches/<int:batch_id>/cancel
hand  POST   /api/batches/<int:batch_id>/pause
hand  POST   /api/batches/<int:batch_id>/resume
hand  POST   /api/batches/<int:batch_id>/retry
good  POST   /api/batches/<int:batch_id>/take-over
asks  POST   /api/batches/estimate
back  POST   /api/bulk-edits/<int:bulk_edit_id>/undo
undo  POST   /api/categories
undo  DELETE /api/categories/<int:category_id>
undo  PATCH  /api/categories/<int:category_id>
undo  POST   /api/categories/<int:category_id>/merge
undo  POST   /api/collections
undo  DELETE /api/collections/<int:collection_id>
undo  PATCH  /api/collections/<int:collection_id>
undo  POST   /api/collections/<int:collection_id>/images
undo  POST   /api/collections/<int:collection_id>/images/remove
undo  POST   /api/collections/<int:collection_id>/order
back  POST   /api/collections/<int:collection_id>/order/<int:image_id>/undo
undo  PATCH  /api/images
undo  POST   /api/images
undo  DELETE /api/images/<int:image_id>
undo  PATCH  /api/images/<int:image_id>
draft DELETE /api/images/<int:image_id>/autosaves/<field>
draft PUT    /api/images/<int:image_id>/autosaves/<field>
undo  POST   /api/images/<int:image_id>/generate
undo  POST   /api/images/<int:image_id>/refine
undo  POST   /api/images/<int:image_id>/restore
undo  POST   /api/images/<int:image_id>/revisions/<int:revision_id>/restore
back  POST   /api/images/<int:image_id>/revisions/<int:revision_id>/undo
undo  DELETE /api/images/<int:image_id>/suggestion
undo  POST   /api/images/<int:image_id>/suggestion/accept
back  POST   /api/images/<int:image_id>/suggestion/restore
back  POST   /api/images/<int:image_id>/undo
undo  POST   /api/images/trash
asks  POST   /api/images/uses
undo  POST   /api/look-alikes/<int:first_id>/<int:second_id>/keep
back  POST   /api/look-alikes/<int:first_id>/<int:second_id>/undo
undo  POST   /api/samples
hand  PATCH  /api/settings/<name>
hand  POST   /api/settings/first-visit
asks  POST   /api/settings/first-visit/key
good  PUT    /api/settings/key
asks  POST   /api/settings/test
undo  POST   /api/shares
good  DELETE /api/shares/<int:share_id>
undo  PATCH  /api/shares/<int:share_id>
undo  PATCH  /api/tags
undo  POST   /api/tags/merge
undo  POST   /api/tags/remove
good  POST   /api/trash/empty
undo  POST   /api/views
undo  DELETE /api/views/<int:view_id>
undo  PATCH  /api/views/<int:view_id>
asks  POST   /api/voice/preview
undo  PUT    /api/voice
undo  POST   /api/voice/versions/<int:version_id>/restore
undo  POST   /batches
good  POST   /batches/<int:batch_id>/cancel
hand  POST   /batches/<int:batch_id>/pause
hand  POST   /batches/<int:batch_id>/resume
hand  POST   /batches/<int:batch_id>/retry
good  POST   /batches/<int:batch_id>/take-over
asks  POST   /batches/new
undo  POST   /bulk
back  POST   /bulk/<int:bulk_edit_id>/undo
undo  POST   /categories
undo  POST   /categories/<int:category_id>/delete
undo  POST   /categories/<int:category_id>/merge
undo  POST   /categories/<int:category_id>/move
undo  POST   /categories/<int:category_id>/rename
undo  POST   /collections
undo  POST   /collections/<int:collection_id>
undo  POST   /collections/<int:collection_id>/delete
hand  POST   /collections/<int:collection_id>/order
undo  POST   /collections/<int:collection_id>/remove
self  POST   /first-owner
hand  POST   /first-visit
self  POST   /forgot
hand  POST   /images/<int:image_id>
undo  POST   /images/<int:image_id>/collections
undo  POST   /images/<int:image_id>/collections/<int:collection_id>/remove
hand  POST   /images/<int:image_id>/generate
hand  POST   /images/<int:image_id>/refine
hand  POST   /images/<int:image_id>/restore
hand  POST   /images/<int:image_id>/revisions/<int:revision_id>/restore
hand  POST   /images/<int:image_id>/suggestion
undo  POST   /images/<int:image_id>/trash
self  POST   /invitation/<key>
undo  POST   /look-alikes/<int:first_id>/<int:second_id>
back  POST   /look-alikes/<int:first_id>/<int:second_id>/undo
good  POST   /people
hand  POST   /people/<int:person_id>
good  POST   /people/<int:person_id>/remove
good  POST   /people/<int:person_id>/reset
good  POST   /people/invitations/<int:ticket_id>/withdraw
hand  POST   /preferences
self  POST   /reset/<key>
hand  POST   /review/<int:image_id>
undo  POST   /samples
good  POST   /settings/key
good  POST   /settings/logo
asks  POST   /settings/test
hand  POST   /settings/values/<name>
undo  POST   /settings/voice
undo  POST   /settings/voice/<int:voice_id>/restore
asks  POST   /settings/voice/preview
self  POST   /share/<key>/enter
undo  POST   /shared
undo  POST   /shared/<int:share_id>
good  POST   /shared/<int:share_id>/address
good  POST   /shared/<int:share_id>/revoke
self  POST   /sign-in
self  POST   /sign-in/organisation
self  POST   /sign-out
undo  POST   /tags/merge
undo  POST   /tags/remove
undo  POST   /tags/rename
good  POST   /trash/empty
undo  POST   /views
undo  POST   /views/<int:view_id>
undo  POST   /views/<int:view_id>/delete
"""
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
    "/revoke": ("sharing/index.html", "This cannot be undone."),
    "/address": ("sharing/detail.html", "a new one closes the old one for good. This cannot be undone."),
    "/trash/empty": ("library/trash/index.html", "This cannot be undone."),
    "/people": ("accounts/users.html", "It is sent at once, which cannot be undone"),
    "<int:person_id>/remove": ("accounts/_user.html", "Pictures and words stay. This cannot be undone."),
    "/reset": ("accounts/_user.html", "It is mailed at once, which cannot be undone."),
    "/withdraw": ("accounts/users.html", "Withdrawing an invitation cannot be undone"),
}
WAYS = {"undo", "hand", "good", "back", "draft", "self", "asks"}
SAFE = {"GET", "HEAD", "OPTIONS"}


def ways() -> dict[str, str]:
    """Return the way back of each address with its method."""
    lines = [line.split(maxsplit=2) for line in TABLE.strip().splitlines()]
    return {f"{method} {address}": way for way, method, address in lines}


def test_every_address_that_changes_something_has_a_way_back(app: APIFlask) -> None:
    served = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    }
    assert served - set(ways()) == set(), "there is no line for these"
    assert set(ways()) - served == set(), "these are not served"
    assert set(ways().values()) == WAYS


@pytest.mark.parametrize("address", [address for address, way in ways().items() if way == "good"])
def test_what_is_for_good_says_so_beforehand(address: str) -> None:
    [(template, words)] = [said for end, said in FOR_GOOD.items() if address.endswith(end)]
    assert words in (ROOT / "templates" / template).read_text(encoding="utf-8")
