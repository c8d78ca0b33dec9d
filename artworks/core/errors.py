"""Named errors: a status, a code of the HTTP contract and one sentence for the person."""

from __future__ import annotations


class AppError(Exception):
    """Carry a failure that a person can read and act on.

    `message` is shown as it is, so it is written in plain words and never holds a secret, a path or an
    upstream answer. `field` names the form field it belongs to. `retry_after` is in seconds. `temporary` tells
    that the same call may well succeed later. `detail` is for the operator, in the log and in `check`: which
    folder or bucket, what is wrong with it and what to do; no secret either. `details` is what a server outside said,
    shortened and without secrets: owners read it beside the message, and nobody else does.
    """

    status = 500
    code = "unavailable"
    temporary = False

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        retry_after: float | None = None,
        detail: str | None = None,
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after
        self.detail = detail
        self.details = details


class BadRequest(AppError):
    """The request cannot be read (400)."""

    status, code = 400, "bad_request"


class Unauthorized(AppError):
    """Nobody is signed in (401)."""

    status, code = 401, "unauthorized"


class Forbidden(AppError):
    """Not allowed here (403)."""

    status, code = 403, "forbidden"


class NotFound(AppError):
    """There is nothing here, or not for this person (404)."""

    status, code = 404, "not_found"


class RequestTimeout(AppError):
    """A request that came too slowly (408)."""

    status, code = 408, "timeout"
    temporary = True


class Conflict(AppError):
    """Somebody changed it in between (409)."""

    status, code = 409, "conflict"


class TooLarge(AppError):
    """More bytes than allowed (413)."""

    status, code = 413, "too_large"


class UnsupportedType(AppError):
    """Not a PNG, JPEG or GIF (415)."""

    status, code = 415, "unsupported_type"


class OtherFormat(UnsupportedType):
    """A file of another kind: its name, where it is known, and whether it could be turned into a PNG or JPEG (415)."""

    def __init__(self, message: str, *, format: str | None = None, convertible: bool = False) -> None:
        super().__init__(message, field="files")
        self.format = format
        self.convertible = convertible


class DamagedFile(AppError):
    """A picture that cannot be decoded safely and wholly (422)."""

    status, code = 422, "damaged_file"


class Invalid(AppError):
    """A value that does not fit (422)."""

    status, code = 422, "invalid"


class RateLimited(AppError):
    """Too many calls for now; `retry_after` says when to come back (429)."""

    status, code = 429, "rate_limited"
    temporary = True


class OverBudget(AppError):
    """The month's money for AI is used up (429)."""

    status, code = 429, "over_budget"


class AIRefused(AppError):
    """The AI service declined to write about this picture (502)."""

    status, code = 502, "ai_refused"


class AIUnavailable(AppError):
    """The AI service failed or answered nonsense (502)."""

    status, code = 502, "ai_unavailable"
    temporary = True


class AIRejected(AIUnavailable):
    """The AI service does not take this request, and would not take it a second time (502)."""

    temporary = False


class AINonsense(AIUnavailable):
    """The AI service answered, and was paid, but the answer cannot be used (502)."""


class AINotConfigured(AIUnavailable):
    """Wrong key or no quota: only the operator can mend it (503)."""

    status = 503
    temporary = False


class AITimeout(AppError):
    """The AI service took too long (504)."""

    status, code = 504, "ai_timeout"
    temporary = True


class StorageFull(AppError):
    """There is no room left for the file (507)."""

    status, code = 507, "storage_full"


class Unavailable(AppError):
    """Something the program depends on is down (503)."""

    status, code = 503, "unavailable"
    temporary = True


class DecoderEnded(Unavailable):
    """The process that opened a picture ended or did not answer; the picture may well be good (503)."""


class StorageAway(Unavailable):
    """The place where pictures are kept cannot be used just now, and perhaps can in a moment (503)."""


class StorageUnusable(Unavailable):
    """The place where pictures are kept cannot be used until the operator mends it (503)."""

    temporary = False
