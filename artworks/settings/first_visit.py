"""The question of the first visit, "Who writes the first draft?": whether it is still open, and its answers."""

from __future__ import annotations

from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core.errors import Conflict
from artworks.settings import changes
from artworks.settings.installation import FIRST_VISIT, CurrentSettings, InstallationSettings
from models import Setting

ANSWERED = (
    "Who writes the first draft was set up meanwhile. It stands in the settings, and can be changed there."
)
CHOICES = ("key", "local", "without", "skip")


def is_open(now: CurrentSettings) -> bool:
    """Return whether nobody has said yet who writes, and nothing is set up that could."""
    config = now.config
    return not (now.first_visit or config.openai_api_key or config.openai_base_url or now.ai_problem)


def use_server(session: Session, installation: InstallationSettings, address: str, model: str) -> None:
    """Let a model server of one's own write; raises like `changes.change`."""
    states = changes.states(session, installation)
    for name, typed in (("openai_base_url", address), ("openai_model", model)):
        if typed != states[name].typed:
            changes.change(session, installation, name, typed, states[name].version)


def write_down(session: Session, installation: InstallationSettings, choice: str) -> None:
    """Keep what is answered, so that nobody is asked again; before anything else is changed for it.

    Raises Conflict when the question is not open any more: somebody else answered it, or set up who writes.
    """
    row = changes.lock_row(session, Setting, FIRST_VISIT)
    if not is_open(installation.read(session)):
        raise Conflict(ANSWERED)
    row.value, row.version = choice, row.version + 1
    audit.record(session, "who writes was chosen", choice)
    session.flush()
