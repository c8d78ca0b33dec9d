"""The review: one draft after the other, for going through fifty in ten minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, render_template, request
from flask import redirect as redirect_to
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.core.errors import BadRequest, Invalid
from artworks.images import image as images
from artworks.images.image import StaleVersion
from artworks.library import review_queue
from artworks.library.review_queue import ReviewQueue
from artworks.search.filters import Filters
from artworks.taxonomy import queries as taxonomy
from artworks.web import context, forms, places
from artworks.web.forms import int_argument
from artworks.web.images import presenters as image_presenters
from artworks.web.images import status_hints
from artworks.web.images.api import changes_of
from artworks.web.images.schemas import Edit
from artworks.web.permissions import requires
from artworks.web.urls import filters_from, link
from models import TEXT_FIELDS, Image, db

pages = APIBlueprint("review", __name__, enable_openapi=False)
# Cards sent at once: on a slow line a person who skips quickly has the words of the next ones; together they are packed
# into a few kB.
AHEAD = 12
# What becomes of a picture; None leaves its status alone.
STATUS_AFTER = {"accept": "ready", "draft": "draft", "save": None}


@pages.get("/review")
@requires("editor")
def start() -> ResponseReturnValue:
    """Show the first picture that waits, or the one next to a picture; where there is none, how it ended."""
    queue, fragment = _queue(), request.args.get("fragment", "")
    after, before = int_argument("after"), int_argument("before")
    if fragment == "cards":
        return _render_cards(queue, after, before)
    if fragment == "end":
        return render_template("library/review/_end.html", **_end_context(queue))
    found = _image_before(queue, before) or _images_after(queue, after, 1)
    if not found:
        return render_template("library/review/index.html", **_end_context(queue))
    return _page(found[0], queue, undo=_just_accepted(after))


@pages.get("/review/counts")
@requires("editor")
def counts() -> ResponseReturnValue:
    """Return what stands beside each place, by its address; see static/js/navigation/place_counts.js."""
    return places.counts()


@pages.get("/review/<int:image_id>")
@requires("editor")
def one(image_id: int) -> ResponseReturnValue:
    """Show one picture in the review, or only the panel with its words."""
    image, queue = context.image(image_id), _queue()
    if request.args.get("fragment") == "panel":
        return render_template("library/review/_panel.html", **_card_context(image, queue))
    return _page(image, queue)


@pages.post("/review/<int:image_id>")
@requires("editor")
def decide(image_id: int) -> ResponseReturnValue:
    """Accept, put back or save with a plain form; after a clash or a mistake what was typed comes back."""
    image, queue, action = context.image(image_id), _queue(), request.form.get("action", "")
    if action not in STATUS_AFTER:
        raise BadRequest("Choose what to do with this picture.")
    typed = {name: forms.form_text(request.form[name]) for name in TEXT_FIELDS if name in request.form}
    status = STATUS_AFTER[action]
    changes = {**typed, "status": status} if status else typed
    try:
        given = forms.check(Edit, {"version": forms.version_of(request.form), **changes})
        images.edit(db.session(), image, given.version, changes_of(given))
    except StaleVersion as stale:
        page = render_template("library/review/index.html", **_page_context(stale.current, queue, typed))
        return make_response(page, 409)
    except Invalid as error:
        flash(error.message, "danger")
        page = render_template(
            "library/review/index.html", **_page_context(image, queue, typed), mistake=True
        )
        return make_response(page, 422)
    db.session.commit()
    if action != "accept":
        done = max(0, _reviewed_count() - (action == "draft"))
        return redirect_to(_review_url(f"/review/{image_id}", queue, done=done), 303)
    # One with a suggestion goes on waiting, so it is among those that are counted as such.
    left = image.suggestion is None
    return redirect_to(_review_url("/review", queue, after=image_id, done=_reviewed_count() + left), 303)


def _queue() -> ReviewQueue:
    """Read what is reviewed from the address; raises Invalid."""
    return ReviewQueue(filters_from(request.args), int_argument("batch"))


def _reviewed_count() -> int:
    """Return how many pictures this review has made ready so far; only shown, so it comes from the address."""
    return min(int_argument("done") or 0, 10**6)


def _review_url(path: str, queue: ReviewQueue, **more: int) -> str:
    """Write an address that keeps what is reviewed; a zero is left out."""
    pairs = {"batch": queue.batch or 0, **more}
    return link(path, queue.filters, **{name: str(value) for name, value in pairs.items() if value})


def _images_after(queue: ReviewQueue, image_id: int | None, limit: int) -> list[Image]:
    """Read what waits behind a picture, or from the first on."""
    place = review_queue.position_of(db.session(), image_id) if image_id else None
    return list(review_queue.following(db.session(), queue, place, limit))


def _image_before(queue: ReviewQueue, image_id: int | None) -> list[Image]:
    """Read the picture that waits before another."""
    place = review_queue.position_of(db.session(), image_id) if image_id else None
    found = review_queue.preceding(db.session(), queue, place) if place else None
    return [found] if found else []


def _render_cards(queue: ReviewQueue, after: int | None, before: int | None) -> str:
    """Draw the next cards, closed by the end when there are no more; or the one before a picture."""
    found = _image_before(queue, before) if before else _images_after(queue, after, AHEAD)
    cards = [render_template("library/review/_card.html", **_card_context(image, queue)) for image in found]
    if not before and len(found) < AHEAD:
        cards.append(render_template("library/review/_end.html", **_end_context(queue)))
    return "".join(cards)


def _card_context(image: Image, queue: ReviewQueue, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Gather what one card shows; `filter_query` is what its forms carry along, to come back here."""
    done = _reviewed_count()
    return {
        **image_presenters.panel_context(image, typed or {}),
        "status_hint": status_hints.hint(image, "accept it as ready"),
        "filter_query": f"{_review_url('', queue, done=done) or '?'}&back=review",
        "card": {
            "url": _review_url(f"/review/{image.id}", queue),
            "post": _review_url(f"/review/{image.id}", queue, done=done),
            "next": _review_url("/review", queue, after=image.id, done=done),
            "previous": _review_url("/review", queue, before=image.id, done=done),
        },
    }


