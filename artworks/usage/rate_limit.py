"""The pace that every process shares: calls and tokens a minute, as the settings and the service allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.core.errors import RateLimited
from artworks.usage.budget import Limits
from gpt_service import RateLimitInfo

# Batches stay this far below the limit: a service counts calls as they arrive, and they never arrive as evenly as
# they are sent.
STEADY = 0.99
NEAR = 2.0
STORED = {
    "level": "float8",
    "paced_at": "timestamptz",
    "blocked_until": "timestamptz",
    "told": "float8",
}
# Both rows in one statement: this is done twice for every picture of a batch.
_STORE = text(
    "UPDATE rate_bucket SET refilled_at = :now, "  # noqa: S608 - put together from the constants above.
    + ", ".join(
        f"{column} = CAST(CASE name WHEN 'requests' THEN :requests_{column} ELSE :tokens_{column} END AS {kind})"
        for column, kind in STORED.items()
    )
    + " WHERE name IN ('requests', 'tokens')"
)


@dataclass
class Bucket:
    """One bucket, refilled up to now: how much a minute, what is left, and when the next turn of a batch is.

    `told` is how much a minute the service itself allows, `blocked_until` until when all wait because it said so.
    """

    most: float
    level: float
    paced_at: datetime | None
    blocked_until: datetime | None
    told: float | None

    def interval(self, need: float) -> timedelta:
        """How long the turns of batches are apart when each needs so much."""
        return timedelta(seconds=need * 60 / (self.most * STEADY))


def take(session: Session, limits: Limits, tokens: int) -> None:
    """Take one call and `tokens` tokens out of the shared buckets, for a person who waits.

    A bucket refills evenly and holds one minute's worth. A call larger than a whole minute waits for a full bucket
    and leaves it in debt. Batches make room: their next turn comes later. Raises RateLimited with the seconds until
    the call would pass; nothing is taken then.
    """
    now, buckets = _locked(session, limits)
    needs = {"requests": 1, "tokens": tokens}
    wait = 0.0
    for name, bucket in buckets.items():
        enough = (min(needs[name], bucket.most) - bucket.level) * 60 / bucket.most
        blocked = (bucket.blocked_until - now).total_seconds() if bucket.blocked_until else 0.0
        wait = max(wait, enough, blocked)
    if wait > 0:
        raise limited(wait)
    for name, bucket in buckets.items():
        bucket.level -= needs[name]
        if bucket.paced_at is not None:
            bucket.paced_at = max(bucket.paced_at, now) + bucket.interval(needs[name])
    _store(session, now, buckets)


def turns(session: Session, limits: Limits, tokens: int, count: int = 1) -> tuple[float, float]:
    """Return the next calls of batches their turns; returns the seconds until the first, and those between two.

    Turns follow each other evenly, a little slower than the limits allow, whatever burst a bucket would permit; every
    process gets turns of its own. A turn that is more than `NEAR` seconds ahead is not given yet: what is known by
    then is better. `tokens` is what a call usually takes. Commit at once: others wait.
    """
    now, buckets = _locked(session, limits)
    moments = [at for bucket in buckets.values() for at in (bucket.paced_at, bucket.blocked_until) if at]
    first = max([now, *moments])
    needs = {"requests": 1, "tokens": tokens}
    apart = max(bucket.interval(needs[name]) for name, bucket in buckets.items())
    if first - now > timedelta(seconds=NEAR):
        return (first - now).total_seconds(), apart.total_seconds()
    for name, bucket in buckets.items():
        # Each by its own measure: tokens that are not used in the end bring the next turn forward.
        bucket.paced_at = first + apart * (count - 1) + bucket.interval(needs[name])
    _store(session, now, buckets)
    return (first - now).total_seconds(), apart.total_seconds()


def correct(
    session: Session, limits: Limits, estimated: int, used: int, told: RateLimitInfo | None = None
) -> None:
    """Give back tokens that were taken but not used, or take the rest, once the true number is known.

    `told` is what the service said of its own limits, which count from now on when they are lower.
    """
    now, buckets = _locked(session, limits)
    buckets["tokens"].level += estimated - used
    _learn(now, buckets, told)
    _store(session, now, buckets)


def end_turns(
    session: Session, limits: Limits, count: int, estimated: int, used: int, told: RateLimitInfo | None = None
) -> None:
    """Take what calls of batches used out of the buckets, and mend the turns if it was not what was guessed."""
    now, buckets = _locked(session, limits)
    calls, tokens = buckets["requests"], buckets["tokens"]
    calls.level -= count
    tokens.level -= used
    if tokens.paced_at is not None:
        tokens.paced_at -= tokens.interval(estimated - used)
    _learn(now, buckets, told)
    _store(session, now, buckets)


def hold_back(session: Session, seconds: float) -> None:
    """Make everybody wait because the service said so."""
    session.execute(
        text(
            "UPDATE rate_bucket SET blocked_until = greatest(blocked_until, "
            "clock_timestamp() + make_interval(secs => :seconds)) WHERE name = 'requests'"
        ),
        {"seconds": seconds},
    )


def forget(session: Session) -> None:
    """Forget what the service said of its limits: since then it may have become another service."""
    session.execute(text("UPDATE rate_bucket SET told = NULL WHERE told IS NOT NULL"))


def limited(wait: float) -> RateLimited:
    """Make the error that says when the next call may go."""
    seconds = max(1, round(wait + 0.5))
    return RateLimited(
        f"That is as fast as the AI service may be asked. Try again in {seconds} s.", retry_after=seconds
    )


def per_minute(session: Session, limits: Limits, tokens: float) -> float:
    """Return how many calls of so many tokens each batches can make in a minute, at most."""
    told = {row.name: row.told for row in session.execute(text("SELECT name, told FROM rate_bucket"))}
    calls = _most(limits.requests_per_minute, told.get("requests"))
    return STEADY * min(calls, _most(limits.tokens_per_minute, told.get("tokens")) / max(tokens, 1))


def _most(setting: float, told: float | None) -> float:
    return float(setting) if told is None else min(float(setting), told)


def _locked(session: Session, limits: Limits) -> tuple[datetime, dict[str, Bucket]]:
    """Lock the buckets, in one order everywhere so that no two calls wait for each other, and refill them."""
    query = text(
        "SELECT name, level, refilled_at, paced_at, blocked_until, told, clock_timestamp() AS now "
        "FROM rate_bucket WHERE name IN ('requests', 'tokens') ORDER BY name FOR UPDATE"
    )
    rows = session.execute(query).all()
    if len(rows) < 2:
        _make(session, limits)
        rows = session.execute(query).all()
    settings = {"requests": limits.requests_per_minute, "tokens": limits.tokens_per_minute}
    now: datetime = max(row.now for row in rows)
    buckets = {}
    for row in rows:
        most = _most(settings[row.name], row.told)
        passed = max(0.0, (now - row.refilled_at).total_seconds())
        level = min(most, row.level + passed * most / 60)
        buckets[row.name] = Bucket(most, level, row.paced_at, row.blocked_until, row.told)
    return now, buckets


def _make(session: Session, limits: Limits) -> None:
    session.execute(
        text(
            "INSERT INTO rate_bucket (name, level, refilled_at) VALUES ('requests', :requests, clock_timestamp()), "
            "('tokens', :tokens, clock_timestamp()) ON CONFLICT DO NOTHING"
        ),
        {"requests": limits.requests_per_minute, "tokens": limits.tokens_per_minute},
    )


def _learn(now: datetime, buckets: dict[str, Bucket], told: RateLimitInfo | None) -> None:
    """Take in what the service says of its limits."""
    if told is None:
        return
    for name, value in (("requests", told.requests), ("tokens", told.tokens)):
        buckets[name].told = buckets[name].told if value is None else value
    if told.wait:
        calls = buckets["requests"]
        calls.paced_at = max(calls.paced_at or now, now + timedelta(seconds=told.wait))


def _store(session: Session, now: datetime, buckets: dict[str, Bucket]) -> None:
    """Write both locked buckets back."""
    session.execute(
        _STORE,
        {"now": now}
        | {
            f"{name}_{column}": getattr(bucket, column)
            for name, bucket in buckets.items()
            for column in STORED
        },
    )
