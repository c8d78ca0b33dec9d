"""The rate limit that every process shares: calls and tokens a minute, as the settings and the service allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.core.errors import RateLimited
from artworks.core.limits import AILimits
from gpt_service import RateLimitInfo

# Batches stay this far below the limit: a service counts calls as they arrive, and they never arrive as evenly as
# they are sent.
BATCH_SHARE = 0.99
MAX_SECONDS_AHEAD = 2.0
STORED = {
    "level": "float8",
    "paced_at": "timestamptz",
    "blocked_until": "timestamptz",
    "told": "float8",
}
# Where an attribute of Bucket has another name than its column.
ATTRIBUTES = {"told": "reported_limit"}
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
    """One token bucket, refilled up to now: how much a minute, what is left, and when the next slot of a batch is.

    `reported_limit` is how much a minute the service itself allows, `blocked_until` until when all wait because it
    said so.
    """

    capacity_per_minute: float
    level: float
    paced_at: datetime | None
    blocked_until: datetime | None
    reported_limit: float | None

    def interval(self, need: float) -> timedelta:
        """Return how long the slots of batches are apart when each needs so much."""
        return timedelta(seconds=need * 60 / (self.capacity_per_minute * BATCH_SHARE))


def acquire(session: Session, limits: AILimits, tokens: int) -> None:
    """Take one call and `tokens` tokens out of the shared buckets, for a person who waits.

    A bucket refills evenly and holds one minute's worth. A call larger than a whole minute waits for a full bucket
    and leaves it in debt. Batches make room: their next slot comes later. Raises RateLimited with the seconds until
    the call would pass; nothing is taken then.
    """
    now, buckets = _lock_buckets(session, limits)
    needs = {"requests": 1, "tokens": tokens}
    wait = 0.0
    for name, bucket in buckets.items():
        enough = (
            (min(needs[name], bucket.capacity_per_minute) - bucket.level) * 60 / bucket.capacity_per_minute
        )
        blocked = (bucket.blocked_until - now).total_seconds() if bucket.blocked_until else 0.0
        wait = max(wait, enough, blocked)
    if wait > 0:
        raise rate_limited_error(wait)
    for name, bucket in buckets.items():
        bucket.level -= needs[name]
        if bucket.paced_at is not None:
            bucket.paced_at = max(bucket.paced_at, now) + bucket.interval(needs[name])
    _store(session, now, buckets)


def reserve_slots(session: Session, limits: AILimits, tokens: int, count: int = 1) -> tuple[float, float]:
    """Reserve slots for the next calls of batches; return the seconds until the first, and those between two.

    Slots follow each other evenly, a little slower than the limits allow, whatever burst a bucket would permit; every
    process gets slots of its own. One that is more than `MAX_SECONDS_AHEAD` away is not reserved yet: what is known by
    then is better. `tokens` is what a call usually takes. Commit at once: others wait.
    """
    now, buckets = _lock_buckets(session, limits)
    moments = [at for bucket in buckets.values() for at in (bucket.paced_at, bucket.blocked_until) if at]
    first = max([now, *moments])
    needs = {"requests": 1, "tokens": tokens}
    apart = max(bucket.interval(needs[name]) for name, bucket in buckets.items())
    if first - now > timedelta(seconds=MAX_SECONDS_AHEAD):
        return (first - now).total_seconds(), apart.total_seconds()
    for name, bucket in buckets.items():
        # Each by its own measure: tokens that are not used in the end bring the next slot forward.
        bucket.paced_at = first + apart * (count - 1) + bucket.interval(needs[name])
    _store(session, now, buckets)
    return (first - now).total_seconds(), apart.total_seconds()


def adjust(
    session: Session, limits: AILimits, estimated: int, used: int, rate_limits: RateLimitInfo | None = None
) -> None:
    """Give back tokens that were taken but not used, or take the rest, once the true number is known.

    `rate_limits` are the limits that the service stated, which count from now on when they are lower.
    """
    now, buckets = _lock_buckets(session, limits)
    buckets["tokens"].level += estimated - used
    _apply_reported_limits(now, buckets, rate_limits)
    _store(session, now, buckets)


def settle_slots(
    session: Session,
    limits: AILimits,
    count: int,
    estimated: int,
    used: int,
    rate_limits: RateLimitInfo | None = None,
) -> None:
    """Take what calls of batches used out of the buckets, and shift the slots if it was not what was guessed."""
    now, buckets = _lock_buckets(session, limits)
    calls, tokens = buckets["requests"], buckets["tokens"]
    calls.level -= count
    tokens.level -= used
    if tokens.paced_at is not None:
        tokens.paced_at -= tokens.interval(estimated - used)
    _apply_reported_limits(now, buckets, rate_limits)
    _store(session, now, buckets)


def back_off(session: Session, seconds: float) -> None:
    """Make all calls wait because the service said so (`rate_bucket.blocked_until`)."""
    session.execute(
        text(
            "UPDATE rate_bucket SET blocked_until = greatest(blocked_until, "
            "clock_timestamp() + make_interval(secs => :seconds)) WHERE name = 'requests'"
        ),
        {"seconds": seconds},
    )


def forget_reported_limits(session: Session) -> None:
    """Forget what the service said of its limits: since then it may have become another service."""
    session.execute(text("UPDATE rate_bucket SET told = NULL WHERE told IS NOT NULL"))


def rate_limited_error(wait: float) -> RateLimited:
    """Return the error that says when the next call may go."""
    seconds = max(1, round(wait + 0.5))
    return RateLimited(
        f"That is as fast as the AI service may be asked. Try again in {seconds} s.", retry_after=seconds
    )


def calls_per_minute(session: Session, limits: AILimits, tokens: float) -> float:
    """Return how many calls of so many tokens each batches can make in a minute, at most."""
    reported = {row.name: row.told for row in session.execute(text("SELECT name, told FROM rate_bucket"))}
    calls = _capacity(limits.requests_per_minute, reported.get("requests"))
    return BATCH_SHARE * min(
        calls, _capacity(limits.tokens_per_minute, reported.get("tokens")) / max(tokens, 1)
    )


def seconds_blocked(session: Session) -> float:
    """Return how many seconds nobody asks the service, because it said so; 0 when it may be asked."""
    found = session.scalar(
        text("SELECT extract(epoch FROM max(blocked_until) - now())::float FROM rate_bucket")
    )
    return max(0.0, found or 0.0)


def _capacity(setting: float, reported_limit: float | None) -> float:
    return float(setting) if reported_limit is None else min(float(setting), reported_limit)


def _lock_buckets(session: Session, limits: AILimits) -> tuple[datetime, dict[str, Bucket]]:
    """Lock the buckets, in one order everywhere so that no two calls wait for each other, and refill them."""
    query = text(
        "SELECT name, level, refilled_at, paced_at, blocked_until, told, clock_timestamp() AS now "
        "FROM rate_bucket WHERE name IN ('requests', 'tokens') ORDER BY name FOR UPDATE"
    )
    rows = session.execute(query).all()
    if len(rows) < 2:
        _insert_buckets(session, limits)
        rows = session.execute(query).all()
    settings = {"requests": limits.requests_per_minute, "tokens": limits.tokens_per_minute}
    now: datetime = max(row.now for row in rows)
    buckets = {}
    for row in rows:
        capacity = _capacity(settings[row.name], row.told)
        passed = max(0.0, (now - row.refilled_at).total_seconds())
        level = min(capacity, row.level + passed * capacity / 60)
        buckets[row.name] = Bucket(capacity, level, row.paced_at, row.blocked_until, row.told)
    return now, buckets


def _insert_buckets(session: Session, limits: AILimits) -> None:
    session.execute(
        text(
            "INSERT INTO rate_bucket (name, level, refilled_at) VALUES ('requests', :requests, clock_timestamp()), "
            "('tokens', :tokens, clock_timestamp()) ON CONFLICT DO NOTHING"
        ),
        {"requests": limits.requests_per_minute, "tokens": limits.tokens_per_minute},
    )


def _apply_reported_limits(
    now: datetime, buckets: dict[str, Bucket], rate_limits: RateLimitInfo | None
) -> None:
    """Note the limits that the service stated."""
    if rate_limits is None:
        return
    for name, value in (("requests", rate_limits.requests), ("tokens", rate_limits.tokens)):
        buckets[name].reported_limit = buckets[name].reported_limit if value is None else value
    if rate_limits.wait:
        calls = buckets["requests"]
        calls.paced_at = max(calls.paced_at or now, now + timedelta(seconds=rate_limits.wait))


def _store(session: Session, now: datetime, buckets: dict[str, Bucket]) -> None:
    """Write both locked buckets back."""
    session.execute(
        _STORE,
        {"now": now}
        | {
            f"{name}_{column}": getattr(bucket, ATTRIBUTES.get(column, column))
            for name, bucket in buckets.items()
            for column in STORED
        },
    )
