"""Who loses a right loses what was begun with it: it ends, or is handed over to the one who decides."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.accounts import invitations, passwords, tokens, users
from artworks.accounts.oidc_provider import Identity, OidcProvider
from artworks.core import rights
from artworks.core.actor import Actor, act_as
from artworks.core.errors import AppError, Forbidden, Invalid
from artworks.dependents import belongings
from artworks.dependents.belongings import Decision, Outdated, Undecided
from artworks.membership import membership, sso
from artworks.sharing import share_link as shares
from models import Person
from tests.support.batching import begin_of, somebody_waits, wait_until
from tests.support.belongings import as_, batch_of, gallery_of, give_everything, state_of
from tests.support.people import add_person
from tests.support.program import PATIENCE

ISSUER = "https://login.example.org"
STUDIO = OidcProvider(
    issuer=ISSUER, client_id="a", client_secret="kept to ourselves", name="the studio", role_claim="roles",
    roles=(("owner", "owner"), ("editor", "editor"), ("viewer", "viewer")),
)  # fmt: skip
TAKE = {"galleries": "take", "batches": "take", "invitations": "take"}
END = dict.fromkeys(("galleries", "batches", "invitations", "tokens"), "end")


@pytest.fixture
def mara(session: Session) -> Person:
    """Return the owner who decides."""
    return add_person(session, "owner", email="mara@studio.example", name="Mara")


@pytest.fixture
def jonas(session: Session, mara: Person) -> Person:
    """Return the owner who loses a right."""
    return add_person(session, "owner", email="jonas@studio.example", name="Jonas")


@pytest.fixture
def noor(session: Session, mara: Person) -> Person:
    """Return somebody who is not concerned."""
    return add_person(session, "viewer", email="noor@studio.example")


def keys(session: Session, person: Person, role: str) -> frozenset[str]:
    things = belongings.by_person(session).get(person.id, [])
    return frozenset(one.key for kind in belongings.lost_with_role(things, role).values() for one in kind)


def actions(session: Session) -> dict[str, list[str]]:
    session.rollback()
    found: dict[str, list[str]] = {}
    for row in session.execute(text("SELECT action, target FROM audit ORDER BY id")):
        found.setdefault(row.action, []).append(row.target)
    return found


def enter_as(role: str, session: Session, person: Person) -> None:
    """Sign in with an organisation whose claims give a role."""
    who = Identity(ISSUER, "j-1", person.email, True, "Jonas", role)
    sso.sign_in_or_create(session, STUDIO, who, "10.0.0.7")
    session.commit()


@pytest.mark.parametrize("way", ["organisation", "nobody"])
@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_where_no_owner_is_present_it_ends_and_is_told(
    session: Session, jonas: Person, noor: Person, role: str, way: str
) -> None:
    give_everything(session, jonas, noor)
    if way == "organisation":
        enter_as(role, session, jonas)
    else:
        membership.change(session, jonas, role=role)
        session.commit()
    left = state_of(session)
    edits = role == "editor"
    assert left["galleries"] == ([f"Coast {jonas.id}"] if edits else [])
    assert left["batches"] == [f"{'running' if edits else 'paused'} {jonas.id}", f"done {jonas.id}"]
    assert (left["invitations"], left["links"], left["tokens"]) == ([], [jonas.email], ["Reader viewer"])
    told = actions(session)
    assert told["invitation withdrawn"] == ["nina@studio.example"]
    assert told["reset link withdrawn"] == [noor.email]
    assert told["token removed"] == ["Scanner"]
    assert ("gallery revoked" in told, "batch paused" in told) == (not edits, not edits)
    changed = session.execute(text("SELECT who, detail FROM audit WHERE action = 'role changed'")).one()
    assert (changed.detail["invitations"], changed.detail["tokens"]) == (1, 1)
    if way == "organisation":
        assert changed.who == "the studio"


def test_an_editor_keeps_what_an_editor_may_have(session: Session, jonas: Person, noor: Person) -> None:
    give_everything(session, jonas, noor)
    lost = belongings.lost_with_role(belongings.by_person(session)[jonas.id], "editor")
    assert {kind: [one.name for one in things] for kind, things in lost.items()} == {
        "invitations": ["nina@studio.example"],
        "tokens": ["Scanner"],
        "links": [noor.email],
    }


def test_all_that_belongs_to_somebody_is_handed_over(
    session: Session, mara: Person, jonas: Person, noor: Person
) -> None:
    give_everything(session, jonas, noor)
    as_(session, mara)
    membership.end(session, jonas, Decision(TAKE, keys(session, jonas, belongings.REMOVED)))
    session.commit()
    assert state_of(session) == {
        "galleries": [f"Coast {mara.id}"],
        "batches": [f"running {mara.id}", f"done {jonas.id}"],
        "invitations": [f"nina@studio.example {mara.id}"],
        "links": [],
        "tokens": [],
    }
    told = actions(session)
    for action in ("gallery taken over", "batch taken over", "invitation taken over", "person removed"):
        assert action in told
    who = text("SELECT detail ->> 'after' FROM audit WHERE action = 'gallery taken over'")
    assert session.scalar(who) == mara.called, "and not that it is nobody's now"


def test_a_token_may_be_kept_with_the_lesser_role(
    session: Session, mara: Person, jonas: Person, noor: Person
) -> None:
    give_everything(session, jonas, noor)
    as_(session, mara)
    decision = Decision({**END, "tokens": "keep"}, keys(session, jonas, "editor"))
    membership.change(session, jonas, role="editor", decision=decision)
    session.commit()
    assert state_of(session)["tokens"] == ["Scanner editor", "Reader viewer"]
    membership.change(session, jonas, role="owner", decision=decision)
    session.commit()
    # It does not grow with its person.
    assert state_of(session)["tokens"] == ["Scanner editor", "Reader viewer"]


@pytest.mark.parametrize(
    "decision",
    [
        Decision(),
        Decision({**END, "galleries": ""}),
        Decision({"galleries": "end"}, frozenset()),
        Decision({**TAKE, "batches": "keep"}),
        Decision({**END, "galleries": "everything"}),
    ],
)
def test_what_nobody_decided_is_asked_and_nothing_changes(
    session: Session, mara: Person, jonas: Person, noor: Person, decision: Decision
) -> None:
    give_everything(session, jonas, noor)
    before = state_of(session)
    for lose in (lambda: membership.end(session, jonas, decision), lambda: _lower(session, jonas, decision)):
        as_(session, mara)
        with pytest.raises(
            Undecided, match=r"^Jonas has 1 shared gallery, 1 batch .* and 1 link .*\."
        ) as told:
            lose()
        assert set(told.value.belongings) >= {"galleries", "batches", "invitations"}
        session.rollback()
        assert state_of(session) == before


def _lower(session: Session, person: Person, decision: Decision) -> None:
    membership.change(session, person, role="viewer", decision=decision)


@pytest.mark.parametrize("kind", ["galleries", "batches", "invitations"])
@pytest.mark.parametrize("choice", ["take", "end"])
def test_what_began_after_the_look_is_looked_at_first(
    session: Session, mara: Person, jonas: Person, noor: Person, kind: str, choice: str
) -> None:
    give_everything(session, jonas, noor)
    seen = keys(session, jonas, belongings.REMOVED)
    as_(session, jonas)
    begin: dict[str, Callable[[], object]] = {
        "galleries": lambda: gallery_of(session, jonas, "Newer"),
        "batches": lambda: batch_of(session, jonas),
        "invitations": lambda: invitations.invite(session, "more@studio.example", role="owner"),
    }
    begin[kind]()
    session.commit()
    as_(session, mara)
    decision = Decision(dict.fromkeys(TAKE, choice), seen)
    with pytest.raises(Outdated, match="something of that is new"):
        membership.end(session, jonas, decision)
    session.rollback()
    membership.end(session, jonas, Decision(decision.choices, keys(session, jonas, belongings.REMOVED)))
    session.commit()
    assert len(state_of(session)["galleries"]) == (0 if choice == "end" else 2 if kind == "galleries" else 1)


def test_what_ended_after_the_look_is_no_reason_to_ask(session: Session, mara: Person, jonas: Person) -> None:
    first, second = gallery_of(session, jonas), gallery_of(session, jonas)
    seen = keys(session, jonas, belongings.REMOVED)
    shares.revoke(session, first)
    session.commit()
    as_(session, mara)
    assert membership.end(session, jonas, Decision({"galleries": "take"}, seen)) == {"galleries": 1}
    session.commit()
    assert second.person_id == mara.id


def test_nobody_hands_over_to_themselves(session: Session, mara: Person, jonas: Person) -> None:
    gallery_of(session, jonas)
    seen = keys(session, jonas, belongings.REMOVED)
    as_(session, jonas)
    with pytest.raises(Invalid):
        membership.end(session, jonas, Decision({"galleries": "take"}, seen))
    session.rollback()
    as_(session, jonas)
    with pytest.raises(Undecided):
        membership.end(session, jonas, Decision())
    session.rollback()
    as_(session, jonas)
    membership.end(session, jonas, Decision({}, seen))
    session.commit()
    assert state_of(session)["galleries"] == []


Begin = Callable[[Session, Person], object]


BEGIN: dict[str, Begin] = {
    "right": lambda session, _: rights.hold(session, "editor"),
    "gallery": lambda session, _: shares.create(session, "secret", {"title": "Late"}, image_ids=[1]),
    "invitation": lambda session, _: invitations.invite(session, "late@studio.example", role="owner"),
    "link": lambda session, _: invitations.reset(session, users.find(session, 1)),
    "token": lambda session, person: tokens.create(session, person, name="Late", role="owner", days=1),
}


@pytest.mark.parametrize("what", BEGIN)
@pytest.mark.parametrize("way", ["removed", "viewer"])
def test_what_begins_at_that_moment_does_not_escape(
    session: Session, engine: Engine, mara: Person, jonas: Person, what: str, way: str
) -> None:
    """A request that found the right a moment ago waits for the one that takes it away, and is refused."""
    actor = Actor(jonas.role, jonas.id, jonas.called, jonas.email, "session")
    refused: list[AppError] = []
    if way == "removed":
        membership.end(session, jonas)
    else:
        membership.change(session, jonas, role="viewer")

    def late() -> None:
        with begin_of(engine)() as other:
            act_as(other, actor)
            person = other.get_one(Person, jonas.id)
            try:
                BEGIN[what](other, person)
            except AppError as error:
                refused.append(error)
                other.rollback()

    thread = threading.Thread(target=late)
    thread.start()
    wait_until(lambda: somebody_waits(engine))
    session.commit()
    thread.join(PATIENCE)
    # A token of somebody who left may be made, and lets nobody in.
    expected = {("removed", "token"): [], ("viewer", "token"): [Invalid]}.get((way, what), [Forbidden])
    assert [type(error) for error in refused] == expected
    left = state_of(session)
    assert (left["galleries"], left["invitations"], left["links"]) == ([], [], [])


def test_who_comes_back_finds_nothing_of_before(
    session: Session, mara: Person, jonas: Person, noor: Person
) -> None:
    give_everything(session, jonas, noor)
    membership.end(session, jonas)
    session.commit()
    back = users.add(session, jonas.email, role="owner")
    session.commit()
    assert back.id == jonas.id
    left = state_of(session)
    assert (left["galleries"], left["invitations"], left["tokens"]) == ([], [], [])
    assert left["batches"][0].startswith("paused")


def test_a_password_chosen_by_a_link_ends_the_tokens(session: Session, mara: Person) -> None:
    passwords.set_password(session, mara, "quite an old password")
    tokens.create(session, mara, name="Scanner", role="owner", days=7)
    made = invitations.reset(session, mara)
    session.commit()
    ticket = invitations.load_link(session, session.commit, "reset", made.key, "10.0.0.1")
    invitations.accept_reset(session, ticket, password="quite a new password", address="10.0.0.1")
    session.commit()
    assert state_of(session)["tokens"] == []
    detail = session.scalar(text("SELECT detail FROM audit WHERE action = 'password reset'"))
    assert detail == {"tokens_ended": 1}
