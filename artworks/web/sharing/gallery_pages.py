"""What a client sees of a shared gallery: the pictures, one of them large, and their bytes. Nothing leads further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from artworks.core import security
from artworks.core.actor import Actor
from artworks.core.errors import (
    AppError,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from artworks.images import files as image_files
from artworks.imaging.rendition_kinds import KINDS, LATER_KINDS
from artworks.sharing import favourites
from artworks.sharing import gallery as galleries
from artworks.sharing.gallery import GalleryClosed, GallerySlice
from artworks.studio import contact
from artworks.web import context
from artworks.web.error_handlers import ask_for_retry, error_body, wants_json
from artworks.web.favourites import form as favourite_form
from artworks.web.favourites import visitor
from artworks.web.favourites.form import Sent
from artworks.web.forms import int_or_none, parse_id
from artworks.web.images import file_pages, viewer_pages
from artworks.web.permissions import anonymous
from artworks.web.sharing import gallery_pass, link_preview
from artworks.web.sharing.gallery_images import SHARED_KINDS, sizes
from models import Image, ShareLink, db
from utils import MEDIA_TYPES, clean_filename

pages = APIBlueprint("gallery", __name__, url_prefix="/share", enable_openapi=False)
# So many that the page stays below 60 kB with all but its pictures: it holds a secret, so it is sent as it is.
PICTURES_A_PAGE = 30
# Whose sentences are written for a client; others may name a file or the program.
FOR_CLIENTS = (BadRequest, Conflict, Forbidden, GalleryClosed, Invalid, RateLimited, TooLarge, Unauthorized)


@pages.after_request
def keep_out(response: Response) -> Response:
    """Tell search engines to stay away; the address is a secret."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.context_processor
def names() -> dict[str, Any]:
    """Return what all templates of galleries use."""
    config = context.dependencies().installation.known.config
    return {"contact": contact.of(config), "sizes": sizes, "shared_kinds": SHARED_KINDS}


@pages.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Answer that there cannot be as much to send."""
    return closed(TooLarge("That is more than can be taken at once."))


@pages.errorhandler(AppError)
def closed(error: AppError) -> ResponseReturnValue:
    """Show that there is nothing to see, without a way into the program and without a word about it."""
    if not isinstance(error, FOR_CLIENTS):
        told = AppError("This picture cannot be shown just now.", retry_after=error.retry_after)
        told.status, told.code = error.status, error.code
        error = told
    answer = {"error": error_body(error)["error"]} if wants_json() else ""
    response = make_response(answer or render_template("sharing/gallery/closed.html", message=error.message))
    response.status_code = error.status
    ask_for_retry(response, error)
    return response


@pages.get("/<key>")
@anonymous
def index(key: str) -> ResponseReturnValue:
    """Show one page of the pictures, or ask for the passcode."""
    share = _share(key)
    if not gallery_pass.has_pass(share):
        return _passcode_page(key)
    after = request.args.get("after", "")
    page = _index_page(share, key, after)
    if not after and not context.actor().named and not link_preview.is_robot():
        galleries.count_view(db.session(), share)
        db.session.commit()
    return page


def _index_page(
    share: ShareLink, key: str, after: str, sent: Sent | None = None, mistake: AppError | None = None
) -> str:
    page = galleries.list_images(db.session(), share, PICTURES_A_PAGE, parse_id(after))
    cover = page.images[0] if page.images else None
    alt = (cover and (cover.alt_text or (share.with_words and cover.post_title))) or share.title
    said = link_preview.describe(share, page.total)
    return render_template(
        "sharing/gallery/index.html",
        key=key,
        share=share,
        page=page,
        after=after,
        preview=link_preview.of(share, share.title, said, cover, alt, key),
        **_choice(share, sent, mistake),
    )


def _choice(share: ShareLink, sent: Sent | None = None, mistake: AppError | None = None) -> dict[str, Any]:
    """Return what the page's form of favourites begins with: what was sent before, or was sent now and refused."""
    mine = visitor.key_of(share)
    found = favourites.choice_of(db.session(), share, mine) if mine else None
    ids = found.image_ids if found else ()
    name = found.visitor.name if found else ""
    return {
        "sent": ids,
        "chosen": sent.ids if sent else ids,
        "visitor_name": sent.name[: favourite_form.LONGEST_TYPED] if sent else name,
        "once": "" if mine else (sent and sent.once) or security.new_key(),
        "mistake": mistake,
    }


