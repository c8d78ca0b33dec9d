"""What one may not do is not offered: every link, form and script of every page, for every role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from posixpath import dirname, normpath
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from artworks.core.actor import Actor
from artworks.web.assets import STATIC, asset
from artworks.web.permissions import Rule, rule_of
from models import ROLES
from tests.support.batching import start
from tests.support.factories import added, picture, upload
from tests.support.people import as_role
from tests.support.spending import spend
from tests.web.duplicates.test_look_alikes import compare

pytestmark = pytest.mark.slow

CALLERS = ("viewer", "editor", "owner", "local")
# Pages, and pieces of pages, that the map of addresses does not name by itself; {image} and the like are filled in.
MORE = (
    "/?view=grid", "/?fragment=rows", "/?fragment=sidebar", "/?q=heron&status=ready", "/?collection={collection}",
    "/?q=nothing+like+it", "/images/{image}?fragment=panel", "/images/{image}/row?view=grid", "/images/{bare}",
    "/images/{suggested}", "/images/4711", "/export?fragment=dialog", "/collections/{bare}",
    "/collections/{collection}?fragment=pictures", "/look-alikes?kind=bytes", "/tags?alike=1",
    "/tags/edit?tag=%23heron", "/batches/{batch}?fragment=live", "/batches?fragment=rows",
    "/usage?month={month}", "/review?status=new",
    "/bulk?fragment=category", "/no-such-page",
)  # fmt: skip
MUST_HAVE = {
    "viewer": {"library.library", "library.detail", "library.row", "exports.form", "collection_pages.index",
               "collection_pages.detail"},
    "editor": {"trash_pages.index", "review.start", "batch_pages.index", "batch_pages.detail", "batch_pages.new",
               "bulk_pages.index", "look_alike_pages.index_page", "category_pages.index", "category_pages.sheet",
               "tag_pages.index", "tag_pages.edit", "usage.index", "view_pages.index"},
    "owner": {"settings.index", "voice_pages.index"},
}  # fmt: skip
OWNERS_ONLY = (
    ("POST", "/trash/empty"),
    ("GET", "/settings"),
    ("GET", "/settings/voice"),
    ("GET", "/usage.csv"),
)
# What scripts take hold of to change something.
HOOKS = (
    "data-edit", "data-edit-control", "data-edit-choice", "data-edit-open", "data-generate", "data-draft-start",
    "data-write", "data-refine", "data-feedback", "data-suggestion", "data-restore", "data-trash-picture",
    "data-untrash", "data-join", "data-leave", "data-row-more", "data-row-menu", "data-act",
    "data-batch-new", "data-batch-ring",
    "data-add-form", "data-add-files", "data-pick-files", "data-drop-veil", "data-tray", "data-handle", "data-shift",
    "data-take-out", "data-version", "data-version-input", "data-call", "data-keep", "contenteditable",
    "webkitdirectory",
)  # fmt: skip
CHANGES = re.compile(r"""\bapi\("(?:POST|PUT|PATCH|DELETE)"|\bupload\(|\bopenStream\(|\bstreamDraft\(""")
# The first can send anything, the second keeps the colours of the page, and of the third nobody calls `save`.
SEND_ALL_THE_SAME = {"js/core/http.js", "js/core/theme.js", "js/images/image_store.js"}


class Read(HTMLParser):
    """What a page offers: addresses with the method they are called by, hooks, scripts and words."""

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.address, self.hooks, self.scripts, self.text = address, set[str](), set[str](), ""
        self.preloads: list[str] = []
        # Those that come when the page stands (static/js/start/start.js).
        self.later, self.is_at_once = set[str](), False
        self.calls: set[tuple[str, str]] = set()
        self.form = ("GET", address)
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element offers."""
        given = {name: value or "" for name, value in attrs}
        self.hooks |= {*given, *(f'data-do="{value}"' for name, value in given.items() if name == "data-do")}
        if tag == "form" and given.get("method") != "dialog":
            self.form = (given.get("method", "GET").upper(), given.get("action", self.address))
            self.calls.add(self.form)
        if "formaction" in given:
            self.calls.add((given.get("formmethod", self.form[0]).upper(), given["formaction"]))
        if tag == "script":
            self.scripts.add(given.get("src", ""))
        if given.get("name") == "later":
            self.is_at_once = "data-at-once" in given
            self.later = {asset(name) for name in given["content"].split()}
        if given.get("rel") == "modulepreload":
            self.preloads.append(given["href"])
        for name in ("href", "src"):
            if name in given:
                self.calls.add(("GET", given[name]))
        for name, value in given.items():
            if name.startswith("data-"):
                self.calls |= {
                    (method or "", path) for method, path in re.findall(r"^(?:([A-Z]+) )?(/\S+)$", value)
                }

    def handle_data(self, data: str) -> None:
        """Note the words."""
        self.text += data


# By endpoint, empty where the page says no.
Pages = list[tuple[str, Read]]
ReadAll = Callable[[str], Pages]


@pytest.fixture
def ids(app: APIFlask, client: FlaskClient, session: Session) -> dict[str, Any]:
    """Fill a library so that every page has something to offer; returns what the addresses need."""
    heron = {
        "post_title": "Heron",
        "description": "At dusk.",
        "hashtags": ["#heron", "#herons"],
        "alt_text": "A bird.",
    }
    image = added(
        client, "Heron.jpg", **heron, category="Prints / Linocut", key_points="Linocut", status="ready"
    )["id"]
    suggested = added(client, "Tide.jpg", **heron, category="Prints")["id"]
    client.post(f"/api/images/{suggested}/refine", json={"feedback": "Shorter"})
    client.post(f"/api/images/{image}/generate")
    bare = added(client, "Bare.jpg")["id"]
    trashed = added(client, "Gone.jpg")["id"]
    client.delete(f"/api/images/{trashed}")
    twice = picture()
    upload(client, (twice, "Twice.jpg"), (twice, "Twice again.jpg"), duplicates="keep")
    compare(app)
    collection = client.post("/api/collections", json={"name": "Spring show"}).get_json()["id"]
    client.post(f"/api/collections/{collection}/images", json={"ids": [image, suggested]})
    client.post("/api/collections", json={"name": "Empty"})
    view = client.post("/api/views", json={"name": "Ready ones", "filters": {"status": "ready"}}).get_json()[
        "id"
    ]
    category = client.get("/api/categories").get_json()["categories"][0]["id"]
    voice = client.get("/api/voice").get_json()
    client.put(
        "/api/voice", json={"version": voice["version"], "choices": {**voice["choices"], "guide": "Calm."}}
    )
    batch = start(session.get_bind(), app.extensions["aim"], [bare])  # type: ignore[arg-type]
    spend(session, datetime.now(UTC))
    session.commit()
    return {
        "image": image, "bare": bare, "suggested": suggested, "collection": collection, "view": view,
        "category": category, "batch": batch, "month": f"{datetime.now(UTC):%Y-%m}",
    }  # fmt: skip


@pytest.fixture
def call_as(
    app: APIFlask, client: FlaskClient, session: Session, ids: dict[str, Any]
) -> Callable[[str], FlaskClient]:
    """Return a function that gives a caller; "local" must be the only one."""
    return lambda role: client if role == "local" else as_role(app, session, role)


def pages(app: APIFlask, role: str, ids: dict[str, Any]) -> Iterator[str]:
    """List the addresses that a role may read as pages."""
    numbers = {f"{name}_id": number for name, number in ids.items()}
    for rule in app.url_map.iter_rules():
        free = not marked(app, rule.endpoint).authenticates or rule.rule.startswith(("/api/", "/static/"))
        if (
            "GET" in (rule.methods or ())
            and not free
            and rule.arguments <= numbers.keys()
            and may(app, role, rule.endpoint)
        ):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(numbers[found[1]]), rule.rule)
    for address in MORE:
        yield address.format(**ids)


def marked(app: APIFlask, endpoint: str) -> Rule:
    rule = rule_of(app, endpoint)
    assert rule, endpoint
    return rule


def may(app: APIFlask, role: str, endpoint: str) -> bool:
    """Return whether a role may do what an endpoint does."""
    rule = marked(app, endpoint)
    return not rule.role or Actor(ROLES[-1] if role == "local" else role).may(rule.role)


def led_to(app: APIFlask, method: str, address: str) -> str:
    """Return the endpoint of a call; empty when there is none."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(address).path, method=method)
        return str(endpoint)
    except RequestRedirect as redirect:
        return led_to(app, method, redirect.new_url)
    except HTTPException:
        return ""


@pytest.fixture(scope="module")
def pages_by_role() -> dict[str, Pages]:
    """Keep what was read, for the next test about the same pages."""
    return {}


@pytest.fixture
def read_all(app: APIFlask, request: pytest.FixtureRequest, pages_by_role: dict[str, Pages]) -> ReadAll:
    """Return a function that reads every page that a role gets to see, those that say no among them.

    It gives for each the endpoint and what is read. The library is made only for a role that was not read before.
    """

    def read(role: str) -> list[tuple[str, Read]]:
        if role not in pages_by_role:
            call_as, ids = request.getfixturevalue("call_as"), request.getfixturevalue("ids")
            pages_by_role[role] = list(read_pages(app, call_as(role), role, ids))
        return pages_by_role[role]

    return read


def read_pages(
    app: APIFlask, client: FlaskClient, role: str, ids: dict[str, Any]
) -> Iterator[tuple[str, Read]]:
    """Read every page of a role, one after the other."""
    for address in pages(app, role, ids):
        answer = client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            seen = led_to(app, "GET", address) if answer.status_code == 200 else ""
            yield seen, Read(answer.get_data(as_text=True), address)


@pytest.mark.parametrize("role", CALLERS)
def test_every_link_and_form_leads_where_its_reader_may_go(
    app: APIFlask, read_all: ReadAll, role: str
) -> None:
    wrong, seen, offered = set(), set(), set()
    for endpoint, page in read_all(role):
        seen.add(endpoint)
        offered |= page.calls
        for method, given in page.calls:
            address = urljoin(page.address, given)
            # An empty address is the page that is open.
            if not given or given.startswith(("#", "data:", "blob:")) or urlsplit(address).netloc:
                continue
            # What a script does with an address is known to the script: one of the methods at least must be allowed.
            found = [
                led_to(app, one, address)
                for one in ([method] if method else ["GET", "POST", "PATCH", "DELETE"])
            ]
            if not any(one and may(app, role, one) for one in found):
                wrong.add((page.address, method, given, found[0]))
    assert not wrong
    for call in OWNERS_ONLY:
        assert (call in offered) == (role in ("owner", "local")), call
    roles = ROLES if role == "local" else ROLES[: ROLES.index(role) + 1]
    assert set().union(*(MUST_HAVE[one] for one in roles)) <= seen


def test_nothing_in_the_pages_of_a_viewer_can_be_taken_hold_of(
    read_all: ReadAll,
) -> None:
    for _, page in read_all("viewer"):
        assert not page.hooks & set(HOOKS), page.address
        assert {hook for hook in page.hooks if hook.startswith("data-do=")} <= {
            f'data-do="{what}"' for what in ("export", "everything", "clear")
        }, page.address
        for words in ("Press Enter to edit", "Add images", "Write words", "uggestion"):
            assert words not in page.text, (page.address, words)


def names_of(addresses: Iterable[str]) -> set[str]:
    """Return the scripts behind addresses as they are called under static."""
    return {address.removeprefix(asset("")) for address in addresses}


def closure(names: set[str]) -> set[str]:
    """Return the scripts that some scripts bring along, themselves included."""
    found: set[str] = set()
    while names:
        name = names.pop()
        found.add(name)
        names |= imports(name) - found
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Return the scripts that a script names."""
    text = (STATIC / name).read_text(encoding="utf-8")
    brought = re.findall(r'(?:from|import) "(\.[\w./]+)"', text)
    return frozenset(normpath(f"{dirname(name)}/{one}") for one in brought)


def test_no_script_that_a_viewer_loads_changes_a_picture(
    app: APIFlask, call_as: Callable[[str], FlaskClient], ids: dict[str, Any]
) -> None:
    viewer = call_as("viewer")
    for address in ("/", f"/images/{ids['image']}", f"/collections/{ids['collection']}", "/collections"):
        page = Read(viewer.get(address).get_data(as_text=True), address)
        names = closure(names_of(page.scripts | page.later))
        assert len(names) > 5
        texts = {name: (STATIC / name).read_text(encoding="utf-8") for name in names}
        assert {name for name, text in texts.items() if CHANGES.search(text)} <= SEND_ALL_THE_SAME, address
        assert not [name for name, text in texts.items() if re.search(r"\bsave\b.*image_store\.js", text)]


@pytest.mark.parametrize("role", ["viewer", "owner"])
def test_a_page_names_once_all_that_its_scripts_import(read_all: ReadAll, role: str) -> None:
    pages = [page for _, page in read_all(role) if page.scripts]
    assert len(pages) > 10
    for page in pages:
        assert len(page.preloads) == len(set(page.preloads)), page.address
        entries = names_of(page.scripts)
        # The review names those that come later, too.
        later = names_of(page.later) if page.is_at_once else set()
        assert names_of(page.preloads) == closure(entries | later) - entries, page.address


@pytest.mark.parametrize("role", ["editor", "owner", "local"])
def test_those_who_may_change_something_find_everything_they_need(
    app: APIFlask, call_as: Callable[[str], FlaskClient], ids: dict[str, Any], role: str
) -> None:
    caller = call_as(role)
    pieces = {address: Read(caller.get(address).get_data(as_text=True), address) for address in (
        "/", f"/images/{ids['image']}", f"/images/{ids['suggested']}", f"/collections/{ids['collection']}",
    )}  # fmt: skip
    # And what its scripts put in, from there and on their own (static/js/library/row_parts.js).
    pieces["/parts"] = Read(caller.get("/parts").get_data(as_text=True), "/parts")
    offered = set().union(*(page.hooks for page in pieces.values())) | {"data-generate", "data-row-more"}
    assert set(HOOKS) - offered <= {"data-pick-files", "data-call", "data-keep", "contenteditable"}
    for address, needed in {
        "/": {("POST", "/"), ("GET", "/review"), ("GET", "/batches"), ("GET", "/look-alikes"), ("GET", "/trash"),
              ("GET", "/usage"), ("GET", "/categories"), ("GET", "/tags"), ("GET", "/views"), ("GET", "/batches/new")},
        f"/images/{ids['image']}": {("POST", f"/images/{ids['image']}{deed}") for deed in ("", "/generate", "/trash")},
        f"/collections/{ids['collection']}": {("POST", f"/collections/{ids['collection']}{deed}")
                                              for deed in ("", "/delete", "/order", "/remove")},
    }.items():  # fmt: skip
        assert needed <= pieces[address].calls, address


def test_an_empty_library_has_a_kind_word_for_those_who_look(app: APIFlask, session: Session) -> None:
    viewer = as_role(app, session, "viewer")
    page = Read(viewer.get("/").get_data(as_text=True), "/")
    assert "Nothing hangs here yet" in page.text
    assert "sample" not in page.text
    assert "find them here" in viewer.get("/collections").get_data(as_text=True)
    first = Read(as_role(app, session, "editor").get("/").get_data(as_text=True), "/")
    assert ("POST", "/samples") in first.calls
    assert "data-pick-files" in first.hooks


def test_whoever_may_not_is_told_where_to_go(app: APIFlask, session: Session) -> None:
    answer = as_role(app, session, "viewer").get("/settings")
    page = Read(answer.get_data(as_text=True), "/settings")
    assert answer.status_code == 403
    assert "You are a viewer; this takes an owner." in page.text
    assert {("GET", "/"), ("POST", "/sign-out")} <= page.calls


def test_words_that_are_there_to_be_read_can_be_read(
    app: APIFlask, call_as: Callable[[str], FlaskClient], ids: dict[str, Any]
) -> None:
    viewer = call_as("viewer")
    page = Read(viewer.get(f"/images/{ids['image']}").get_data(as_text=True), "/")
    for words in (
        "Heron",
        "At dusk.",
        "#heron",
        "Prints / Linocut",
        "Linocut",
        "A bird.",
        "Spring show",
        "Ready",
    ):
        assert words in page.text, words
    assert {("GET", "/?tag=%23heron"), ("GET", f"/collections/{ids['collection']}")} <= page.calls
    assert "data-copy" in page.hooks
    row = Read(viewer.get("/").get_data(as_text=True), "/")
    assert "At dusk." in row.text
    assert ("GET", f"/images/{ids['image']}") in row.calls
