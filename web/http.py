"""What every answer and every request has in common: errors, headers, the cross-site guard, the upload limit."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Request, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from errors import AppError, BadRequest, Forbidden, Invalid, TooLarge, Unavailable, UnsupportedType
from features.images import StaleVersion
from utils import CappedFile, clean_filename, human_size
from web import image_json

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SENTENCES = {
    400: ("bad_request", "This request could not be read."),
    401: ("unauthorized", "Please sign in first."),
    403: ("forbidden", "This is not allowed here."),
    404: ("not_found", "There is nothing at this address."),
    405: ("bad_request", "This address does not work that way."),
    413: ("too_large", "That is more than can be taken at once."),
    415: ("unsupported_type", "This kind of content is not understood here."),
    422: ("invalid", "Something in this request does not fit."),
    503: ("unavailable", "The database does not answer right now. Nothing is lost; try again in a moment."),
}
BROKEN = "Something went wrong on our side. Nothing you wrote was changed."
# Digits of an id that the database can hold for certain.
LONGEST_NUMBER = 18
PORT = re.compile(r":\d+$")
log = logging.getLogger(__name__)


class UploadStream(CappedFile):
    """Take one file of a form; one that goes on and on after its limit ends the whole request with TooLarge."""

    def __init__(self, folder: Path, limit: int, filename: str) -> None:
        super().__init__(folder, limit)
        self.filename = filename

    def write(self, data: Any) -> int:
        """Take in the next bytes; past the limit they are counted, past twice the limit nothing more is read."""
        taken = super().write(data)
        if self.size > 2 * self.limit:
            raise TooLarge(
                f"{clean_filename(self.filename)} is far larger than {human_size(self.limit)}, which is the limit. "
                "Nothing was added; leave it out and send the others again.",
                field="files",
            )
        return taken


class UploadRequest(Request):
    """A request whose files are spooled to the instance folder with a limit for each one."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body as JSON; one nested too deeply to be read counts as broken.

        A form of any website can send text that reads as JSON, but not under the name of JSON. Raises UnsupportedType.
        """
        if not self.is_json and self.get_data():
            raise UnsupportedType(
                "JSON is understood here. Send it with the header Content-Type: application/json."
            )
        try:
            return super().get_json(force, silent, cache)
        except RecursionError:
            return None if silent else super().on_json_loading_failed(ValueError("nested too deeply"))

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Read no body at all as an empty object, so that a call without choices needs none."""
        return super().on_json_loading_failed(e) if self.get_data() else {}

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> UploadStream:
        folder: Path = current_app.extensions["aim"].temporary
        folder.mkdir(parents=True, exist_ok=True)
        stream = UploadStream(folder, current_app.config["MAX_FILE_BYTES"], filename or "")
        self.__dict__.setdefault("spooled", []).append(stream)
        return stream

    def close(self) -> None:
        """Remove the spooled files, also those of a form that was never read to its end."""
        super().close()
        for stream in self.__dict__.get("spooled", ()):
            stream.close()


