"""What an error of the object-store library means: its classes have no base class, and its texts hold addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from opendal import exceptions as opendal_errors

from artworks.adapters.storage.faults import BUSY, READ_ONLY, away, full, missing, too_many_files, unusable
from artworks.core.errors import AppError

# Every error of the library derives straight from Exception.
FAULTS: tuple[type[Exception], ...] = tuple(
    one for one in vars(opendal_errors).values() if isinstance(one, type) and issubclass(one, Exception)
)
_CODE = re.compile(r'S3Error \{ code: "(\w+)"')
_STATUS = re.compile(r"response: Parts \{ status: (\d{3})")
NO_BUCKET = "NoSuchBucket"
_REFUSED = (
    "The object store at {at} refused the access key; look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
_REGION = "The bucket {bucket} at {at} is in another region or at another address; correct STORAGE_URL."
_TOKEN = "The session token for {at} is over or wrong; renew it."  # noqa: S105 - a sentence.
_KEYLESS = (
    "The object store at {at} cannot be used: it does not answer in time, or the search for a key "
    "does not end. "
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless this machine has a role that gives it one."
)
_CLOCK = "The clock of this machine differs too much from that of {at}; set it (NTP)."
# Codes of S3 and of stores that speak it, for what the operator has to mend.
_TO_MEND = {
    NO_BUCKET: "The bucket {bucket} does not exist at {at}; make it or correct STORAGE_URL.",
    "InvalidBucketName": "{bucket} is no name of a bucket for {at}; correct STORAGE_URL.",
    "InvalidAccessKeyId": "The object store at {at} does not know the access key; correct AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "The secret does not fit the access key at {at}; correct AWS_SECRET_ACCESS_KEY.",
    "AccessDenied": "The access key may not use the bucket {bucket} at {at}; "
    "let it list, read, write and delete there.",
    "AllAccessDisabled": "The bucket {bucket} at {at} is closed to everybody; look at the account.",
    "AccountProblem": "The object store at {at} has something against the account; look at it there.",
    **dict.fromkeys(("InvalidToken", "ExpiredToken", "TokenRefreshRequired"), _TOKEN),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestExpired"), _CLOCK),
    **dict.fromkeys(
        (
            "PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ),
        _REGION,
    ),
}  # fmt: skip
_FULL = frozenset(
    (
        "QuotaExceeded", "QuotaExceededException", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded",
        "InsufficientCapacity", "InsufficientStorage", "StorageFull", "StorageQuotaExceeded", "StorageLimitExceeded",
        "UserQuotaExceeded", "ServiceQuotaExceededException",
    )
)  # fmt: skip
_TOO_LARGE = frozenset(("EntityTooLarge", "MaxSizeExceeded", "RequestEntityTooLarge"))
_BUSY = frozenset(
    (
        "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "TooManyRequests", "RequestLimitExceeded",
        "Throttling", "ThrottlingException", "BandwidthLimitExceeded", "OperationAborted", "XMinioServerNotInitialized",
    )
)  # fmt: skip
# Words in the library's own text, for what has no answer of a server.
_NO_ANSWER = (
    ("Connection refused", "nobody listens there"),
    ("dns error", "its name is not known"),
    ("certificate", "its certificate is not trusted"),
    ("timeout reached", "it does not answer in time"),
    ("timed out", "it does not answer in time"),
    ("reset", "the connection was cut"),
    ("closed", "the connection was cut"),
    ("too little data", "the connection was cut"),
    ("incomplete", "the connection was cut"),
    ("unreachable", "there is no way to its network"),
    ("No route", "there is no way to its network"),
)


@dataclass(frozen=True)
class BucketAddress:
    """What the sentences for the operator name: the bucket, where the object store is, and whether a key is set."""

    bucket: str
    at: str
    # No access key is set: the library looks for one at the machine's cloud, which may take as long as an answer.
    keyless: bool = False

    def say(self, sentence: str, **more: object) -> str:
        """Return a sentence with the names put in."""
        return sentence.format(bucket=self.bucket, at=self.at, **more)


def code_of(error: Exception) -> str:
    """Return the code that the object store gave, e.g. "NoSuchBucket"; empty when it gave none."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def status_of(error: Exception) -> int:
    """Return the HTTP status that the object store answered with; 0 when there was no answer."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else 0


def bucket_error(place: BucketAddress, error: Exception, *, writing: bool = False) -> AppError:
    """Return what an error of the library means: no such file, no room, or a store that cannot be used."""
    code, status = code_of(error), status_of(error)
    if isinstance(error, opendal_errors.NotFound) and code != NO_BUCKET and not writing:
        return missing()
    if code in _TO_MEND:
        mending = place.say(_TO_MEND[code])
        return unusable(mending, READ_ONLY) if writing and code == "AccessDenied" else unusable(mending)
    if code in _TOO_LARGE or status == 413:
        return full(place.say("The object store at {at} takes no file as large as this one."))
    if code in _FULL or status == 507:
        return full(
            place.say("No room is left in the bucket {bucket} at {at}; make some or raise its quota.")
        )
    if status:
        return _answered(place, code, status)
    return _unanswered(place, error)


def _answered(place: BucketAddress, code: str, status: int) -> AppError:
    """Return what an answer means that has no code of its own here."""
    said = f"{status} {code}".strip()
    if code in _BUSY or status in (409, 429, 503):
        return away(place.say("The object store at {at} is too busy ({said}).", said=said), BUSY)
    if status in (401, 403):
        return unusable(place.say(_REFUSED))
    if status in (301, 302, 307, 308):
        return unusable(place.say(_REGION))
    if status >= 500 or code == "RequestTimeout" or status == 408:
        return away(place.say("The object store at {at} is in trouble ({said}).", said=said))
    sentence = (
        "The object store at {at} answers {said} for the bucket {bucket}; look whether STORAGE_URL is right."
    )
    return unusable(place.say(sentence, said=said))


def _unanswered(place: BucketAddress, error: Exception) -> AppError:
    """Return what an error means that the library made by itself; its text is never passed on."""
    text = str(error).split("Backtrace:")[0]
    if "Too many open files" in text:
        return too_many_files()
    if "region is missing" in text:
        return unusable("STORAGE_URL names no region; add ?region=… to it.")
    if "signing http request" in text or "credential" in text:
        sentence = "There is no access key for {at}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        return unusable(place.say(sentence))
    if isinstance(error, opendal_errors.ConfigInvalid) or "building http request" in text:
        return unusable("The bucket, region or endpoint in STORAGE_URL cannot be one; correct it.")
    if place.keyless and "timeout reached" in text:
        return away(place.say(_KEYLESS))
    reason = next((meaning for word, meaning in _NO_ANSWER if word in text), "the reason is not known")
    return away(place.say("The object store at {at} cannot be used: {reason}.", reason=reason))
