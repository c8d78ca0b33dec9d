"""What New, Draft and Ready mean, said beside the status of a picture until it was said three times."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from models import Image

TIMES = 3
# For each status how often it was explained in this browser, and on which picture last: "draft.2.17~ready.1.4".
COOKIE = "statuses_met"
PART = re.compile(r"(new|draft|ready)\.([1-9])\.([0-9]{1,18})")
BY_AI = {"ai", "ai_edited"}


def hint(image: Image, approve: str = "mark it ready") -> str:
    """Return the sentence beside the status of a picture; empty when this browser has seen it three times.

    `approve` is what its page calls approving the words. On the picture where it was said last the sentence stays,
    however often that is looked at.
    """
    count, last = _read().get(image.status, (0, 0))
    return _sentence(image, approve) if count < TIMES or last == image.id else ""


def remember(response: Response, image: Image) -> None:
    """Count the sentence as said; the same picture again counts once."""
    met = _read()
    count, last = met.get(image.status, (0, 0))
    if count >= TIMES or last == image.id:
        return
    met[image.status] = (count + 1, image.id)
    value = "~".join(f"{status}.{count}.{last}" for status, (count, last) in met.items())
    response.set_cookie(
        COOKIE,
        value,
        max_age=timedelta(days=365),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def _sentence(image: Image, approve: str) -> str:
    if image.status == "ready":
        return "These words are approved. AI leaves them alone."
    writers = set(image.origins.values())
    if BY_AI & writers:
        return f"AI wrote this. Read it, then {approve}."
    if "placeholder" in writers:
        return f"These are placeholder words. Make them yours, then {approve}."
    if writers:
        return f"{approve.capitalize()} when the words are as you want them."
    return "No words yet. Write them, or let AI write them."


def _read() -> dict[str, tuple[int, int]]:
    parts = map(PART.fullmatch, request.cookies.get(COOKIE, "").split("~"))
    return {found[1]: (int(found[2]), int(found[3])) for found in parts if found}
