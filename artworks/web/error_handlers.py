"""How what went wrong is answered: as JSON or as a page, in one shape and in plain words."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from typing import Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from artworks.adapters.postgres.health import FULL, READ_ONLY, REFUSED, reason, sqlstate
from artworks.adapters.storage.folder_errors import NO_ROOM_CODES
from artworks.core.errors import AppError, StorageFull, Unavailable
from artworks.core.versions import Stale
from artworks.dependents.belongings import Undecided
from artworks.images.image import StaleVersion
from artworks.web import belongings_form, context, image_json
from artworks.web.schemas import invalid_from_pydantic
from artworks.web.security import SAFE_METHODS

SENTENCES = {
    400: ("bad_request", "This request could not be read."),
    401: ("unauthorized", "Please sign in first."),
    403: ("forbidden", "This is not allowed here."),
    404: ("not_found", "There is nothing at this address."),
    405: ("bad_request", "This address does not work that way."),
    408: ("timeout", "This came too slowly, so it was given up. Send it again over a better line."),
    413: ("too_large", "That is more than can be taken at once."),
    415: ("unsupported_type", "This kind of content is not understood here."),
    422: ("invalid", "Something in this request does not fit."),
    503: ("unavailable", "The database does not answer right now. Nothing is lost; try again in a moment."),
}
# The same for whoever was saving something. When a connection breaks, the last change may be saved or not.
SAVING = {
    FULL: "The disk of the database is full, so this was not saved. Keep a copy of what you typed, and try again once"
    " there is room on that disk.",
    READ_ONLY: "The database can only be read at the moment, so this was not saved. Keep a copy of what you typed, and"
    " try again later.",
    "refused": "The database does not let this program do this at the moment, so this was not saved. Keep a copy of"
    " what you typed, and tell whoever runs the program: its log has the reason.",
    "": "The database does not answer right now, so this may not have been saved. Look again in a moment.",
}
READING = {
    FULL: "The disk of the database is full, so this page could not be made. Try again once there is room there.",
    READ_ONLY: "The database can only be read at the moment, so this page could not be made. Try again later.",
    "refused": "The database does not let this program do this at the moment, so this page could not be made. Tell"
    " whoever runs the program: its log has the reason.",
    "": SENTENCES[503][1],
}
BROKEN = "Something went wrong on our side."
# Nobody knows how far a call came that broke off, so nothing is claimed.
UNCERTAIN = "Look whether your change was saved before you make it again."
NO_ROOM = "There is no room left on a disk of this program. Whoever runs it has to make some."
# The same reason is logged once in so many seconds.
QUIET_SECONDS = 10.0
_quiet_until: dict[str, float] = {}
_logging = threading.Lock()
log = logging.getLogger(__name__)


def register(app: APIFlask) -> None:
    """Answer every error of the application here."""
    app.register_error_handler(AppError, on_app_error)
    app.register_error_handler(HTTPError, on_api_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(PoolTimeout, on_database_error)
    app.register_error_handler(Exception, on_unexpected)


def wants_json() -> bool:
    """Return whether the caller is a script rather than somebody reading a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def error_body(error: AppError) -> dict[str, Any]:
    """Return an error in the shape of the contract."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field:
        body["field"] = error.field
    if details := details_for_caller(error):
        body["details"] = details
    answer: dict[str, Any] = {"error": body}
    if isinstance(error, StaleVersion):
        answer["current"] = image_json.image_to_json(error.current)
    elif isinstance(error, Stale):
        answer["current"] = error.current
    elif isinstance(error, Undecided):
        answer["belongings"] = belongings_form.as_json(error)
    return answer


def details_for_caller(error: AppError) -> str:
    """Return what a server outside said, for owners alone; it is nobody else's business."""
    return error.details if error.details and context.actor().may("owner") else ""


