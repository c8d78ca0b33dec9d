"""Every good picture gets its renditions: right size, upright, see-through where it was, without metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from artworks.imaging import renditions
from tests.imaging import pictures
from tests.imaging.decoders import examine
from tests.imaging.pictures import CORNERS, encode, near, opened, save


def seen_corners(image: Image.Image) -> list[int]:
    """Return which of CORNERS is seen in each quarter, in reading order."""
    width, height = image.size
    places = [(width * (1 + 2 * (n % 2)) // 4, height * (1 + 2 * (n // 2)) // 4) for n in range(4)]
    pixels = [image.convert("RGB").getpixel(place) for place in places]
    return [next(n for n, colour in enumerate(CORNERS) if near(pixel, colour, 40)) for pixel in pixels]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.jpg", {}),
        ("progressive.jpg", {"progressive": True}),
        ("full-colour.jpg", {"subsampling": 0, "quality": 100}),
        ("restarts.jpg", {"restart_marker_rows": 1}),
        ("plain.png", {}),
        ("plain.gif", {}),
    ],
)
def test_each_kind_is_opened_at_its_size(name: str, options: dict[str, object], tmp_path: Path) -> None:
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name[-3:]]
    file = save(tmp_path, name, encode(pictures.corners(2000, 1500), kind, **options))

    made = renditions.make(*file)

    # Four colours are kept without loss, unless they came as JPEG.
    wanted = "image/jpeg" if kind == "JPEG" else "image/webp"
    assert (made.width, made.height, made.media_type) == (2000, 1500, wanted)
    assert opened(made.preview).size == (1280, 960)
    assert opened(made.thumbnail).size == (320, 240)
    assert seen_corners(opened(made.thumbnail)) == [0, 1, 2, 3]


def test_small_pictures_are_not_enlarged(tmp_path: Path) -> None:
    file = save(tmp_path, "small.png", encode(pictures.corners(40, 30), "PNG"))

    made = renditions.make(*file)

    assert opened(made.preview).size == opened(made.thumbnail).size == (40, 30)


@pytest.mark.parametrize("name", ["dot.jpg", "dot.png", "dot.gif"])
def test_one_pixel_is_a_picture(name: str, tmp_path: Path) -> None:
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name[-3:]]
    file = save(tmp_path, name, encode(pictures.flat((200, 90, 40), size=(1, 1)), kind))

    assert opened(renditions.make(*file).thumbnail).size == (1, 1)
    assert opened(renditions.for_model(*file)).size == (1, 1)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (3, 5_000)])
@pytest.mark.parametrize("name", ["strip.jpg", "strip.png", "strip.gif"])
def test_strips_keep_at_least_one_pixel(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name[-3:]]
    file = save(tmp_path, name, encode(pictures.flat((200, 90, 40), size=size), kind))

    made = renditions.make(*file)

    assert max(opened(made.preview).size) == 1280
    assert min(opened(made.thumbnail).size) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["camera.jpg", "scan.png"])
def test_the_camera_s_orientation_is_followed(name: str, orientation: int, tmp_path: Path) -> None:
    image = pictures.corners(1400, 1000)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(image, "JPEG" if name.endswith("jpg") else "PNG", exif=exif)
    file = save(tmp_path, name, data)
    upright = ImageOps.exif_transpose(opened(data))
    assert upright is not None

    made = renditions.make(*file)

    assert (made.width, made.height) == upright.size == examine(*file).upright_size
    assert seen_corners(opened(made.preview)) == seen_corners(upright)
    assert seen_corners(opened(renditions.for_model(*file))) == seen_corners(upright)


def test_nothing_of_the_camera_s_notes_is_left(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-MAKER"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    profile = pictures.srgb_profile()
    data = encode(pictures.textured(), "JPEG", exif=exif, icc_profile=profile, comment=b"HIDDEN-NOTE")
    file = save(tmp_path, "gps.jpg", data)

    made = renditions.make(*file)

    for out in (made.thumbnail, made.preview, renditions.for_model(*file)):
        assert not opened(out).getexif()
        assert not {"icc_profile", "comment", "xmp"} & set(opened(out).info)
        assert b"CAMERA-MAKER" not in out
        assert b"HIDDEN-NOTE" not in out


@pytest.mark.parametrize(
    ("name", "mode"),
    [("rgba.png", "RGBA"), ("grey-alpha.png", "LA"), ("palette.png", "P"), ("palette.gif", "RGBA")],
)
def test_see_through_parts_stay_see_through(name: str, mode: str, tmp_path: Path) -> None:
    image = pictures.flat((200, 60, 40, 255), "RGBA", (200, 100))
    image.paste((0, 255, 0, 0), (0, 0, 100, 100))
    data = encode(image.convert(mode), "GIF" if name.endswith("gif") else "PNG")
    file = save(tmp_path, name, data)

    made = renditions.make(*file)
    thumbnail = opened(made.thumbnail).convert("RGBA")

    assert examine(*file).has_alpha
    assert made.media_type == "image/webp"
    assert [thumbnail.getpixel((x, 50))[3] for x in (20, 180)] == [0, 255]  # type: ignore[index]
    assert near(opened(renditions.for_model(*file)).getpixel((20, 50)), (255, 255, 255))


def test_hidden_colours_do_not_bleed_into_edges(tmp_path: Path) -> None:
    image = pictures.flat((255, 255, 255, 255), "RGBA", (3000, 600))
    image.paste((255, 0, 0, 0), (0, 0, 1501, 600))
    file = save(tmp_path, "edge.png", encode(image, "PNG"))

    preview = opened(renditions.make(*file).preview).convert("RGBA")

    edge = [preview.getpixel((x, 100)) for x in range(600, 680)]
    assert all(near(pixel[:3], (255, 255, 255), 40) for pixel in edge if pixel[3] > 60)  # type: ignore[index]


def test_an_alpha_that_hides_nothing_is_dropped(tmp_path: Path) -> None:
    photograph = pictures.textured().resize((1400, 1000)).convert("RGBA")
    file = save(tmp_path, "opaque.png", encode(photograph, "PNG", compress_level=1))

    assert renditions.make(*file).media_type == "image/jpeg"
    # So is one of a picture that is kept without loss.
    small = save(tmp_path, "small.png", encode(pictures.corners(mode="RGBA"), "PNG"))
    assert opened(renditions.make(*small).preview).mode == "RGB"


def test_an_animation_shows_its_first_frame_and_counts_them_all(tmp_path: Path) -> None:
    data = pictures.animation(frames=6)
    file = save(tmp_path, "moving.gif", data)

    made = renditions.make(*file)

    assert examine(*file).frames == 6
    assert (made.width, made.height) == (90, 70)
    shown, wanted = opened(made.preview).convert("RGBA"), opened(data).convert("RGBA")
    assert near(shown.getpixel((20, 30)), wanted.getpixel((20, 30)), 30)  # type: ignore[arg-type]
    assert shown.getpixel((80, 5))[3] == wanted.getpixel((80, 5))[3] == 0  # type: ignore[index]


def test_an_animated_png_is_shown_still(tmp_path: Path) -> None:
    red, blue = pictures.flat((220, 30, 30)), pictures.flat((30, 60, 220))
    data = encode(red, "PNG", save_all=True, append_images=[blue])
    assert b"acTL" in data

    made = renditions.make(*save(tmp_path, "moving.png", data))

    assert near(opened(made.preview).getpixel((5, 5)), (220, 30, 30))


@pytest.mark.parametrize("size", [(640, 480), (2500, 2100)])
def test_a_gif_keeps_its_canvas_when_the_frame_is_smaller(size: tuple[int, int], tmp_path: Path) -> None:
    data = bytearray(encode(pictures.flat((220, 30, 30), size=(100, 80)), "GIF"))
    data[6:10] = size[0].to_bytes(2, "little") + size[1].to_bytes(2, "little")

    made = renditions.make(*save(tmp_path, "canvas.gif", bytes(data)))

    assert (made.width, made.height) == size
    assert opened(made.preview).width == min(size[0], 1280)
    assert opened(made.preview).convert("RGBA").getpixel((630, 300))[3] == 0  # type: ignore[index]


def test_pictures_appended_by_a_camera_are_passed_over(tmp_path: Path) -> None:
    main, other = pictures.corners(1600, 1200), pictures.flat((0, 0, 0), size=(320, 240))
    mpo = encode(main, "MPO", save_all=True, append_images=[other])

    made = renditions.make(*save(tmp_path, "mpo.jpg", mpo))

    assert seen_corners(opened(made.preview)) == [0, 1, 2, 3]


def test_stray_bytes_before_a_marker_are_harmless(tmp_path: Path) -> None:
    data = encode(pictures.textured(), "JPEG", progressive=True)
    second_scan = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    stray = data[:second_scan] + b"\x01\x02\x03" + data[second_scan:]

    assert renditions.make(*save(tmp_path, "stray.jpg", stray)).width == 640


def test_a_missing_end_mark_alone_is_harmless(tmp_path: Path) -> None:
    jpeg, gif = encode(pictures.textured(), "JPEG"), pictures.animation()

    assert renditions.make(*save(tmp_path, "no-end.jpg", jpeg[:-2])).width == 640
    assert renditions.make(*save(tmp_path, "no-end.gif", gif[:-1])).width == 90


def test_the_model_s_copy_may_be_made_from_the_preview(tmp_path: Path) -> None:
    made = renditions.make(*save(tmp_path, "big.png", encode(pictures.corners(2000, 1500), "PNG")))

    copy = opened(renditions.for_model(made.preview, made.media_type))

    assert (copy.format, copy.size) == ("JPEG", (1024, 768))
    assert seen_corners(copy) == [0, 1, 2, 3]


def test_a_see_through_preview_is_put_on_white_for_the_model(tmp_path: Path) -> None:
    file = save(tmp_path, "clear.png", encode(pictures.flat((0, 0, 0, 0), "RGBA"), "PNG"))
    made = renditions.make(*file)

    copy = opened(renditions.for_model(made.preview, made.media_type))

    assert near(copy.getpixel((10, 10)), (255, 255, 255))
