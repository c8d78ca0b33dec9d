"""The decoders of this process, for tests: what a picture costs one of them, told by the kernel."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from artworks.core.errors import DamagedFile
from artworks.imaging import decoder_pool, decoding, renditions
from artworks.imaging.checks.decode_plan import DecodePlan
from artworks.imaging.decoder_process import Decoder


@dataclass(frozen=True)
class Cost:
    """What came of a picture, the seconds of processor time it took, and the most memory its decoder had, in MB."""

    outcome: str
    seconds: float
    megabytes: float


def examine(path: Path, media_type: str) -> DecodePlan:
    """Look through a picture in this process, as a decoder does first."""
    return decoding.inspect_header(path.read_bytes(), media_type)


def make(path: Path, media_type: str) -> str:
    """Make the renditions of a picture; say how large it is."""
    made = renditions.make(path, media_type)
    return f"opened {made.width} x {made.height}"


def hash_pixels(path: Path, media_type: str) -> str:
    """Hash the pixels of a picture."""
    return "hashed " + renditions.pixel_hash(path, media_type)


def idle_decoder() -> Decoder:
    """Return the decoder that the next question goes to; begun if there is none."""
    decoder_pool._decoders.usual.warm()
    return decoder_pool._decoders.usual._idle[-1]


def cost_of(act: Callable[[Path, str], str], path: Path, media_type: str) -> Cost:
    """Do something with a picture and tell what it cost; a decoder that is ended with it has taken what it may."""
    process = psutil.Process(idle_decoder().process.pid)
    # Begin with the peak of memory anew (Linux).
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    before, ended_before = _seconds(process), _seconds_of_ended()
    try:
        outcome = act(path, media_type)
    except DamagedFile as error:
        outcome = f"refused: {error.message}"
    try:
        return Cost(outcome, _seconds(process) - before, _peak(process))
    except psutil.NoSuchProcess:
        return Cost(outcome, _seconds_of_ended() - ended_before - before, 0.0)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _seconds_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak(process: psutil.Process) -> float:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")