@pages.post("/<key>/favourites")
@anonymous
def send_favourites(key: str) -> ResponseReturnValue:
    """Keep what somebody chose, with a plain form or from the page's script; with a mistake the page comes back."""
    share = _share(key)
    if not gallery_pass.has_pass(share):
        raise Forbidden("This gallery asks for its passcode again. Load the page, then send your choice.")
    sent = favourite_form.read()
    own_key = visitor.key_from_form(share, sent.once)
    try:
        choice = favourites.send(
            db.session(), db.session.commit, share, own_key, sent.name, sent.ids, actor=_client(), shown=sent.shown
        )  # fmt: skip
    except (Invalid, Conflict, RateLimited) as error:
        db.session.rollback()
        if request.is_json:
            raise
        page = _index_page(share, key, request.form.get("after", ""), sent, error)
        response = make_response(page, error.status)
        ask_for_retry(response, error)
        return response
    db.session.commit()
    if request.is_json:
        response = make_response({"ids": choice.image_ids if choice else ()})
    else:
        response = make_response(redirect(f"{_goal(share, key)}#favourites", 303))
    visitor.set_key(response, share, f"/share/{key}", own_key)
    return response


@pages.get("/<key>/enter")
@pages.get("/<key>/favourites")
@anonymous
def form(key: str) -> ResponseReturnValue:
    """Lead back to the gallery, for whoever loads the answer to a form again."""
    return redirect(f"/share/{key}", 303)


@pages.get("/<key>/")
@pages.get("/<key>/<path:_rest>")
@anonymous
def elsewhere(key: str, _rest: str = "") -> ResponseReturnValue:
    """Lead an address that was given a slash to its gallery; to a client there is nothing else below one."""
    if not _rest:
        return redirect(f"/share/{key}")
    _share(key)
    raise GalleryClosed("There is nothing at this address.")


@pages.post("/<key>/enter")
@anonymous
def enter(key: str) -> ResponseReturnValue:
    """Let whoever knows the passcode look at the pictures."""
    share = _share(key)
    if share.passcode_hash is not None:
        try:
            galleries.check_passcode(
                db.session(), db.session.commit, share, request.form.get("passcode", ""), _client()
            )
        except Unauthorized as error:
            return make_response(_passcode_page(key, mistake=error.message), error.status)
        db.session.commit()
    response = redirect(_goal(share, key), 303)
    if share.passcode_hash is not None:
        gallery_pass.set_pass(response, share, key)
    return response


@pages.get("/<key>/<int:image_id>")
@anonymous
def picture(key: str, image_id: int) -> ResponseReturnValue:
    """Show one picture large, with the way to the one before and the one after."""
    share = _share(key)
    if not gallery_pass.has_pass(share):
        return redirect(f"/share/{key}?picture={image_id}", 303)
    hung = galleries.gallery_image(db.session(), share, image_id)
    image = hung.image
    name = (share.with_words and image.post_title) or f"Picture {hung.number}"
    said = (share.with_words and image.description) or share.title
    return render_template(
        "sharing/gallery/picture.html",
        key=key,
        share=share,
        hung=hung,
        image=image,
        name=name,
        preview=link_preview.of(share, name, said, image, image.alt_text or name, key),
        **_choice(share),
    )


@pages.get(f"/<key>/<int:image_id>/<any({', '.join(KINDS)}, original):kind>")
@anonymous
def picture_bytes(key: str, image_id: int, kind: str) -> Response:
    """Serve the bytes of a picture, asked for anew each time, so that a revoked gallery is closed at once."""
    share = _share(key)
    if not gallery_pass.has_pass(share) or kind not in _kinds(share):
        raise GalleryClosed("This picture is not in the gallery, or not any more.")
    image = galleries.find_image(db.session(), share, image_id)
    # Whoever has no account counts by the address, for each gallery by itself.
    receiver = "" if context.actor().named else f"{context.receiver()} gallery {share.id}"
    if kind == "original":
        response = _original(share, image, receiver)
    else:
        response = _rendition(image, kind, receiver)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.pop("Expires", None)
    if "attachment" not in response.headers.get("Content-Disposition", ""):
        # It would tell the name under which the file is kept.
        response.headers.pop("Content-Disposition", None)
    return response


