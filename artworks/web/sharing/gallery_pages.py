"""What a client sees of a shared gallery: the pictures, one of them large, and their bytes. Nothing leads further."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.actor import Actor
from artworks.core.errors import AppError, BadRequest, Forbidden, NotFound, RateLimited, Unauthorized
from artworks.images import files as image_files
from artworks.imaging.rendition_kinds import KINDS
from artworks.sharing import gallery as galleries
from artworks.sharing.gallery import GalleryClosed
from artworks.web import context
from artworks.web.error_handlers import error_body, wants_json
from artworks.web.forms import int_or_none, parse_id
from artworks.web.images import file_pages
from artworks.web.permissions import anonymous
from artworks.web.sharing import gallery_pass
from models import Image, ShareLink, db
from utils import MEDIA_TYPES, clean_filename

pages = APIBlueprint("gallery", __name__, url_prefix="/share", enable_openapi=False)
PICTURES_A_PAGE = 60
# Whose sentences are written for a client; others may name a file or the program.
FOR_CLIENTS = (GalleryClosed, BadRequest, Forbidden, RateLimited, Unauthorized)


@pages.after_request
def keep_out(response: Response) -> Response:
    """Tell search engines to stay away; the address is a secret."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


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
    if error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


@pages.get("/<key>")
@anonymous
def index(key: str) -> ResponseReturnValue:
    """Show one page of the pictures, or ask for the passcode."""
    share = _share(key)
    if not gallery_pass.has_pass(share):
        return _passcode_page(key)
    after = request.args.get("after", "")
    page = galleries.list_images(db.session(), share, PICTURES_A_PAGE, parse_id(after))
    if not after and not context.actor().named:
        galleries.count_view(db.session(), share)
        db.session.commit()
    return render_template("sharing/gallery/index.html", key=key, share=share, page=page)


@pages.get("/<key>/enter")
@anonymous
def form(key: str) -> ResponseReturnValue:
    """Lead back to the gallery, for whoever loads the page of a wrong passcode again."""
    return redirect(f"/share/{key}", 303)


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
    return render_template("sharing/gallery/picture.html", key=key, share=share, hung=hung, image=hung.image)


@pages.get(f"/<key>/<int:image_id>/<any({', '.join(KINDS)}, original):kind>")
@anonymous
def picture_bytes(key: str, image_id: int, kind: str) -> Response:
    """Serve the bytes of a picture, asked for anew each time, so that a revoked gallery is closed at once."""
    share = _share(key)
    # Larger than a preview is what comes near an original.
    if not gallery_pass.has_pass(share) or (kind in ("original", "viewer") and not share.with_originals):
        raise GalleryClosed("This picture is not in the gallery, or not any more.")
    image = galleries.find_image(db.session(), share, image_id)
    # Whoever has no account counts by the address, for each gallery by itself.
    receiver = "" if context.actor().named else f"{context.receiver()} gallery {share.id}"
    if kind == "original":
        response = _original(share, image, receiver)
    else:
        response = file_pages.send_rendition(image, kind, receiver)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.pop("Expires", None)
    if "attachment" not in response.headers.get("Content-Disposition", ""):
        # It would tell the name under which the file is kept.
        response.headers.pop("Content-Disposition", None)
    return response


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
