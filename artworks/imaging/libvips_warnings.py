"""What the imaging library says too late: warnings about a picture's last lines come when it is closed.

It knows nothing of the library but the name of its log.
"""

from __future__ import annotations

import logging


class LateWarnings(logging.Handler):
    """Notice what libvips says of a JPEG when it closes it.

    A warning stops the next strip of lines from being read, so those of the last strip come only here. The
    picture is closed, and this called, as its last use ends. There is one picture at a time.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one line of libvips's log."""
        if "read gave" in record.getMessage():
            self.seen = True


def listen() -> LateWarnings:
    """Take over libvips's log: what is wrong with a picture is shown to its owner, not to the operator."""
    warnings = LateWarnings()
    log = logging.getLogger("pyvips")
    log.addHandler(warnings)
    log.setLevel(logging.WARNING)
    log.propagate = False
    return warnings
