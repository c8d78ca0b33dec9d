"""Open one picture in a process of its own and print what it cost.

``python -m tests.adapters.probe FILE`` makes its renditions; with ``pixels`` behind it its pixels are hashed.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from adapters import renditions
from errors import DamagedFile
from tests.adapters.pictures import MEDIA_TYPES


def memory(field: str) -> float:
    """Give a memory figure of this process in MB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def renditions_of(path: Path) -> str:
    """Make the renditions of a picture; say how large it is."""
    made = renditions.make(path, MEDIA_TYPES[path.suffix])
    return f"opened {made.width} x {made.height}"


def pixels_of(path: Path) -> str:
    """Hash the pixels of a picture."""
    return renditions.pixel_hash(path, MEDIA_TYPES[path.suffix])


def main(act: Callable[[Path], str], path: Path) -> dict[str, object]:
    """Do something with a picture and measure: outcome, peak growth in MB, turns another thread had, and seconds.

    Counted is what processors worked in all threads: how long one waits depends on what else the machine does.
    """
    done = threading.Event()
    turns = 0

    def other_work() -> None:
        nonlocal turns
        while not done.wait(0.01):
            turns += 1

    thread = threading.Thread(target=other_work)
    before, started = memory("VmRSS"), time.process_time()
    thread.start()
    try:
        outcome = act(path)
    except DamagedFile as error:
        outcome = f"refused: {error.message}"
    seconds = time.process_time() - started
    done.set()
    thread.join()
    return {"outcome": outcome, "seconds": seconds, "grown_mb": memory("VmHWM") - before, "turns": turns}


if __name__ == "__main__":
    print(json.dumps(main(pixels_of if "pixels" in sys.argv[2:] else renditions_of, Path(sys.argv[1]))))