def _rendition(image: Image, kind: str, receiver: str) -> Response:
    """Send a small copy: one that every picture has in place of one that cannot be made at this moment."""
    try:
        return file_pages.send_rendition(image, kind, receiver)
    except (RateLimited, Unavailable):
        if kind not in LATER_KINDS:
            raise
    return file_pages.send_rendition(image, "preview", receiver)


@pages.get("/<key>/<int:image_id>/neighbours")
@anonymous
def neighbours(key: str, image_id: int) -> ResponseReturnValue:
    """Show the viewer with a picture and those beside it in the gallery, or with `way` only some more of these."""
    share, way = _share(key), request.args.get("way", "")
    if not gallery_pass.has_pass(share):
        raise Unauthorized("This gallery asks for its passcode. Load the page again.")
    if way:
        found = galleries.beside(db.session(), share, image_id, way)
        return render_template("images/_strip.html", strip=_strip(share, key, found))
    hung = galleries.gallery_image(db.session(), share, image_id)
    before, after = (galleries.beside(db.session(), share, image_id, side) for side in ("before", "after"))
    found = GallerySlice(
        [*before.images, hung.image, *after.images],
        hung.number - len(before.images),
        before.starts,
        after.ends,
    )
    here = {
        "strip": _strip(share, key, found),
        "number": found.number,
        "total": hung.total,
        "shown": image_id,
    }
    return render_template("images/_viewer.html", **here)


def _kinds(share: ShareLink) -> Sequence[str]:
    """Return what a client may see of a picture."""
    return (*KINDS, "original") if share.with_originals else SHARED_KINDS


def _strip(share: ShareLink, key: str, found: GallerySlice) -> dict[str, Any]:
    here = f"/share/{key}"
    images = [
        viewer_pages.viewer_item(
            image,
            page=f"{here}/{image.id}",
            name=(share.with_words and image.post_title) or f"Picture {number}",
            note=image.description if share.with_words else "",
            kinds=[kind for kind in viewer_pages.KINDS if kind in _kinds(share)],
            original=f"{here}/{image.id}/original" if share.with_originals else None,
            below=here,
        )
        for number, image in enumerate(found.images, found.number)
    ]
    return {"images": images, "starts": found.starts, "ends": found.ends}


def _passcode_page(key: str, mistake: str = "") -> str:
    """Ask for the passcode, and keep what was asked for: one picture, or a later page of them."""
    kept = {name: request.values.get(name, "") for name in ("picture", "after")}
    return render_template("sharing/gallery/passcode.html", key=key, mistake=mistake, kept=kept)


def _goal(share: ShareLink, key: str) -> str:
    """Return where the passcode leads: to what was asked for if it is in the gallery, else to its front page."""
    for name, address in (("picture", f"/share/{key}/"), ("after", f"/share/{key}?after=")):
        given = int_or_none(request.form.get(name, ""))
        if given is None:
            continue
        try:
            return f"{address}{galleries.find_image(db.session(), share, given).id}"
        except GalleryClosed:
            continue
    return f"/share/{key}"


def _share(key: str) -> ShareLink:
    """Return the gallery that the address opens; raises Closed and RateLimited."""
    return galleries.open_by(db.session(), db.session.commit, key, context.address())


def _client() -> Actor:
    """Return who looks: somebody who is signed in, else a client known by nothing but the address."""
    actor = context.actor()
    return actor if actor.role else Actor(way="share", address=context.address())


def _original(share: ShareLink, image: Image, receiver: str) -> Response:
    if not image_files.has_original(context.dependencies().storage, image):
        raise NotFound("The file of this picture is missing.")
    known = image.media_type in MEDIA_TYPES
    name = _file_name(share, image) if request.args.get("download") == "1" else None
    return file_pages.send(
        image.stored_filename, (known and image.media_type) or file_pages.UNKNOWN, name, receiver
    )


def _file_name(share: ShareLink, image: Image) -> str:
    """Return a download's name from what the client sees anyway: its own file name may tell more than it should."""
    shown = (share.with_words and image.post_title) or f"{share.title} {image.id}"
    ending = MEDIA_TYPES.get(image.media_type or "", "bin")
    return clean_filename(f"{shown.replace('/', '-')}.{ending}".replace("\\", "-"))
