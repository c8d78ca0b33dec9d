"""The words of a server as an owner may read them: short, on one line, and without anything secret."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 300
HIDDEN = "…"
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"data:[\w/+.-]{0,60};base64,\s*[A-Za-z0-9+/=_-]*", f"data:{HIDDEN}"),
        (r"\b([a-z][a-z0-9+.-]{0,20}://)[^\s/@'\"]{1,300}@", rf"\1{HIDDEN}@"),
        (r"\b(bearer|basic)\s+[^\s'\",;]+", rf"\1 {HIDDEN}"),
        (
            r"((?:api[_ -]?key|access[_ -]?key|[a-z_-]{0,20}token|secret|password|passwd|authorization|signature"
            r"|credential)(?: provided)?['\"]?\s*[:=]\s*['\"]?)(?!\s|(?:bearer|basic)\b)[^\s'\",;&)}\]]+",
            rf"\1{HIDDEN}",
        ),
        (r"([?&](?:key|sig|code|access_token|api_key)=)[^\s&'\"]+", rf"\1{HIDDEN}"),
        (
            r"(?<![\w-])(?:sk|pk|rk|gsk|xai|hf|nvapi|csk|tgp|r8|ghp|gho|glpat|pplx|fw|key|ya29)[-_.][\w.*-]{6,}",
            HIDDEN,
        ),
        (r"\bAIza[\w-]{10,}|\bAKIA[A-Z0-9]{12,}|\beyJ[\w-]{8,}(?:\.[\w-]+)*", HIDDEN),
        # A key of which the server shows only both ends.
        (r"[\w.-]{0,80}[*•]{3,}[\w.*•-]*", HIDDEN),
        # Anything long of letters and digits together: keys without a sign of their own, pieces of a picture.
        (r"(?=[A-Z0-9+/_]{0,99}\d)(?=[A-Z0-9+/_]{0,99}[A-Z])[A-Z0-9+/_]{32,}={0,2}", HIDDEN),
        (r"(?-i:(?=[\w-]{0,99}\d)(?=[\w-]{0,99}[a-z])(?=[\w-]{0,99}[A-Z])[\w-]{32,})", HIDDEN),
    )
)


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """Return a text of a server on one line, at most LONGEST characters, without `secrets` and what looks like one."""
    for secret in secrets:
        if secret and len(secret) > 3:
            text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}{HIDDEN}"
