"""Odd PNGs: colours told by other means than a profile, every depth, and animated ones."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from scripts import odd_profiles
from scripts.odd_drawings import BT709, D50, P3, Odd, cut_out, photograph, shapes
from scripts.odd_files import (
    chunk,
    frame_control,
    frame_data,
    frames,
    png,
)


def gamma(value: int) -> bytes:
    """Write a PNG's gAMA, in 1/100,000."""
    return chunk(b"gAMA", struct.pack(">I", value))


def primaries(values: tuple[float, ...]) -> bytes:
    """Write a PNG's cHRM."""
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


def numbers(colours: int, transfer: int, matrix: int = 0, full: int = 1) -> bytes:
    """Write a PNG's cICP."""
    return chunk(b"cICP", bytes((colours, transfer, matrix, full)))


def png_colours() -> Iterator[Odd]:
    """Make PNGs that say by other means than a profile what their colours are."""
    srgb = chunk(b"sRGB", b"\0")
    said: dict[str, tuple[bytes, ...]] = {
        **{
            f"gAMA {value}": (gamma(value),)
            for value in (0, 10_000, 35_000, 45_455, 47_000, 50_000, 55_556, 100_000)
        },
        "gAMA and P3": (gamma(45_455), primaries(P3)),
        "gAMA 1 and P3": (gamma(100_000), primaries(P3)),
        "gAMA and D50": (gamma(55_556), primaries(D50)),
        "gAMA and BT.709": (gamma(45_455), primaries(BT709)),
        "gAMA and no triangle": (gamma(100_000), primaries((0.0,) * 8)),
        "cHRM alone": (primaries(P3),),
        "sRGB over gAMA": (gamma(100_000), srgb),
        "iCCP over gAMA": (gamma(100_000), chunk(b"iCCP", b"p\0\0" + zlib.compress(odd_profiles.matrix()))),
        "broken iCCP and gAMA": (chunk(b"iCCP", b"p\0\0" + zlib.compress(b"no")), gamma(100_000)),
        "broken gAMA": (gamma(100_000)[:-1] + b"x",),
        **{
            f"cICP {one}, 13": (numbers(one, 13), gamma(100_000))
            for one in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22)
        },
        **{
            f"cICP 1, {one}": (numbers(1, one), gamma(60_000)) for one in (1, 2, 4, 5, 6, 7, 8, 9, 14, 15, 17)
        },
        "cICP of a narrow range": (numbers(12, 13, full=0), gamma(55_556)),
        "PQ": (numbers(9, 16),),
        "PQ in P3": (numbers(12, 16),),
        "PQ up to 600": (numbers(9, 16), chunk(b"cLLI", struct.pack(">II", 6_000_000, 1_000_000))),
        "PQ up to 4,000": (
            numbers(9, 16),
            chunk(
                b"mDCV",
                struct.pack(
                    ">8HII", 35_400, 14_600, 8_500, 39_850, 6_550, 2_300, 15_635, 16_450, 40_000_000, 1
                ),
            ),
        ),
        "HLG": (numbers(9, 18),),
        "cICP over all": (numbers(12, 13), gamma(100_000), srgb),
    }
    for number, (name, chunks) in enumerate(said.items()):
        image = shapes((160, 120), number)
        yield Odd(f"{name} 8/2", png(image, 8, 2, *chunks))
        # Chromium lays colours beyond those of sRGB on the ground before it cuts them, which no copy in sRGB can show.
        if not name.startswith(("PQ", "HLG", "cICP 9,", "cICP 10,")):
            yield Odd(f"{name} 8/6", png(cut_out(image), 8, 6, *chunks))
            yield Odd(f"{name} 16/6", png(cut_out(image), 16, 6, *chunks))
        yield Odd(f"{name} 16/2", png(image, 16, 2, *chunks))
        yield Odd(f"{name} grey", png(image.convert("L"), 8, 0, *chunks))
        yield Odd(f"{name} grey, 16", png(image.convert("L"), 16, 0, *chunks))
        yield Odd(f"{name} palette", png(image.quantize(64), 8, 3, *chunks))
        if number % 3 == 0:
            yield Odd(f"{name} large", png(photograph((1500, 1000), number), 8, 2, *chunks))


def png_depths() -> Iterator[Odd]:
    """Make PNGs of all depths and colour types, with a see-through colour and interlaced."""
    for interlaced in (False, True):
        for number, size in enumerate(((1, 1), (9, 13), (129, 77), (400, 300))):
            image = shapes(size, number)
            for kind, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (4, (8, 16)), (6, (8, 16))):
                source = cut_out(image) if kind in (4, 6) else image
                for depth in depths:
                    name = f"{depth}/{kind} {size}{' interlaced' * interlaced}"
                    yield Odd(name, png(source, depth, kind, interlaced=interlaced))
            clear = chunk(b"tRNS", struct.pack(">HHH", 0, 0, 0))
            yield Odd(f"clear 8/2 {size}", png(image, 8, 2, clear, interlaced=interlaced))
            clear = chunk(b"tRNS", struct.pack(">H", 0))
            yield Odd(f"clear 1/0 {size}", png(image, 1, 0, clear, interlaced=interlaced))
            for depth in (1, 2, 4, 8):
                few = image.quantize(2**depth)
                name = f"{depth}/3 {size}{' interlaced' * interlaced}"
                yield Odd(name, png(few, depth, 3, interlaced=interlaced))
                half = chunk(b"tRNS", bytes((0, 128))[: len(few.getpalette() or ()) // 3])
                yield Odd(f"clear {name}", png(few, depth, 3, half, interlaced=interlaced))


def animated_pngs() -> Iterator[Odd]:
    """Make animated PNGs whose first frame is not the picture that others show."""
    for kind in (2, 6):
        for number, size in enumerate(((40, 30), (300, 200))):
            one, two, three = (shapes(size, number * 3 + n) for n in range(3))
            part = three.crop((0, 0, size[0] // 2, size[1] // 2))
            whole = frame_control(0, size)
            late = (frame_control(2, size), frame_data(3, three, kind))
            moved = frame_control(0, part.size, size[0] // 3, size[1] // 4, 1)
            cases = {
                "first is shown": ((frames(2), whole), frame_control(1, size) + frame_data(2, two, kind)),
                "first is not shown": ((frames(2),), whole + frame_data(1, two, kind) + b"".join(late)),
                "one frame": ((frames(1),), whole + frame_data(1, two, kind)),
                "first is smaller": ((frames(2),), moved + frame_data(1, part, kind) + b"".join(late)),
                "says it late": ((), frames(2) + whole + frame_data(1, two, kind) + b"".join(late)),
                "does not say it": ((), whole + frame_data(1, two, kind)),
            }
            for name, (before, after) in cases.items():
                yield Odd(f"{name} {kind} {size}", png(one, 8, kind, *before, after=after))
