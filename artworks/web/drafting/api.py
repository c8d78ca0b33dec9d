"""Asking for words: generate and refine, as one answer or streamed as they are written."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

from apiflask import APIBlueprint
from flask import Response, flash, request, stream_with_context
from flask.typing import ResponseReturnValue

from artworks.core.errors import AppError, Invalid, NotFound, RateLimited
from artworks.core.text import clean
from artworks.dependencies import BUSY, BUSY_SECONDS
from artworks.drafting import draft as drafting
from artworks.drafting.draft import Outcome
from artworks.drafting.request import NO_FEEDBACK, DraftOptions
from artworks.web import context, forms, image_json
from artworks.web.drafting.schemas import DraftOut, Generate, Refine
from artworks.web.error_handlers import BROKEN, UNCERTAIN, database_error, error_body, sentence_for_caller
from artworks.web.images.presenters import undo_url
from artworks.web.permissions import requires
from artworks.web.urls import redirect_to_image

api = APIBlueprint("generation", __name__, url_prefix="/api/images/<int:image_id>", tag="Words")
pages = APIBlueprint("generation_pages", __name__, url_prefix="/images/<int:image_id>", enable_openapi=False)
EVENT_STREAM = "text/event-stream"
# Seconds between comments that keep the stream open; the first one that cannot be sent shows that the reader has gone.
HEARTBEAT = 1.0
ERRORS = [404, 422, 429, 502, 503, 504]
log = logging.getLogger(__name__)


@api.post("/generate")
@requires("editor")
@api.input(Generate)
@api.output(DraftOut)
@api.doc(responses=ERRORS)
def generate(image_id: int, json_data: Generate) -> ResponseReturnValue:
    """Write the empty fields; words beside a person's own wait as a suggestion."""
    return _draft_response(image_id, _options_of(json_data))


@api.post("/refine")
@requires("editor")
@api.input(Refine)
@api.output(DraftOut)
@api.doc(responses=ERRORS)
def refine(image_id: int, json_data: Refine) -> ResponseReturnValue:
    """Write a new suggestion from the words as they are and the feedback."""
    return _draft_response(image_id, _options_of(json_data))


def _options_of(given: Generate | Refine) -> DraftOptions:
    """Return what a draft is asked for; raises Invalid."""
    fields = None if given.fields is None else tuple(dict.fromkeys(given.fields))
    return DraftOptions(fields, **given.model_dump(exclude={"fields"}))


@pages.post("/generate")
@requires("editor")
def generate_page(image_id: int) -> ResponseReturnValue:
    """Write words for a reader without JavaScript."""
    return _draft_and_redirect(image_id, _options_of(forms.read(Generate, request.form, ())))


@pages.post("/refine")
@requires("editor")
def refine_page(image_id: int) -> ResponseReturnValue:
    """Refine for a reader without JavaScript; what was typed comes back when it fails."""
    feedback = forms.form_text(request.form.get("feedback", ""))
    try:
        given = forms.check(Refine, {"feedback": clean(feedback, "feedback")}, {"feedback": NO_FEEDBACK})
        return _draft_and_redirect(image_id, _options_of(given), feedback=feedback)
    except Invalid as error:
        flash(error.message, "danger")
        return redirect_to_image(image_id, feedback=feedback)


def _draft_and_redirect(image_id: int, options: DraftOptions, **typed: str) -> ResponseReturnValue:
    try:
        drafting.draft_image(context.transactions(), context.dependencies(), image_id, options)
    except NotFound:
        raise
    except AppError as error:
        flash(sentence_for_caller(error), "danger")
        return redirect_to_image(image_id, **typed)
    return redirect_to_image(image_id)


def _draft_response(image_id: int, options: DraftOptions) -> ResponseReturnValue:
    context.image(image_id)
    # The request's own connection goes back to the pool before the slow part.
    context.release_connection()
    if request.accept_mimetypes.best == EVENT_STREAM:
        return _event_stream(image_id, options)
    return _outcome_to_json(
        drafting.draft_image(context.transactions(), context.dependencies(), image_id, options)
    )


def _outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    image = image_json.image_to_json(outcome.image)
    waits = image["suggestion"] if outcome.suggested else None
    return {
        "image": image,
        "suggestion": waits,
        "usage": {
            "input_tokens": outcome.usage.input_tokens,
            "output_tokens": outcome.usage.output_tokens,
            "usd": float(outcome.usage.usd),
            "at_most_usd": float(outcome.usage.at_most_usd),
        },
        "source": outcome.source,
        "warnings": list(outcome.problems),
        "undo": undo_url(image["id"], outcome.revision_ids, waits["id"] if waits else None)
        if outcome.revision_ids or waits
        else None,
        # That of the placeholder writer is about itself, and stands with its suggestions.
        "note": outcome.note if outcome.source == "openai" else "",
    }


def _event_data(data: dict[str, Any] | Outcome | AppError) -> dict[str, Any]:
    """Return what a draft brought as JSON; here and not in its thread, because addresses need the request."""
    if isinstance(data, Outcome):
        return _outcome_to_json(data)
    if isinstance(data, AppError):
        return {**error_body(data), "retry_after": data.retry_after}
    return data


def _event_stream(image_id: int, options: DraftOptions) -> Response:
    """Answer with server-sent events; the draft runs in a thread so that a silent service can be left at any time."""
    # Its thread is held for as long as somebody reads it, or does not.
    place = context.transfers().take_at_once()
    if place is None:
        raise RateLimited(BUSY, retry_after=BUSY_SECONDS)
    events: SimpleQueue[tuple[str, dict[str, Any] | Outcome | AppError] | None] = SimpleQueue()
    reader_left = threading.Event()
    begin, dependencies = context.transactions(), context.dependencies()

    def work() -> None:
        try:
            outcome = drafting.draft_image(
                begin,
                dependencies,
                image_id,
                options,
                lambda fields: events.put(("partial", {"fields": fields})),
                reader_left.is_set,
            )
            events.put(("done", outcome))
        except AppError as error:
            events.put(("error", error))
        except Exception as error:
            named = database_error(error, saving=True)
            if named is None:
                log.exception("A streamed draft for picture %d failed.", image_id)
            events.put(("error", named or AppError(f"{BROKEN} {UNCERTAIN}")))
        finally:
            events.put(None)

    def stream() -> Iterator[str]:
        worker = threading.Thread(target=work, name=f"draft-{image_id}")
        worker.start()
        try:
            yield ": begun\n\n"
            while True:
                try:
                    event = events.get(timeout=HEARTBEAT)
                except Empty:
                    yield ": still writing\n\n"
                    continue
                if event is None:
                    return
                name, data = event
                yield f"event: {name}\ndata: {json.dumps(_event_data(data), ensure_ascii=False)}\n\n"
        finally:
            reader_left.set()
            worker.join()
            place.leave()

    # Proxies that gather answers before they pass them on would undo the streaming.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(stream_with_context(stream()), mimetype=EVENT_STREAM, headers=headers)