def sentence_for_caller(error: AppError) -> str:
    """Return the sentence of an error, for owners with what a server outside said."""
    details = details_for_caller(error)
    return f"{error.message} The service said: “{details}”" if details else error.message


def on_app_error(error: AppError) -> ResponseReturnValue:
    """Answer a named error as JSON or as a page."""
    if wants_json():
        response = make_response(jsonify(error_body(error)), error.status)
    else:
        page = render_template(
            "errors/error.html", status=error.status, code=error.code, message=sentence_for_caller(error)
        )
        response = make_response(page, error.status)
    ask_for_retry(response, error)
    return response


def ask_for_retry(response: Response, error: AppError | None) -> None:
    """Add Retry-After to an answer, where it is known when another try is worth it."""
    if error is not None and error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an error of the framework in our own words."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    answer = on_app_error(_error_of_status(status))
    if status == 405 and isinstance(answer, Response):
        answer.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    return answer


def on_api_error(error: HTTPError) -> ResponseReturnValue:
    """Answer what the schema refused: the first field and why, in the contract's shape."""
    if error.status_code == 422 and isinstance(error.detail, dict):
        for place in error.detail.values():
            for name, messages in place.items():
                return on_app_error(invalid_from_pydantic(str(name), str(messages[0])))
    return on_app_error(_error_of_status(error.status_code))


def on_database_error(error: Exception) -> ResponseReturnValue:
    """Answer that the database is away, full or for reading only, when that is what happened."""
    named = database_error(error, saving=request.method not in SAFE_METHODS)
    return on_app_error(named) if named else on_unexpected(error)


def database_error(error: Exception, *, saving: bool) -> AppError | None:
    """Return what happened to the database, and log it; None when it refused something that is a bug of ours."""
    sentences = SAVING if saving else READING
    state = sqlstate(error)
    if state in (FULL, READ_ONLY):
        _log(logging.ERROR, f"The database saves nothing: {reason(error)}")
        return (
            StorageFull(sentences[FULL]) if state == FULL else Unavailable(sentences[state], retry_after=60)
        )
    if state in REFUSED:
        _log(
            logging.ERROR,
            f"The database refuses what the program needs: {reason(error)}. What mends it: python main.py check",
        )
        return Unavailable(sentences["refused"], retry_after=60)
    away = isinstance(error, PoolTimeout | OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not away:
        return None
    _log(logging.WARNING, f"The database does not answer: {reason(error)}")
    return Unavailable(sentences[""], retry_after=5)


def _log(level: int, line: str) -> None:
    """Log a line about the database, unless this process did so a moment ago: each request would say it again."""
    now = time.monotonic()
    with _logging:
        for one in [one for one, until in _quiet_until.items() if until <= now]:
            del _quiet_until[one]
        if line in _quiet_until:
            return
        _quiet_until[line] = now + QUIET_SECONDS
    log.log(level, "%s", line)


def on_unexpected(error: Exception) -> ResponseReturnValue:
    """Log a bug with an id and show only the id."""
    number = secrets.token_hex(4)
    log.error("Error %s at %s %s", number, request.method, request.endpoint, exc_info=error)
    if isinstance(error, OSError) and error.errno in NO_ROOM_CODES:
        return on_app_error(StorageFull(f"{NO_ROOM} {_ask_to_look()}".rstrip()))
    broken = AppError(" ".join(filter(None, (BROKEN, _ask_to_look(), _ask_to_report(number)))))
    return on_app_error(broken)


def _ask_to_look() -> str:
    """Return what to do first, for a request that may have changed something."""
    return "" if request.method in SAFE_METHODS else UNCERTAIN


def _ask_to_report(number: str) -> str:
    return f"If it happens again, report it as error {number}."


def _error_of_status(status: int) -> AppError:
    code, sentence = SENTENCES.get(status, ("bad_request" if status < 500 else "unavailable", BROKEN))
    error = AppError(sentence)
    error.status, error.code = status, code
    return error
