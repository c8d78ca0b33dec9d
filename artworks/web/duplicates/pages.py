"""Look-alikes: pairs of pictures that are the same or look alike, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LABELS
from artworks.dependents import uses
from artworks.duplicates import pairs as duplicate_pairs
from artworks.duplicates.pairs import Pair
from artworks.images import image as images
from artworks.web import forms, image_json
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.duplicates.schemas import KeepIn, KeptOut, PairOut, PairsOut, PairsQuery
from artworks.web.permissions import requires
from models import LOOK_ALIKE_KINDS, Image, db, iso

api = APIBlueprint("look_alikes", __name__, url_prefix="/api/look-alikes", tag="Look-alikes")
pages = APIBlueprint("look_alike_pages", __name__, url_prefix="/look-alikes", enable_openapi=False)
PAGE_SIZE = 20
WRONG = {"keep": duplicate_pairs.WRONG_CHOICE}
KINDS = {
    "bytes": ("Same file", "Exact copies: the files are the same, byte for byte."),
    "pixels": (
        "Same picture, other file",
        "Every pixel is the same. Only what is noted in the file, or its format, differs.",
    ),
    "looks": (
        "Look alike",
        "Not the same, but hard to tell apart: resized, saved again, or a close variant. Look twice.",
    ),
}


@api.get("")
@requires("editor")
@api.input(PairsQuery, location="query")
@api.output(PairsOut)
@api.doc(responses=[400])
def index(query_data: PairsQuery) -> dict[str, Any]:
    """List pairs that nobody has decided about, the newest pictures first."""
    session = db.session()
    page = duplicate_pairs.page(session, query_data.kind, query_data.limit, query_data.after)
    return {
        "pairs": [_pair_to_json(pair) for pair in page.pairs],
        "next": page.next,
        "counts": duplicate_pairs.counts(session),
        "not_compared": duplicate_pairs.count_uncompared(session),
    }


@api.post("/<int:first_id>/<int:second_id>/keep")
@requires("editor")
@api.input(KeepIn)
@api.output(KeptOut)
@api.doc(responses=[404, 409])
def keep(first_id: int, second_id: int, json_data: KeepIn) -> dict[str, Any]:
    """Keep one, and put the other in the trash, or keep both and never ask again."""
    session = db.session()
    trashed = duplicate_pairs.keep(
        session, first_id, second_id, json_data.keep, take_words=json_data.take_words
    )
    session.commit()
    both = [images.find(session, number, trashed=None) for number in (first_id, second_id)]
    return {
        "kept": [image_json.image_to_json(image) for image in both if image.trashed_at is None],
        "trashed": image_json.image_to_json(trashed) if trashed else None,
        "told": _lost_galleries(trashed) if trashed else "",
    }


@api.post("/<int:first_id>/<int:second_id>/undo")
@requires("editor")
@api.output(PairOut)
@api.doc(responses=[404, 409])
def undo(first_id: int, second_id: int) -> dict[str, Any]:
    """Ask about a pair again: the picture comes back from the trash, words that were taken over go."""
    pair = duplicate_pairs.undo(db.session(), first_id, second_id)
    db.session.commit()
    return _pair_to_json(pair)


def _pair_to_json(pair: Pair) -> dict[str, Any]:
    return {
        "first": image_json.image_to_json(pair.first),
        "second": image_json.image_to_json(pair.second),
        "kind": pair.kind,
        "distance": pair.distance,
        "found_at": iso(pair.found_at),
    }


@pages.get("")
@requires("editor")
def index_page() -> ResponseReturnValue:
    """Show one kind of pairs, or only the pairs."""
    session, counts = db.session(), duplicate_pairs.counts(db.session())
    kind = request.args.get("kind") or next((one for one in LOOK_ALIKE_KINDS if counts[one]), "bytes")
    page = duplicate_pairs.page(session, kind, PAGE_SIZE, request.args.get("after", ""))
    template = "_pairs" if request.args.get("fragment") == "pairs" else "index"
    return render_template(
        f"duplicates/{template}.html",
        kind=kind,
        kinds=KINDS,
        counts=counts,
        most=duplicate_pairs.MOST_COUNTED,
        pairs=_pair_contexts(page.pairs),
        next_url=f"/look-alikes?kind={kind}&after={page.next}" if page.next else None,
        not_compared=duplicate_pairs.count_uncompared(session),
        decided=_decided(),
    )


@pages.post("/<int:first_id>/<int:second_id>")
@requires("editor")
def keep_page(first_id: int, second_id: int) -> ResponseReturnValue:
    """Keep one or both with a plain form; the page then offers to undo it."""
    take_words = "take_words" in request.form
    given = forms.read(KeepIn, request.form, ("keep",), WRONG, take_words=take_words)
    try:
        duplicate_pairs.keep(db.session(), first_id, second_id, given.keep, take_words=given.take_words)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "danger")
        return redirect(f"/look-alikes?kind={_kind()}", 303)
    db.session.commit()
    return redirect(f"/look-alikes?kind={_kind()}&decided={first_id}-{second_id}", 303)


@pages.post("/<int:first_id>/<int:second_id>/undo")
@requires("editor")
def undo_page(first_id: int, second_id: int) -> ResponseReturnValue:
    """Ask about a pair again, with a plain form."""
    try:
        pair = duplicate_pairs.undo(db.session(), first_id, second_id)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "danger")
        return redirect(f"/look-alikes?kind={_kind()}", 303)
    db.session.commit()
    return redirect(f"/look-alikes?kind={pair.kind}", 303)


def _kind() -> str:
    """Read the kind that the form stood under; raises Invalid."""
    kind = request.form.get("kind", "")
    if kind not in ("", *LOOK_ALIKE_KINDS):
        raise Invalid("The kind must be bytes, pixels or looks.", field="kind")
    return kind


def _decided() -> dict[str, Any] | None:
    """Return what was just decided, as the address has it, when it can be undone."""
    first, dash, second = request.args.get("decided", "").partition("-")
    ids = [one for one in map(forms.int_or_none, (first, second)) if one is not None]
    if not dash or len(ids) != 2 or not duplicate_pairs.undoable(db.session(), *ids):
        return None
    pair = [images.find(db.session(), one, trashed=None) for one in ids]
    trashed = [image for image in pair if image.trashed_at is not None]
    sentence_before = (
        f"{_display_name(trashed[0])} is in the trash. {_lost_galleries(trashed[0])}" if trashed else ""
    )
    sentence = sentence_before.strip() or "Both are kept."
    return {"url": f"/look-alikes/{ids[0]}/{ids[1]}/undo", "sentence": sentence}


def _lost_galleries(image: Image) -> str:
    """Return which galleries lack a picture that is in the trash now; those of collections show the kept one."""
    return dependents_presenters.not_shown(uses.galleries_showing(db.session(), [image.id]).get(image.id, 0))


def _display_name(image: Image) -> str:
    return image.post_title or image.original_filename


def _pair_contexts(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    shared = uses.galleries_showing(
        db.session(), [one.id for pair in pairs for one in (pair.first, pair.second)]
    )
    return [_pair_context(pair, shared) for pair in pairs]


def _pair_context(pair: Pair, shared: Mapping[int, int]) -> dict[str, Any]:
    """Return a pair with what its page says: each side with its words, and in what it is more than the other.

    `shared` counts the galleries that pictures were chosen for.
    """
    first, second = pair.first, pair.second
    return {
        "first": first,
        "second": second,
        "url": f"/look-alikes/{first.id}/{second.id}",
        "distance": pair.distance,
        "same_name": _display_name(first) == _display_name(second),
        "sides": [
            {
                "what": what,
                "image": one,
                "name": _display_name(one),
                "words": _words(one),
                "shared": uses.count_galleries(shared[one.id]) if one.id in shared else "",
                "gains": [LABELS[name] for name in pair.gains(what)],
                "larger": _pixels(one) > _pixels(other) > 0,
                "heavier": (one.size_bytes or 0) > (other.size_bytes or 0) > 0,
                "earlier": one.created_at < other.created_at,
                "richer": len(_words(one)) > len(_words(other)),
            }
            for what, one, other in (("first", first, second), ("second", second, first))
        ],
    }


def _pixels(image: Image) -> int:
    return (image.width or 0) * (image.height or 0)


def _words(image: Image) -> list[str]:
    """Return the labels of the fields that have words, hashtags with their number."""
    found = [
        label for name, label in LABELS.items() if name not in ("status", "hashtags") and image.words(name)
    ]
    count = len(image.hashtags)
    return [*found, f"{count} hashtag{'s' if count != 1 else ''}"] if count else found
