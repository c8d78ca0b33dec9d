"""The perceptual hash and the pixels of a picture: what leaves them as they are, and what does not."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from artworks.core.errors import DamagedFile
from artworks.imaging import decoding, perceptual_hash, renditions
from artworks.imaging.colours import colour_names
from tests.imaging import pictures
from tests.imaging.pictures import encode, save

pytestmark = pytest.mark.slow

ORIENTATION = 0x112
# What brings a picture that is stored turned like this upright, in Pillow's words.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def distance(one: int, other: int) -> int:
    """Count the bits in which two hashes differ, as the database does."""
    return ((one ^ other) & (2**64 - 1)).bit_count()


def artwork(seed: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Draw some overlapping shapes, other ones for each seed."""
    chance = random.Random(seed)

    def colour() -> tuple[int, ...]:
        return tuple(chance.randrange(256) for _ in range(3))

    image = Image.new("RGB", size, colour())
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        wide, high = (
            chance.randrange(size[0] // 12, size[0] // 2),
            chance.randrange(size[1] // 12, size[1] // 2),
        )
        draw.ellipse((left - wide // 2, top - high // 2, left + wide // 2, top + high // 2), fill=colour())
    return image


def look_of(folder: Path, image: Image.Image, name: str = "one.jpg", **options: object) -> int | None:
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name.rpartition(".")[2]]
    return renditions.make(*save(folder, name, encode(image, kind, **options))).perceptual_hash


def hash_of(folder: Path, name: str, data: bytes) -> str:
    return renditions.pixel_hash(*save(folder, name, data))


def with_exif(jpeg: bytes, exif: Image.Exif) -> bytes:
    """Put EXIF into a JPEG without touching its pixels."""
    body = exif.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_resized_or_saved_again_keeps_its_look(tmp_path: Path, seed: int) -> None:
    image = artwork(seed)
    look = look_of(tmp_path, image, quality=92)
    assert look is not None
    others = [
        look_of(tmp_path, image, quality=30),
        look_of(tmp_path, image.resize((400, 300)), quality=70),
        look_of(tmp_path, image.resize((160, 120)), quality=80),
        look_of(tmp_path, image.resize((1200, 900)), "one.png"),
        look_of(tmp_path, image.resize((500, 375)), "one.gif"),
        look_of(tmp_path, image.crop((4, 4, 796, 596)), quality=85),
    ]
    assert [other for other in others if other is None or distance(look, other) > perceptual_hash.NEAR] == []


def test_other_pictures_have_other_looks(tmp_path: Path) -> None:
    found = [look for look in (look_of(tmp_path, artwork(seed)) for seed in range(20)) if look is not None]
    assert len(found) >= 18
    assert min(distance(one, other) for one, other in combinations(found, 2)) > perceptual_hash.NEAR


def test_a_look_fits_the_column_and_its_pieces_are_those_of_the_database(tmp_path: Path) -> None:
    for seed in range(6):
        look = look_of(tmp_path, artwork(seed))
        assert look is not None
        assert -(2**63) <= look < 2**63
        pieces = perceptual_hash.bands_near(look)
        assert len(pieces) == len(set(pieces)) == 68
        own = [(place << 16) + (look >> (48 - 16 * place) & 65535) for place in range(4)]
        assert set(own) <= set(pieces)


def test_a_look_within_seven_bits_shares_a_piece() -> None:
    chance = random.Random(7)
    for _ in range(300):
        look = chance.getrandbits(64) - 2**63
        other = look
        for bit in chance.sample(range(64), perceptual_hash.NEAR):
            other ^= 1 << bit
        other = (other & (2**64 - 1)) - (2**64 if other >> 63 & 1 else 0)
        assert distance(look, other) == perceptual_hash.NEAR
        own = {(place << 16) + (other >> (48 - 16 * place) & 65535) for place in range(4)}
        assert own & set(perceptual_hash.bands_near(look))


@pytest.mark.parametrize("colour", ["white", "black", (120, 130, 90)])
def test_a_flat_picture_has_no_look(tmp_path: Path, colour: object) -> None:
    assert look_of(tmp_path, pictures.flat(colour, size=(300, 200)), quality=60) is None


def test_next_to_nothing_on_a_flat_ground_is_no_look_either(tmp_path: Path) -> None:
    for place in (40, 700):
        image = pictures.flat("white", size=(800, 600))
        ImageDraw.Draw(image).rectangle((place, 500, place + 40, 520), fill="black")
        assert look_of(tmp_path, image) is None
    ramp = Image.linear_gradient("L").rotate(90).resize((400, 300)).convert("RGB")
    assert look_of(tmp_path, ramp) is None
    assert look_of(tmp_path, ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) is None


def test_what_is_see_through_is_looked_at_on_white(tmp_path: Path) -> None:
    image = artwork(3)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((200, 100, 600, 500), fill=255)
    cut = image.convert("RGBA")
    cut.putalpha(mask)
    on_white = Image.composite(image, Image.new("RGB", image.size, "white"), mask)
    one, other = look_of(tmp_path, cut, "cut.png"), look_of(tmp_path, on_white, "white.png")
    assert one is not None
    assert other is not None
    assert distance(one, other) <= perceptual_hash.NEAR


def test_a_stored_thumbnail_tells_colours_and_look_as_the_original_did(tmp_path: Path) -> None:
    for name, kind, image in (("a.jpg", "JPEG", artwork(1)), ("b.png", "PNG", pictures.corners(mode="RGBA"))):
        image.putpixel((0, 0), (0, 0, 0, 0) if image.mode == "RGBA" else (0, 0, 0))
        made = renditions.make(*save(tmp_path, name, encode(image, kind)))
        colours, look = renditions.measure_thumbnail(made.thumbnail, made.media_type)
        assert set(colour_names(colours)) >= set(colour_names(made.colours))
        assert (look is None) == (made.perceptual_hash is None)
        assert made.perceptual_hash is None or look is None or distance(look, made.perceptual_hash) <= 2


def test_other_metadata_packing_or_format_leave_the_pixels_the_same(tmp_path: Path) -> None:
    image = artwork(2, (300, 200)).quantize(60).convert("RGB")
    noted = PngImagePlugin.PngInfo()
    noted.add_text("Title", "Heron at dusk")
    exif = Image.Exif()
    exif[0x010E] = "Heron at dusk"
    same = [
        hash_of(tmp_path, "plain.png", encode(image, "PNG")),
        hash_of(tmp_path, "noted.png", encode(image, "PNG", pnginfo=noted, exif=exif, dpi=(300, 300))),
        hash_of(tmp_path, "packed.png", encode(image, "PNG", compress_level=1)),
        hash_of(tmp_path, "palette.png", encode(image.quantize(256), "PNG")),
        hash_of(tmp_path, "opaque.png", encode(image.convert("RGBA"), "PNG")),
        hash_of(tmp_path, "one.gif", encode(image.quantize(256), "GIF")),
    ]
    assert len(set(same)) == 1
    jpeg = encode(image, "JPEG", quality=90)
    commented = jpeg[:2] + b"\xff\xfe\x00\x07Heron" + jpeg[2:]
    assert hash_of(tmp_path, "a.jpg", jpeg) == hash_of(tmp_path, "b.jpg", commented)
    assert hash_of(tmp_path, "a.jpg", jpeg) == hash_of(tmp_path, "c.jpg", with_exif(jpeg, exif))


def test_one_other_pixel_or_another_size_is_another_picture(tmp_path: Path) -> None:
    image = artwork(2, (300, 200))
    touched = image.copy()
    touched.putpixel((299, 199), (1, 2, 3))
    row, column = pictures.flat("red", size=(6, 4)), pictures.flat("red", size=(4, 6))
    data = [encode(one, "PNG") for one in (image, touched, image.resize((150, 100)), row, column)]
    data += [encode(image, "JPEG", quality=90), encode(image, "JPEG", quality=40)]
    names = [f"{number}.{'png' if number < 5 else 'jpg'}" for number in range(7)]
    found = [hash_of(tmp_path, name, one) for name, one in zip(names, data, strict=True)]
    assert len(set(found)) == 7


@pytest.mark.parametrize("orientation", STORED_AS)
def test_pixels_and_look_are_those_of_the_upright_picture(
    tmp_path: Path, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = artwork(5, (300, 200))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = image.transpose(STORED_AS[orientation])
    turned = encode(stored, "PNG", exif=exif)
    upright = hash_of(tmp_path, "upright.png", encode(image, "PNG"))
    assert hash_of(tmp_path, "turned.png", turned) == upright
    # One that is too large to be held is gone through several times: 13 lines at once, then one by one.
    plan = decoding.inspect_header(turned, "image/png")
    monkeypatch.setattr(decoding, "_LEAST_HELD_BYTES", 4 * 300 * 13)
    for held in (0, 4 * 300 * 70):
        monkeypatch.setattr(decoding, "_HELD_BYTES", held)
        assert decoding.pixel_hash(plan, "image/png") == upright
    monkeypatch.setattr(decoding, "_LEAST_HELD_BYTES", 0)
    monkeypatch.setattr(decoding, "_HELD_BYTES", 0)
    assert decoding.pixel_hash(plan, "image/png") == upright
    assert hash_of(tmp_path, "stored.png", encode(stored, "PNG")) != upright
    made = renditions.make(*save(tmp_path, "turned.png", turned))
    assert made.perceptual_hash == look_of(tmp_path, image, "upright.png")


def test_the_colours_that_are_shown_count_and_not_the_profile(tmp_path: Path) -> None:
    image = artwork(4, (120, 80))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = hash_of(tmp_path, "plain.png", encode(image, "PNG"))
    assert hash_of(tmp_path, "srgb.png", encode(image, "PNG", icc_profile=profile)) == plain
    assert hash_of(tmp_path, "broken.png", encode(image, "PNG", icc_profile=b"nonsense" * 30)) == plain


def test_animations_that_only_begin_alike_are_not_the_same(tmp_path: Path) -> None:
    frames = [artwork(seed, (60, 40)).quantize(64) for seed in range(3)]

    def moving(*chosen: Image.Image, duration: int = 100) -> bytes:
        return encode(chosen[0], "GIF", save_all=True, append_images=chosen[1:], duration=duration, loop=0)

    data = [
        moving(frames[0], frames[1]),
        moving(frames[0], frames[2]),
        moving(frames[0], frames[1], duration=500),
        encode(frames[0], "GIF"),
    ]
    assert len({hash_of(tmp_path, f"{number}.gif", one) for number, one in enumerate(data)}) == 4
    noted = moving(frames[0], frames[1]).replace(b"GIF89a", b"GIF89a", 1)
    assert hash_of(tmp_path, "again.gif", noted) == hash_of(tmp_path, "0.gif", data[0])


def test_a_file_that_is_cut_off_has_no_hash(tmp_path: Path) -> None:
    for name, kind in (("cut.gif", "GIF"), ("cut.png", "PNG")):
        data = encode(artwork(1), kind)
        with pytest.raises(DamagedFile):
            hash_of(tmp_path, name, data[: len(data) // 2])
