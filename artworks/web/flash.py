"""What one page tells the next: what became of a change, how to take it back, and which typed words were taken.

In answers to scripts the way back is a link.
"""

from __future__ import annotations

import re

from apiflask import APIFlask
from flask import Response, after_this_request, flash, render_template, request
from markupsafe import Markup

from artworks.core.database import is_number

# Pages that an undo leads back to, besides the library.
RETURN_PAGES = re.compile(
    r"/(categories|collections|shared|tags|views)|/(batches|collections|images)/[0-9]{1,18}"
)

# The field with which static/js/words/form_words.js sends a form whose words it keeps, and the longest such number.
TYPED_NUMBER, LONGEST_TYPED = "typed_number", 20


def register(app: APIFlask) -> None:
    """Look after every request whether typed words were taken."""
    app.after_request(flash_taken)


def flash_taken(response: Response) -> Response:
    """Flash, for the script of the next page, the number of the words that this request took from a plain form."""
    # What nobody has read is not read here either: it may be too large.
    if request.method == "POST" and response.status_code < 400 and "form" in vars(request):
        number = request.form.get(TYPED_NUMBER, "")
        if is_number(number, LONGEST_TYPED):
            flash(number, "taken")
    return response


def flash_with_undo(text: str, bulk_edit_id: int | None, *, query: str = "", back: str = "") -> None:
    """Flash what became of a change, with a form that takes it back when there is something to take back.

    After that it leads to the page `back`, else to the library with the filters of `query`.
    """
    if bulk_edit_id is None:
        flash(text, "success")
        return
    # The template escapes what is in it.
    html = render_template(
        "bulk/_done.html", text=text, bulk_edit_id=bulk_edit_id, filter_query=query, back=back
    )
    flash(Markup(html), "success")  # noqa: S704


def flash_trashed(text: str, image_id: int) -> None:
    """Flash that a picture is in the trash, with a form that puts it back."""
    html = render_template("library/trash/_done.html", text=text, image_id=image_id)
    flash(Markup(html), "success")  # noqa: S704


def link_undo(url: str) -> None:
    """Name in the answer to this request the address to which a POST takes the change back."""

    @after_this_request
    def add_link(response: Response) -> Response:
        response.headers.add("Link", f'<{url}>; rel="undo"')
        return response


def link_bulk_undo(bulk_edit_id: int | None) -> None:
    """Name the undo of an action in the answer to this request; None is one that changed nothing."""
    if bulk_edit_id is not None:
        link_undo(bulk_undo_url(bulk_edit_id))


def bulk_undo_url(bulk_edit_id: int) -> str:
    """Return the address to which a POST takes an action back."""
    return f"/api/bulk-edits/{bulk_edit_id}/undo"


def flash_with_call(text: str, url: str, what: str) -> None:
    """Flash what became of a change that a POST to an address of the API takes back, for where scripts run.

    `what` says what is taken back.
    """
    html = Markup('<span data-undo="{}" data-undo-what="{}">{}</span>')
    flash(html.format(url, what, text), "success")


def return_page(back: str) -> str | None:
    """Return the page that a form wants to lead back to, when it is one of ours."""
    return back if RETURN_PAGES.fullmatch(back.partition("?")[0]) and back.isprintable() else None
