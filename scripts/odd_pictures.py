"""Make picture files of every kind that browsers and imaging libraries see differently; the same ones each time."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from scripts import odd_profiles
from scripts.make_samples import seeded
from scripts.odd_files import (
    chunk,
    frame_control,
    frame_data,
    frames,
    gif,
    gif_control,
    gif_frame,
    inserted,
    png,
    segment,
    tiff,
)

BT709 = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3 = (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
D50 = (0.3457, 0.3585, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SIZES = ((7, 5), (48, 64), (301, 200), (1500, 1100))


@dataclass(frozen=True)
class Odd:
    """A picture file, and what is odd about it."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        """Return what the file says it is."""
        types = {b"\x89P": "image/png", b"\xff\xd8": "image/jpeg", b"GI": "image/gif"}
        return types[self.data[:2]]


def shapes(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw shapes over a ramp, with black, white and full colours, as art has them."""
    chance, (width, height) = seeded(seed), size
    ramp = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (ramp, ramp.rotate(180), ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    draw = ImageDraw.Draw(image)
    colours = [
        (0, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (128, 128, 128),
        (20, 20, 20),
    ]
    colours += [tuple(chance.randrange(256) for _ in range(3)) for _ in range(12)]  # type: ignore[misc]
    for colour in colours:
        left, top = chance.randrange(width), chance.randrange(height)
        draw.ellipse(
            (left - width // 6, top - height // 6, left + width // 6, top + height // 6), fill=colour
        )
    return image


def photograph(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw something with detail of every size."""
    chance = seeded(seed)
    layers = []
    for step in (40, 8, 2):
        small = (max(2, size[0] // step), max(2, size[1] // step))
        layers.append(Image.frombytes("RGB", small, chance.randbytes(3 * small[0] * small[1])).resize(size))
    return Image.blend(Image.blend(layers[0], layers[1], 0.3), layers[2], 0.15)


def lines(size: tuple[int, int], seed: int = 1, ground: str = "white") -> Image.Image:
    """Draw coloured lines one pixel wide."""
    chance, image = seeded(seed), Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        ends = [(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(2)]
        draw.line(ends, fill=tuple(chance.choice((0, 60, 255)) for _ in range(3)))
    return image


def pixels(size: tuple[int, int], seed: int = 1, colours: int = 12) -> Image.Image:
    """Draw pixel art: single pixels of a few colours, some of them in patterns."""
    chance = seeded(seed)
    palette = [tuple(chance.choice((0, 85, 170, 255)) for _ in range(3)) for _ in range(colours)]
    image = Image.new("RGB", size, palette[0])
    for y in range(size[1]):
        for x in range(size[0]):
            if (x // 8 + y // 8) % 3 == 0 or (x + y) % 7 == 0:
                image.putpixel((x, y), palette[(x * 7 + y * 3 + x * y // 9) % colours])
    return image


def letters(size: tuple[int, int]) -> Image.Image:
    """Draw a page of coloured letters, as a screenshot has."""
    image = Image.new("RGB", size, (250, 250, 252))
    draw = ImageDraw.Draw(image)
    for row in range(0, size[1], 14):
        colour = ((row * 40) % 256, (row * 90) % 256, (row * 10) % 256)
        draw.text((4, row), "A heron at dusk, drawn in ink and watercolour. " * 6, fill=colour)
    draw.rectangle((size[0] // 2, 0, size[0], size[1] // 6), fill=(20, 90, 200))
    return image


def cut_out(image: Image.Image) -> Image.Image:
    """Make a picture see-through around an oval, with a soft edge."""
    mask = (
        Image.radial_gradient("L").resize(image.size).point(lambda value: max(0, min(255, 2 * (200 - value))))
    )
    image = image.convert("RGBA")
    image.putalpha(mask)
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture with Pillow."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def inks(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw print colours, with black of one ink and of all four."""
    plain = shapes(size, seed).convert("CMYK")
    black = photograph(size, seed).convert("L").point(lambda value: max(0, value - 90))
    image = Image.merge("CMYK", (*plain.split()[:3], black))
    width, height = size
    for place, colour in enumerate(((0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0), (255, 255, 255, 0))):
        image.paste(colour, (place * width // 4, 0, (place + 1) * width // 4, height // 5))
    return image


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
    grey = {"1.8": odd_profiles.grey(1.8), "1.0": odd_profiles.grey(1.0), "for colours": colour["ProPhoto"]}
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
