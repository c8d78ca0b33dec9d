"""The cookie of whoever gave a gallery's passcode: signed, for that gallery alone, worth nothing once it is changed."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from models import ShareLink

LASTS = timedelta(days=30)


def set_pass(response: Response, share: ShareLink, key: str) -> None:
    """Set the cookie that says that the passcode was right, until it is closed."""
    response.set_cookie(
        _cookie_name(share), _signer().dumps([share.id, _passcode_mark(share)]), path=f"/share/{key}", httponly=True,
        samesite="Lax", secure=request.is_secure,
    )  # fmt: skip


def has_pass(share: ShareLink) -> bool:
    """Return whether the caller may look: there is no passcode, or it was given."""
    if share.passcode_hash is None:
        return True
    try:
        given = _signer().loads(
            request.cookies.get(_cookie_name(share), ""), max_age=int(LASTS.total_seconds())
        )
    except BadSignature:
        return False
    share_id, mark = given
    return share_id == share.id and hmac.compare_digest(mark, _passcode_mark(share))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="gallery passcode")


def _cookie_name(share: ShareLink) -> str:
    # Not the id, from which one could read how many galleries there are.
    return f"gallery_{share.token_hash[:12]}"


def _passcode_mark(share: ShareLink) -> str:
    """Return a mark of the passcode that is in force; its hash has a salt, so that the same one again is another."""
    return hashlib.sha256((share.passcode_hash or "").encode()).hexdigest()[:32]
