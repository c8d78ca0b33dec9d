"""Make picture files of every kind that browsers and imaging libraries see differently; the same ones each time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from scripts import odd_profiles
from scripts.odd_drawings import Odd, cut_out, inks, letters, lines, photograph, pixels, saved, shapes
from scripts.odd_files import (
    chunk,
    gif,
    gif_control,
    gif_frame,
    inserted,
    png,
    segment,
    tiff,
)
from scripts.odd_pngs import animated_pngs, png_colours, png_depths

SIZES = ((7, 5), (48, 64), (301, 200), (1500, 1100))


def print_colours() -> Iterator[Odd]:
    """Make CMYK pictures."""
    tables = {
        "none": b"",
        "table 16": odd_profiles.table(b"CMYK", 0.0, grid=7),
        "table 8": odd_profiles.table(b"CMYK", 0.0, deep=False, grid=7),
        "table, grey black": odd_profiles.table(b"CMYK", 0.01, 0.0, grid=7),
        "of another kind": odd_profiles.matrix(),
        "broken": b"nonsense" * 40,
    }
    for number, size in enumerate(SIZES):
        for name, profile in tables.items():
            options = {"icc_profile": profile} if profile else {}
            data = saved(inks(size, number), "JPEG", quality=95, **options)
            yield Odd(f"{name} {size}", data)
        plain = saved(inks(size, number), "JPEG", quality=95)
        at = plain.index(b"\xff\xee")
        yield Odd(f"no Adobe mark {size}", plain[:at] + plain[at + 16 :])
        for transform in (1, 2, 9):
            mark = plain.index(b"Adobe") + 11
            changed = plain[:mark] + bytes([transform]) + plain[mark + 1 :]
            yield Odd(f"transform {transform} {size}", changed)


def profiles() -> Iterator[Odd]:
    """Make pictures with colour profiles."""
    colour = {
        "table 16": odd_profiles.table(b"RGB ", 0.0),
        "table 8": odd_profiles.table(b"RGB ", 0.0, deep=False),
        "table, grey black": odd_profiles.table(b"RGB ", 0.008, 0.0),
        "P3": odd_profiles.matrix(odd_profiles.P3),
        "P3 v4": odd_profiles.matrix(odd_profiles.P3, version=4),
        "Adobe": odd_profiles.matrix(odd_profiles.ADOBE),
        "ProPhoto": odd_profiles.matrix(odd_profiles.PROPHOTO, 1.8),
        "1.0": odd_profiles.matrix(gamma=1.0),
        "for grey": odd_profiles.grey(1.0),
        "for print": odd_profiles.table(b"CMYK", 0.0, grid=5),
        "broken": b"nonsense" * 40,
    }
    grey = {
        "1.8": odd_profiles.grey(1.8),
        "1.0": odd_profiles.grey(1.0),
        "of lightness": odd_profiles.grey(1.0, b"Lab "),
        "for colours": colour["ProPhoto"],
    }
    for number, size in enumerate(SIZES):
        for name, profile in colour.items():
            image = shapes(size, number)
            yield Odd(f"jpeg {name} {size}", saved(image, "JPEG", quality=95, icc_profile=profile))
            packed = chunk(b"iCCP", b"odd\0\0" + zlib.compress(profile))
            for depth, kind in ((8, 2), (16, 2), (8, 6)):
                yield Odd(
                    f"png {depth}/{kind} {name} {size}",
                    png(cut_out(image) if kind == 6 else image, depth, kind, packed),
                )
        for name, profile in grey.items():
            image = shapes(size, number).convert("L")
            yield Odd(f"grey jpeg {name} {size}", saved(image, "JPEG", quality=95, icc_profile=profile))
            packed = chunk(b"iCCP", b"odd\0\0" + zlib.compress(profile))
            for depth, kind in ((8, 0), (16, 0), (8, 4)):
                yield Odd(f"grey png {depth}/{kind} {name} {size}", png(image, depth, kind, packed))


def gifs() -> Iterator[Odd]:
    """Make GIFs whose frames do not fit their canvas, and other odd ones."""
    few = shapes((60, 40)).quantize(16)
    palette = bytes(few.getpalette() or ())[:48].ljust(48, b"\0")
    other = bytes(reversed(palette))
    places = {
        "fits": ((60, 40), 0, 0),
        "larger frame": ((30, 20), 0, 0),
        "wider frame": ((30, 70), 0, 0),
        "frame beyond": ((60, 40), 25, 17),
        "frame outside": ((20, 20), 30, 30),
        "no canvas": ((0, 0), 0, 0),
        "no canvas, moved": ((0, 0), 9, 4),
        "no width": ((0, 40), 0, 0),
        "small frame": ((120, 90), 0, 0),
        "small frame, moved": ((120, 90), 33, 21),
        "large canvas": ((1600, 1300), 400, 300),
    }
    for name, (size, left, top) in places.items():
        for number, control in enumerate(
            (b"", gif_control(), gif_control(3), gif_control(0, 2), gif_control(15, 3))
        ):
            for interlaced in (False, True):
                frame = gif_frame(few, left, top, interlaced=interlaced)
                data = gif(size, palette, control, frame, background=number)
                yield Odd(f"{name} {number} {interlaced}", data)
        local = gif_frame(few, left, top, other)
        yield Odd(f"{name} own colours", gif(size, palette, local))
        yield Odd(f"{name} only own colours", gif(size, b"", local))
        second = gif_frame(few.rotate(180), left + 10, top + 10, other)
        for disposal in range(4):
            moving = (gif_control(disposal=disposal), gif_frame(few, left, top), gif_control(5), second)
            yield Odd(f"{name} moving {disposal}", gif(size, palette, *moving))


def orientations() -> Iterator[Odd]:
    """Make pictures that say how they are turned, in right and in wrong places."""
    image = shapes((90, 60))
    jpeg = saved(image, "JPEG", quality=95)
    xmp = segment(
        0xE1, b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    )

    def exif(value: int, mark: bytes = b"Exif\0\0", **options: Any) -> bytes:
        return segment(0xE1, mark + tiff(value, **options))

    for value in (*range(10), 255, 65_535):
        for order in "<>":
            yield Odd(f"jpeg {value} {order}", inserted(jpeg, exif(value, order=order)))
            early = png(image, 8, 2, chunk(b"eXIf", tiff(value, order=order)))
            yield Odd(f"png {value} {order}", early)
        large = saved(photograph((1700, 1300), value), "JPEG", quality=90)
        yield Odd(f"large jpeg {value}", inserted(large, exif(value)))
        yield Odd(f"late png {value}", png(image, 8, 2, after=chunk(b"eXIf", tiff(value))))
    segments = {
        "1, then 6": (exif(1), exif(6)),
        "6, then 1": (exif(6), exif(1)),
        "none, then 6": (segment(0xE1, b"Exif\0\0junk"), exif(6)),
        "XMP": (xmp,),
        "XMP and 8": (xmp, exif(8)),
        "long": (exif(6, kind=4),),
        "two values": (exif(6, count=2),),
        "another mark": (exif(6, b"Exif\0\xff"),),
        "APP2": (segment(0xE2, b"Exif\0\0" + tiff(6)),),
        "MPF": (exif(6), segment(0xE2, b"MPF\0" + tiff(8))),
    }
    for name, parts in segments.items():
        yield Odd(name, inserted(jpeg, *parts))
    yield Odd("before the data", inserted(jpeg, exif(6), before=b"\xff\xda"))
    yield Odd("after the data", jpeg[:-2] + exif(6) + jpeg[-2:])
    yield Odd("two in a png", png(image, 8, 2, chunk(b"eXIf", tiff(1)), chunk(b"eXIf", tiff(6))))
    yield Odd("broken in a png", png(image, 8, 2, chunk(b"eXIf", tiff(6))[:-1] + b"x"))


def endings() -> Iterator[Odd]:
    """Make whole pictures that lack their end mark or have something where it should be."""
    image = shapes((90, 60))
    files = {"png": png(image, 8, 2), "jpeg": saved(image, "JPEG", quality=95), "gif": saved(image, "GIF")}
    marks = {"png": 12, "jpeg": 2, "gif": 1}
    for name, data in files.items():
        # Of a JPEG that lacks its mark Chromium waits for more.
        for missing in range(1 if name == "jpeg" else marks[name] + 1):
            yield Odd(f"{name} lacks {missing}", data[: len(data) - missing])
        for after in (b"\0", b"\0" * 40, b"xyz", b"<html>" * 30):
            yield Odd(f"{name} and {after[:6]!r}", data + after)
            yield Odd(f"{name} but {after[:6]!r}", data[: -marks[name]] + after)
    for missing in range(1, 5):
        yield Odd(f"png lacks {12 + missing}", files["png"][: -12 - missing])
    few = shapes((60, 40)).quantize(16)
    palette, frame = bytes(few.getpalette() or ())[:48].ljust(48, b"\0"), gif_frame(few)
    for stray in (b"\0", b"\0\0\0", b"stray bytes"):
        data = gif((60, 40), palette, gif_control(), frame, stray, gif_control(), frame)
        yield Odd(f"gif {stray!r} between", data)
    jpeg = files["jpeg"]
    for transform in (0, 1, 2, 9, 255):
        mark = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
        yield Odd(f"Adobe {transform}", inserted(jpeg, mark))
        yield Odd(f"Adobe {transform} alone", jpeg[:2] + mark + jpeg[20:])


DRAW: dict[str, Callable[[tuple[int, int]], Image.Image]] = {
    "pixels": pixels,
    "shapes": shapes,
    "photograph": photograph,
    "lines": lines,
    "letters": letters,
}


def small() -> Iterator[Odd]:
    """Make small pictures, which are not made smaller."""
    for name, make in DRAW.items():
        for size in ((1, 1), (3, 40), (16, 16), (32, 32), (100, 128), (128, 128), (333, 250), (640, 480)):
            image = make(size)
            yield Odd(f"{name} png {size}", saved(image, "PNG"))
            yield Odd(f"{name} clear png {size}", saved(cut_out(image), "PNG"))
            yield Odd(f"{name} palette {size}", saved(image.quantize(32), "PNG"))
            yield Odd(f"{name} gif {size}", saved(image.quantize(32), "GIF"))
            yield Odd(f"{name} jpeg {size}", saved(image, "JPEG", quality=95, subsampling=0))


def large() -> Iterator[Odd]:
    """Make pictures about as large as a preview, and larger."""
    for name in ("lines", "letters", "shapes", "photograph"):
        for size in ((1280, 800), (1400, 1000), (2600, 2000)):
            image = DRAW[name](size)
            yield Odd(f"{name} png {size}", saved(image, "PNG"))
            yield Odd(f"{name} clear png {size}", saved(cut_out(image), "PNG", compress_level=1))
            yield Odd(f"{name} gif {size}", saved(image.quantize(64), "GIF"))
            for halved in (0, 2):
                data = saved(image, "JPEG", quality=90, subsampling=halved)
                yield Odd(f"{name} jpeg {halved} {size}", data)
    yield Odd("dark lines", saved(lines((1500, 1200), ground="black"), "PNG"))


KINDS = {
    "print": print_colours,
    "profile": profiles,
    "PNG colours": png_colours,
    "PNG depths": png_depths,
    "GIF": gifs,
    "APNG": animated_pngs,
    "turned": orientations,
    "ending": endings,
    "small": small,
    "large": large,
}
