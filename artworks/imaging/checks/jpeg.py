"""Walk through the markers of a JPEG without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    MAX_PIXELS,
    MAX_PROFILE_BYTES,
    TOO_LONG,
    DecodePlan,
    check_memory,
    check_parts,
    check_size,
    exif_orientation,
)

# Usual progressive files have about 10 scans. Every scan visits every block, so the number of visits is what
# a file of a few hundred bytes a scan can make dear: 410 kB with 3,000 scans hold a decoder for 30 s.
MAX_SCANS = 100
MAX_BLOCK_VISITS = 60_000_000

# Within the coded data 0xFF is followed by 0 (a real 0xFF), another 0xFF (padding) or a restart marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_EXIF, _ICC, _ADOBE, _JFIF = b"Exif\0", b"ICC_PROFILE\0", b"Adobe", b"JFIF\0"
_SOF, _DHT, _EOI, _SOS, _DQT, _DRI = 0xC0, 0xC4, 0xD9, 0xDA, 0xDB, 0xDD
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
# Baseline, extended and progressive; the rest (lossless, arithmetic, hierarchical) no browser shows.
_KNOWN_FRAMES = frozenset((0xC0, 0xC1, 0xC2))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}


@dataclass
class _JpegSegments:
    """What has been seen so far; `kept` holds the pieces the decoder is given."""

    data: bytes
    kept: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    parts: int = 0
    frame: bytes = b""
    frame_marker: int = 0
    scans: int = 0
    several_scans: bool = False
    orientation: int = 0
    profile_bytes: int = 0


def inspect_header(data: bytes) -> DecodePlan:
    """Check a JPEG's structure, size, number of parts and scans and memory need. Raises DamagedFile in plain words.

    Appended pictures (camera MPO files, phone trailers) are left out, and so is a missing end marker mended:
    the decoder itself tells whether all the coded data is there.
    """
    walk = _JpegSegments(data)
    at = 2
    while True:
        found = _NEXT_MARKER.search(data, at)
        if found is None or data[found.end() - 1] == _EOI:
            break
        walk.parts += 1
        check_parts(walk.parts, len(data))
        at = _segment(walk, found.end() - 1)
    if not walk.frame or not walk.scans:
        raise DamagedFile(INCOMPLETE)
    return _plan(walk)


def _segment(walk: _JpegSegments, at: int) -> int:
    """Take in the marker whose code is at `at`; give the place after it (and after its coded data)."""
    marker, data = walk.data[at], walk.data
    if marker in _STANDALONE:
        return at + 1
    end = at + 1 + int.from_bytes(data[at + 1 : at + 3], "big")
    if end < at + 3 or end > len(data) or marker < _SOF:
        raise DamagedFile(INCOMPLETE)
    body = data[at + 3 : end]
    if marker in _FRAMES:
        _frame(walk, marker, body)
    if marker == _SOS:
        return _scan(walk, at, body, end)
    if _needed(walk, marker, body):
        walk.kept.append(data[at - 1 : end])
    return end


def _frame(walk: _JpegSegments, marker: int, body: bytes) -> None:
    """Read the frame header: the picture's size, depth and components."""
    if walk.frame or len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise DamagedFile(INCOMPLETE)
    if marker not in _KNOWN_FRAMES or body[0] != 8 or body[5] not in (1, 3, 4):
        raise DamagedFile(
            "This is a rare kind of JPEG that browsers cannot show. Please save it as a usual one."
        )
    walk.frame, walk.frame_marker = body, marker
    check_size(*_size(body))
    if any(not (1 <= factor >> 4 <= 4 and 1 <= factor & 15 <= 4) for factor in body[7::3]):
        raise DamagedFile(INCOMPLETE)


def _scan(walk: _JpegSegments, at: int, body: bytes, end: int) -> int:
    """Count a scan and keep its coded data whole; give the place where the next marker is."""
    if not walk.frame or not body:
        raise DamagedFile(INCOMPLETE)
    walk.scans += 1
    walk.several_scans = walk.several_scans or body[0] < walk.frame[5]
    if walk.scans > MAX_SCANS or walk.scans * _blocks(walk.frame) > MAX_BLOCK_VISITS + _blocks(walk.frame):
        raise DamagedFile(TOO_LONG)
    found = _NEXT_MARKER.search(walk.data, end)
    stop = found.start() if found else len(walk.data)
    walk.kept.append(walk.data[at - 1 : stop])
    return stop


def _needed(walk: _JpegSegments, marker: int, body: bytes) -> bool:
    """Return whether the decoder needs this segment; take the orientation out of EXIF on the way."""
    # The first counts, and only before the picture's data, as in browsers; the byte after the name may be any.
    if marker == 0xE1 and body.startswith(_EXIF) and not (walk.orientation or walk.scans):
        walk.orientation = exif_orientation(body[len(_EXIF) + 1 :])
    if marker == 0xE2 and body.startswith(_ICC):
        walk.profile_bytes += len(body)
        return walk.profile_bytes <= MAX_PROFILE_BYTES
    if marker == 0xE0:
        return body.startswith(_JFIF)
    if marker == 0xEE:
        return body.startswith(_ADOBE)
    return marker in _FRAMES or marker in (_DHT, _DQT, _DRI)


def _size(frame: bytes) -> tuple[int, int]:
    return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")


def _blocks(frame: bytes) -> int:
    """Count the 8 x 8 blocks of all components, rounded up to whole units of the sampling."""
    width, height = _size(frame)
    across = [factor >> 4 for factor in frame[7::3]]
    down = [factor & 15 for factor in frame[7::3]]
    units = -(-width // (8 * max(across))) * -(-height // (8 * max(down)))
    return units * sum(h * v for h, v in zip(across, down, strict=True))


def _plan(walk: _JpegSegments) -> DecodePlan:
    # With more than one scan all coefficients wait in memory, 64 a block, 2 bytes each (libjpeg, jdcoefct.c).
    blocks = _blocks(walk.frame)
    whole = walk.frame_marker == 0xC2 or walk.several_scans
    decoder_bytes = 128 * blocks if whole else 0
    check_memory(decoder_bytes)
    width, height = _size(walk.frame)
    return DecodePlan(
        width,
        height,
        b"".join((*walk.kept, b"\xff\xd9")),
        orientation=walk.orientation or 1,
        decoder_bytes=decoder_bytes,
        # Cameras keep two or four times as much of the brightness, the first component.
        has_coarse_colours=walk.frame[5] == 1 or walk.frame[7] > max(walk.frame[10], walk.frame[13]),
        work=min(1.0, max(width * height / MAX_PIXELS, walk.scans * blocks / MAX_BLOCK_VISITS)),
    )
