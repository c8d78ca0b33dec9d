"""The first frame of an animated PNG, as a PNG of its own (W3C PNG, third edition, sections 11.3.6 and 4.9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from artworks.imaging.checks.decode_plan import Frame

CHUNKS = frozenset((b"acTL", b"fcTL", b"fdAT"))
_ACTL_BYTES = 20
_MOST_FRAMES = (1 << 31) - 1


@dataclass
class FirstFrame:
    """Gathers a PNG's first frame where that is not the picture in IDAT, which browsers then never show.

    What is not as the specification says is left out, and the picture in IDAT shown.
    """

    width: int
    height: int
    data: list[bytes] = field(default_factory=list)
    frame: Frame | None = None
    _frames: int = 0
    _controls: int = 0
    _idat_seen: bool = False

    def add(self, name: bytes, chunk: bytes) -> None:
        """Take in a whole chunk."""
        if name == b"IDAT":
            self._idat_seen = True
        elif name == b"acTL" and not self._idat_seen and len(chunk) == _ACTL_BYTES:
            frames = int.from_bytes(chunk[8:12], "big")
            self._frames = self._frames or (frames if frames <= _MOST_FRAMES else 0)
        elif name == b"fcTL":
            self._controls += 1
            if self._controls == 1 and self._idat_seen and self._frames:
                self.frame = self._area(chunk[8:-4])
        elif name == b"fdAT" and self._controls == 1 and self.frame:
            # After the sequence number.
            self.data.append(chunk[12:-4])

    def lacks_frames(self) -> bool:
        """Return whether an animation says that it has more frames than there are."""
        return self._controls < self._frames

    def _area(self, body: bytes) -> Frame | None:
        if len(body) != 26:
            return None
        width, height, left, top = (int.from_bytes(body[at : at + 4], "big") for at in (4, 8, 12, 16))
        if not width or not height or left + width > self.width or top + height > self.height:
            return None
        return Frame(left, top, width, height)