def _page(image: Image, queue: ReviewQueue, undo: Image | None = None) -> Response:
    """Draw the page around a card, and count what it says of the status as said."""
    page = render_template("library/review/index.html", **_page_context(image, queue), undo=undo)
    response = make_response(page)
    status_hints.remember(response, image)
    return response


def _page_context(image: Image, queue: ReviewQueue, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Gather what the page shows around its first card: how far one is, and of what."""
    session, done = db.session(), _reviewed_count()
    place = review_queue.ReviewPosition(image.created_at, image.id)
    waiting, exact = review_queue.count(session, queue)
    index = review_queue.count_before(session, queue, place) + done + 1
    return {
        **_card_context(image, queue, typed),
        "progress": {"index": index, "total": max(waiting + done, index), "exact": exact},
        "about": _narrowed_by(queue),
        "home": _review_url("/review", queue),
        "category_names": taxonomy.category_names(session),
    }


def _end_context(queue: ReviewQueue) -> dict[str, Any]:
    """Gather what is said when no picture is left: how many are done, and how many wait all the same."""
    session = db.session()
    waiting, _exact = review_queue.count(session, queue)
    elsewhere = review_queue.count(session, ReviewQueue())[0] if queue.narrows and not waiting else 0
    return {
        "image": None,
        "end": {
            "done": _reviewed_count(),
            "seen": int_argument("seen") or 0,
            "waiting": waiting,
            "elsewhere": elsewhere,
            "back": "fragment" in request.args,
        },
        "about": _narrowed_by(queue),
        "home": _review_url("/review", queue),
        "library": link("/", queue.filters.but(status="")),
        "export": link("/export.csv", queue.filters.but(status="ready")),
    }


def _narrowed_by(queue: ReviewQueue) -> list[dict[str, str]]:
    """Return what the review is narrowed to, each with the address without it."""
    filters, found = queue.filters, []
    labels = {"q": f"“{filters.q}”", "category": filters.category, "tag": filters.tag}
    labels["status"] = filters.status.capitalize()
    for name, label in labels.items():
        if getattr(filters, name):
            without: Filters = filters.but(**{name: ""})
            found.append({"label": label, "url": _review_url("/review", ReviewQueue(without, queue.batch))})
    if queue.batch is not None:
        found.append({"label": f"Batch {queue.batch}", "url": _review_url("/review", ReviewQueue(filters))})
    return found


def _just_accepted(image_id: int | None) -> Image | None:
    """Return the picture that was accepted just now, so that a reader without JavaScript can take it back."""
    if not image_id or not _reviewed_count():
        return None
    image = db.session().get(Image, image_id)
    return image if image and image.status == "ready" and image.trashed_at is None else None
