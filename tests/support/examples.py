"""How many examples Hypothesis tries: a few in every run, five times as many with HYPOTHESIS_PROFILE=thorough."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

USUAL = 40
# A busy machine is no failure; and a session of the database serves all examples of a test, which take back their rows.
settings.register_profile(
    "usual",
    max_examples=USUAL,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=5 * USUAL)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def examples(usual: int) -> settings:
    """Return what lets a test try that many examples in the usual run, and more by the profile."""
    return settings(max_examples=usual * settings().max_examples // USUAL)