def register(app: APIFlask) -> None:
    """Give the application its request class, guard, headers and error answers."""
    app.request_class = UploadRequest
    app.before_request(refuse_unknown_host)
    app.before_request(refuse_cross_site)
    app.before_request(limit_body)
    app.after_request(add_headers)
    app.register_error_handler(AppError, on_app_error)
    app.register_error_handler(HTTPError, on_api_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(PoolTimeout, on_database_error)
    app.register_error_handler(Exception, on_unexpected)


def refuse_unknown_host() -> None:
    """Answer only to our own names, so that no other site can point its name at this server; raises BadRequest.

    Flask's TRUSTED_HOSTS is not used: it never matches an IPv6 address and leaves no way to build an error page.
    """
    name = PORT.sub("", request.host).lower()
    if name not in current_app.config["ALLOWED_HOSTS"]:
        raise BadRequest("This page cannot be reached by that name. ALLOWED_HOSTS lists those that work.")


def limit_body() -> None:
    """Keep a body that is no form with files small: it is read into memory whole."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = request.max_form_memory_size


def refuse_cross_site() -> None:
    """Let only our own pages, and programs that are no browser, change anything; raises Forbidden."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # Whatever is not known to be ours is foreign: no browser sends anything else.
    foreign = site not in (None, "same-origin", "none") or (
        origin is not None and _host_of(origin) != request.host
    )
    if foreign:
        raise Forbidden("This request came from another website and was stopped.")


def _host_of(address: str) -> str:
    """Give the host and port of an address; empty when it is not one."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def add_headers(response: Response) -> Response:
    """Put the security headers on an answer that has none of its own; pages and data are never cached."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "bootstrap.static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def wants_json() -> bool:
    """Tell whether the caller is a script rather than somebody reading a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def error_body(error: AppError) -> dict[str, Any]:
    """Shape an error as the contract has it."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field:
        body["field"] = error.field
    answer: dict[str, Any] = {"error": body}
    if isinstance(error, StaleVersion):
        answer["current"] = image_json.of(error.current)
    return answer


def on_app_error(error: AppError) -> ResponseReturnValue:
    """Answer a named error as JSON or as a page."""
    if wants_json():
        response = make_response(jsonify(error_body(error)), error.status)
    else:
        page = render_template(
            "errors/error.html", status=error.status, code=error.code, message=error.message
        )
        response = make_response(page, error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an error of the framework in our own words."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    answer = on_app_error(_plain(status))
    if status == 405 and isinstance(answer, Response):
        answer.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    return answer


def on_api_error(error: HTTPError) -> ResponseReturnValue:
    """Answer what the schema refused: the first field and why, in the contract's shape."""
    if error.status_code == 422 and isinstance(error.detail, dict):
        for place in error.detail.values():
            for name, messages in place.items():
                return on_app_error(_misfit(str(name), str(messages[0])))
    return on_app_error(_plain(error.status_code))


def _misfit(name: str, message: str) -> Invalid:
    """Say in plain words what pydantic found: an unknown field, a missing one, or a value that does not fit."""
    if name == "_schema":
        return Invalid("The request must be a JSON object.")
    field = name.split(".")[0]
    if message.startswith("Extra inputs"):
        unknown = name.rpartition(".")[2][:60]
        return Invalid(f"There is no field called {unknown}.", field=field[:60])
    if message == "Field required":
        return Invalid(f"{field} is missing.", field=field)
    return Invalid(f"{field}: {message.replace('Input should', 'This should')}.", field=field)


def on_database_error(error: Exception) -> ResponseReturnValue:
    """Say that the database is away, when that is what happened."""
    away = isinstance(error, PoolTimeout) or (
        isinstance(error, DBAPIError)
        and (isinstance(error, OperationalError) or error.connection_invalidated)
    )
    if not away:
        return on_unexpected(error)
    log.warning("The database does not answer: %s", type(error).__name__)
    return on_app_error(Unavailable(SENTENCES[503][1], retry_after=5))


def on_unexpected(error: Exception) -> ResponseReturnValue:
    """Log a bug with an id and show only the id."""
    number = secrets.token_hex(4)
    log.error("Error %s at %s %s", number, request.method, request.endpoint, exc_info=error)
    broken = AppError(f"{BROKEN} If it happens again, report it as error {number}.")
    return on_app_error(broken)


def _plain(status: int) -> AppError:
    code, sentence = SENTENCES.get(status, ("bad_request" if status < 500 else "unavailable", BROKEN))
    error = AppError(sentence)
    error.status, error.code = status, code
    return error


def version_of(form: Mapping[str, str]) -> int:
    """Read the version a plain form was made from; raises BadRequest."""
    try:
        return int(form.get("version", ""))
    except ValueError:
        raise BadRequest("This form is incomplete. Open the page again.") from None


def form_text(value: str) -> str:
    """Undo what a browser does to a text area on its way: line ends become CR LF."""
    return value.replace("\r\n", "\n")


def before() -> int | None:
    """Give the id before which a list that goes back in time goes on; None for its first page. Raises Invalid."""
    raw = request.args.get("before", "")
    if not raw:
        return None
    if not raw.isascii() or not raw.isdigit() or len(raw) > LONGEST_NUMBER:
        raise Invalid("before: this should be a number.", field="before")
    return int(raw)
