"""Every address that changes something: what guards what one did not see, and how an act is taken back.

A new address is one more line, written out here by hand. First its guard:

version     says which version was seen: 422 without, 409 with what is there now when that is another one
suggestion  the same with the number of a suggestion
create      makes something new and changes nothing that was there
draft       has AI write: what a person wrote or approved stays, what AI wrote or waits may give way to newer words
undo        changes many at once and can be undone as one
same        done twice it is as done once: what it does is said in full by its address, whatever was there
state       goes on from the state of a batch, a pair or an act, and is refused when that is another one by now
secret      whoever calls proves who they are by a password or a link
asks        changes nothing; sent by POST because it does not fit an address

and then its way back:

undo   its answer, or the next page, offers to take it back (static/js/undo/, artworks/web/flash.py)
hand   whoever did it puts it back in the same place: a name, a switch, an order, a state, a line of the history
good   for good, which the page says before one presses: test_ways_back.py has its words
back   is itself the way back
draft  keeps what is being typed, for its writer alone
self   comes in or goes out: a door, which one opens again
asks   changes nothing; sent by POST because it does not fit an address
"""

from __future__ import annotations

from typing import NamedTuple

TABLE = """
create      undo  POST   /
version     hand  POST   /account/name
secret      good  POST   /account/password
same        good  POST   /account/sessions/<int:session_id>/end
same        good  POST   /account/sessions/end-others
create      hand  POST   /account/tokens
same        good  POST   /account/tokens/<int:token_id>/remove
create      undo  POST   /api/batches
state       good  POST   /api/batches/<int:batch_id>/cancel
state       hand  POST   /api/batches/<int:batch_id>/pause
state       hand  POST   /api/batches/<int:batch_id>/resume
state       hand  POST   /api/batches/<int:batch_id>/retry
state       good  POST   /api/batches/<int:batch_id>/take-over
asks        asks  POST   /api/batches/estimate
state       back  POST   /api/bulk-edits/<int:bulk_edit_id>/undo
create      undo  POST   /api/categories
undo        undo  DELETE /api/categories/<int:category_id>
version     undo  PATCH  /api/categories/<int:category_id>
undo        undo  POST   /api/categories/<int:category_id>/merge
create      undo  POST   /api/collections
same        undo  DELETE /api/collections/<int:collection_id>
version     undo  PATCH  /api/collections/<int:collection_id>
same        undo  POST   /api/collections/<int:collection_id>/images
same        undo  POST   /api/collections/<int:collection_id>/images/remove
version     undo  POST   /api/collections/<int:collection_id>/order
state       back  POST   /api/collections/<int:collection_id>/order/<int:image_id>/undo
undo        undo  PATCH  /api/images
create      undo  POST   /api/images
same        undo  DELETE /api/images/<int:image_id>
version     undo  PATCH  /api/images/<int:image_id>
same        draft DELETE /api/images/<int:image_id>/autosaves/<field>
same        draft PUT    /api/images/<int:image_id>/autosaves/<field>
draft       undo  POST   /api/images/<int:image_id>/generate
draft       undo  POST   /api/images/<int:image_id>/refine
same        undo  POST   /api/images/<int:image_id>/restore
version     undo  POST   /api/images/<int:image_id>/revisions/<int:revision_id>/restore
state       back  POST   /api/images/<int:image_id>/revisions/<int:revision_id>/undo
suggestion  undo  DELETE /api/images/<int:image_id>/suggestion
suggestion  undo  POST   /api/images/<int:image_id>/suggestion/accept
state       back  POST   /api/images/<int:image_id>/suggestion/restore
state       back  POST   /api/images/<int:image_id>/undo
undo        undo  POST   /api/images/trash
asks        asks  POST   /api/images/uses
state       undo  POST   /api/look-alikes/<int:first_id>/<int:second_id>/keep
state       back  POST   /api/look-alikes/<int:first_id>/<int:second_id>/undo
create      undo  POST   /api/samples
version     hand  PATCH  /api/settings/<name>
state       hand  POST   /api/settings/first-visit
asks        asks  POST   /api/settings/first-visit/key
version     good  PUT    /api/settings/key
asks        asks  POST   /api/settings/test
create      undo  POST   /api/shares
same        good  DELETE /api/shares/<int:share_id>
same        good  DELETE /api/shares/<int:share_id>/favourites/<int:visitor_id>
version     undo  PATCH  /api/shares/<int:share_id>
version     undo  PATCH  /api/tags
undo        undo  POST   /api/tags/merge
undo        undo  POST   /api/tags/remove
same        good  POST   /api/trash/empty
create      undo  POST   /api/views
same        undo  DELETE /api/views/<int:view_id>
version     undo  PATCH  /api/views/<int:view_id>
asks        asks  POST   /api/voice/preview
version     undo  PUT    /api/voice
state       undo  POST   /api/voice/versions/<int:version_id>/restore
create      undo  POST   /batches
state       good  POST   /batches/<int:batch_id>/cancel
state       hand  POST   /batches/<int:batch_id>/pause
state       hand  POST   /batches/<int:batch_id>/resume
state       hand  POST   /batches/<int:batch_id>/retry
state       good  POST   /batches/<int:batch_id>/take-over
asks        asks  POST   /batches/new
undo        undo  POST   /bulk
state       back  POST   /bulk/<int:bulk_edit_id>/undo
create      undo  POST   /categories
undo        undo  POST   /categories/<int:category_id>/delete
undo        undo  POST   /categories/<int:category_id>/merge
version     undo  POST   /categories/<int:category_id>/move
version     undo  POST   /categories/<int:category_id>/rename
create      undo  POST   /collections
version     undo  POST   /collections/<int:collection_id>
same        undo  POST   /collections/<int:collection_id>/delete
version     hand  POST   /collections/<int:collection_id>/order
same        undo  POST   /collections/<int:collection_id>/remove
secret      self  POST   /first-owner
state       hand  POST   /first-visit
secret      self  POST   /forgot
version     hand  POST   /images/<int:image_id>
same        undo  POST   /images/<int:image_id>/collections
same        undo  POST   /images/<int:image_id>/collections/<int:collection_id>/remove
draft       hand  POST   /images/<int:image_id>/generate
draft       hand  POST   /images/<int:image_id>/refine
same        hand  POST   /images/<int:image_id>/restore
version     hand  POST   /images/<int:image_id>/revisions/<int:revision_id>/restore
suggestion  hand  POST   /images/<int:image_id>/suggestion
same        undo  POST   /images/<int:image_id>/trash
secret      self  POST   /invitation/<key>
state       undo  POST   /look-alikes/<int:first_id>/<int:second_id>
state       back  POST   /look-alikes/<int:first_id>/<int:second_id>/undo
create      good  POST   /people
version     hand  POST   /people/<int:person_id>
same        good  POST   /people/<int:person_id>/remove
create      good  POST   /people/<int:person_id>/reset
same        good  POST   /people/invitations/<int:ticket_id>/withdraw
same        hand  POST   /preferences
secret      self  POST   /reset/<key>
version     hand  POST   /review/<int:image_id>
create      undo  POST   /samples
version     good  POST   /settings/key
version     good  POST   /settings/logo
asks        asks  POST   /settings/test
version     hand  POST   /settings/values/<name>
version     undo  POST   /settings/voice
version     undo  POST   /settings/voice/<int:voice_id>/restore
asks        asks  POST   /settings/voice/preview
secret      self  POST   /share/<key>/enter
same        hand  POST   /share/<key>/favourites
create      undo  POST   /shared
version     undo  POST   /shared/<int:share_id>
version     good  POST   /shared/<int:share_id>/address
same        good  POST   /shared/<int:share_id>/revoke
create      undo  POST   /shared/<int:share_id>/visitors/<int:visitor_id>/collection
same        good  POST   /shared/<int:share_id>/visitors/<int:visitor_id>/delete
secret      self  POST   /sign-in
secret      self  POST   /sign-in/organisation
same        self  POST   /sign-out
undo        undo  POST   /tags/merge
undo        undo  POST   /tags/remove
version     undo  POST   /tags/rename
same        good  POST   /trash/empty
create      undo  POST   /views
version     undo  POST   /views/<int:view_id>
same        undo  POST   /views/<int:view_id>/delete
"""


class Write(NamedTuple):
    """The guard of an address that changes something, and its way back."""

    guard: str
    way: str


def writes() -> dict[str, Write]:
    """Return every address that changes something, after its method."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return {f"{method} {address}": Write(guard, way) for guard, way, method, address in lines}
