"""Files that are not taken as they are: named, told what to do with, and turned by one press."""

from __future__ import annotations

import base64
import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from artworks.core.errors import DamagedFile
from artworks.imaging.converting.convert import open_picture
from tests.browser.conftest import Site
from tests.browser.reviewing import eventually
from tests.browser.stage import row, sideways, until_loaded
from tests.imaging.other_formats import (
    animated_webp,
    bmp,
    box,
    grey_tiff,
    heif,
    sampled_tiff,
    tiff,
    with_size,
)
from tests.imaging.pictures import corners, encode, flat
from tests.support.factories import picture

HEADS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "formats" / "heads.json").read_text(encoding="utf-8")
)
# Texts of all kinds the browser leaves to the server.
SERVER_NAMES = {"text", "HTML", None}
UPLOADS = "**/api/images"
TURN = re.compile(r'name="convert"\r\n\r\n1\r\n')


def tray(page: Page) -> Locator:
    """Find the tray."""
    return page.get_by_role("region", name="Pictures being added")


def cards(page: Page) -> Locator:
    """Find the cards of refused files, from top to bottom."""
    return tray(page).get_by_role("list", name="Not added").locator("> li")


def file(name: str, data: bytes) -> FilePayload:
    """Make a file that was chosen; its type is the system's guess by the name, and so no help."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def head(name: str) -> bytes:
    """Return what a file of the shared list begins with."""
    return next(bytes.fromhex(entry["hex"]) for entry in HEADS if entry["name"] == name)


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files in the picker."""
    page.get_by_label("Choose pictures").set_input_files(list(files))


@pytest.fixture
def turning(page: Page) -> list[str]:
    """Open the library; list the names of the files that are sent to be turned."""
    names: list[str] = []

    def note(route: Route) -> None:
        sent = (route.request.post_data_buffer or b"").decode("latin-1")
        if TURN.search(sent) and (found := re.search(r'filename="([^"]+)"', sent)):
            names.append(found[1])
        route.continue_()

    # Once the page is there: while a page may be held up, the browser keeps nothing.
    page.goto("/")
    page.route(UPLOADS, note)
    return names


def test_the_browser_names_what_files_are_as_the_shared_list_does(page: Page) -> None:
    page.goto("/")
    until_loaded(page)
    named, without = page.evaluate(
        """async (heads) => {
          const address = (name) => document.querySelector(`link[href*="upload/${name}.js"]`).href;
          const { formatOf } = await import(address("formats"));
          const { isConvertible, adviceForOne } = await import(address("format_words"));
          const name = (hex) => formatOf(Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16)));
          const named = heads.map(({ hex }) => [name(hex) || null, isConvertible(name(hex)), adviceForOne(name(hex))]);
          document.body.dataset.turned = "WebP TIFF BMP";
          return [named, [isConvertible("HEIC"), adviceForOne("HEIC")]];
        }""",
        HEADS,
    )
    # Where the server has no library for it.
    assert without == [False, "This is a HEIC photo. Export it as JPEG, then add that."]
    for entry, (name, convertible, advice) in zip(HEADS, named, strict=True):
        expected = None if entry["format"] in SERVER_NAMES else entry["format"]
        assert (name, convertible) == (expected, entry["convertible"]), entry["name"]
        assert bool(advice) == (expected not in {None, "PNG", "JPEG", "GIF"}), entry["name"]


def test_the_browser_says_what_stands_in_the_way_as_the_server_does(page: Page) -> None:
    zstd, lzma = (encode(corners(), "TIFF", compression=packing) for packing in ("zstd", "lzma"))
    lying = dict.fromkeys((256, 257, 278), 8500)
    turned = {**lying, 258: 8, 259: 1, 262: 1, 273: 8, 274: 6, 277: 1, 279: 100}
    exif = Image.Exif()
    exif[0x0112] = 6
    in_the_way = [
        ("TIFF", zstd), ("TIFF", lzma), ("TIFF", grey_tiff(20_000, 9_000)), ("BMP", bmp(20_000, -9_000, 24)),
        ("TIFF", grey_tiff(70_000, 9)), ("TIFF", sampled_tiff(bytes(60), (65_000, 1_500), bits=16, samples=3)),
        ("TIFF", tiff(*((tag, 4, 1, value) for tag, value in turned.items()), data=bytes(100))),
        # Complex, of half floats predicted as floats, of floats in other colours, of YCbCr, of few bits a channel.
        ("TIFF", sampled_tiff(bytes(16), (1, 1), bits=64, kind=6, order=">")),
        ("TIFF", sampled_tiff(bytes(16), (1, 1), bits=16, kind=3, packing=8, predictor=3, big=True)),
        ("TIFF", sampled_tiff(bytes(16), (1, 1), bits=32, kind=3, samples=4, colours=5)),
        ("TIFF", encode(Image.new("YCbCr", (8, 8)), "TIFF", big_tiff=True)),
        ("TIFF", sampled_tiff(bytes(16), (1, 1), bits=4, samples=3)),
        ("TIFF", encode(corners(), "TIFF")[:-5_000]), ("HEIC", heif("photo.heic")[:-200]),
        ("BMP", bmp(2, 1, 32, 3, bytes(8), bytes(12))), ("BMP", encode(corners(), "BMP")[:-1]),
        ("HEIC", box(b"ftyp", b"heic\0\0\0\0mif1")), ("HEIC", heif("photo.heic").replace(b"hvc1", b"j2k1")),
        ("AVIF", with_size(heif("photo.avif"), 6_000, 4_000)),
        ("AVIF", with_size(heif("see-through.avif"), 5_000, 4_000)),
        ("AVIF", with_size(heif("photo.avif"), 12_000, 9_000)),
        ("AVIF", with_size(encode(corners(), "AVIF", subsampling="4:4:4"), 4_000, 4_000)),
        ("AVIF", with_size(heif("hdr.avif"), 6_000, 4_000)),
        ("HEIC", with_size(heif("photo.heic"), 12_000, 9_000)), ("HEIC", with_size(heif("photo.heic"), 9_000, 5_000)),
        ("HEIC", with_size(heif("see-through.heic"), 6_000, 5_000)),
        ("HEIC", with_size(heif("tiles.heic"), 9_000, 7_000)),
        ("WebP", encode(flat("red", size=(9_000, 8_000)), "WEBP", method=0)),
        ("WebP", encode(flat("red", size=(6_000, 6_000)), "WEBP", method=0, lossless=True)),
        ("WebP", encode(flat("red", size=(6_000, 6_000)), "WEBP", method=0, exif=exif)),
        ("WebP", encode(corners(), "WEBP")[:-40]),
    ]  # fmt: skip
    free = [
        ("TIFF", encode(corners(), "TIFF", compression="tiff_lzw")), ("WebP", encode(corners(), "WEBP")),
        ("TIFF", sampled_tiff(bytes(16), (1, 1), bits=16, kind=3)), ("TIFF", encode(Image.new("LAB", (8, 8)), "TIFF")),
        ("TIFF", sampled_tiff(bytes(24), (1, 1), bits=64, kind=3, samples=3, big=True)), ("WebP", animated_webp()),
        ("AVIF", with_size(heif("photo.avif"), 4_000, 4_000)), ("HEIC", heif("tiles.heic")),
        ("HEIC", with_size(heif("tiles.heic"), 8_000, 7_000)), ("HEIC", with_size(heif("photo.heic"), 8_000, 5_000)),
        ("BMP", encode(corners(), "BMP")), ("BMP", bmp(2, 1, 16, 3, bytes(4), struct.pack("<3L", 0xF800, 0x7E0, 0x1F))),
    ]  # fmt: skip
    files = in_the_way + free
    page.goto("/")
    until_loaded(page)
    said = page.evaluate(
        """async (files) => {
          const address = document.querySelector(`link[href*="upload/turning_limits.js"]`).href;
          const { obstacleTo } = await import(address);
          return Promise.all(files.map(([format, text]) =>
            obstacleTo(format, new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], "a"))));
        }""",
        [(name, base64.b64encode(data).decode()) for name, data in files],
    )
    assert said == [obstacle(name, data) for name, data in files]
    assert [bool(one) for one in said] == [True] * len(in_the_way) + [False] * len(free)


def obstacle(name: str, data: bytes) -> str:
    """Return what the server says of a file that cannot be turned; empty for one that can be."""
    try:
        open_picture(data, name)
    except DamagedFile as error:
        return error.message
    return ""


def test_files_that_can_be_turned_are_turned_by_one_press_or_each_by_itself(
    page: Page, site: Site, turning: list[str]
) -> None:
    page.get_by_text("Add images").first.click()
    page.get_by_label("Category for these").fill("Prints")
    choose(
        page,
        file("Heron.jpg", picture()),
        file("Reeds.webp", picture("WEBP")),
        file("Tide.jpg", picture("WEBP")),
        file("Scan.bmp", picture("BMP")),
        file("Layers.psd", head("Heron.psd")),
    )
    status = tray(page).get_by_role("status")
    expect(status).to_have_text("1 added, 3 can be turned into JPEG, 1 not added")
    card, other = cards(page).nth(0), cards(page).filter(has_text="Layers.psd")
    expect(card).to_contain_text("3 pictures in other formats")
    expect(card).to_contain_text("2 WebP and 1 BMP. Export them as PNG or JPEG, or let us turn them.")
    expect(other).to_contain_text("This is a Photoshop file. Export it as PNG or JPEG, then add that.")
    expect(other.get_by_role("button")).to_have_text("Leave it out")
    page.locator("#add-category").evaluate("(field) => (field.value = 'Meant for later files')")

    names = card.get_by_text("Show the 3 names")
    names.click()
    card.get_by_role("button", name="Turn into JPEG: Scan.bmp").press("Enter")
    expect(names.or_(card.get_by_text("Show the 2 names"))).to_be_focused()
    turned = tray(page).get_by_role("list", name="Added and on their way").get_by_role("listitem")
    expect(turned.filter(has_text="Scan.bmp")).to_contain_text("Saved as PNG.")
    expect(card).to_contain_text("2 WebP pictures")
    card.get_by_role("button", name="Turn 2 into JPEG and add").press("Enter")
    expect(tray(page).get_by_role("group", name="Files")).to_be_focused()
    expect(status).to_have_text("4 added, 1 not added")
    expect(turned.nth(0)).to_contain_text("Saved as JPEG.")
    expect(row(page, "Reeds.jpg")).to_contain_text("Prints")
    pictures = site.client.get("/api/images").get_json()["images"]
    assert {image["category"] for image in pictures} == {"Prints"}
    assert len(pictures) == 4
    assert sorted(turning) == ["Reeds.webp", "Scan.bmp", "Tide.jpg"]
    other.get_by_role("button", name="Leave it out").click()
    expect(status).to_have_text("4 added")


def test_a_file_lost_on_its_way_is_turned_by_trying_again_and_leaving_meanwhile_warns(
    page: Page, turning: list[str], allowed: list[str]
) -> None:
    allowed.extend(("ERR_FAILED", "503"))
    until_loaded(page)
    held: list[Route] = []
    page.get_by_role("heading", name="Who writes the first draft?").click()
    page.route(UPLOADS, lambda route: held.append(route), times=1)
    page.route(
        UPLOADS, lambda route: route.fulfill(status=503, json={"error": {"message": "Busy."}}), times=1
    )
    page.route(UPLOADS, lambda route: route.abort(), times=1)
    choose(page, file("Reeds.webp", picture("WEBP")))
    cards(page).get_by_role("button", name="Turn into JPEG and add").click()
    item, again = tray(page).get_by_role("listitem"), tray(page).get_by_role("button", name="Try again")
    # The server is there again at once, so a file that did not reach it is sent by itself.
    expect(item).to_contain_text("Busy.")
    again.click()
    eventually(page, lambda: bool(held))
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    held[0].fallback()
    expect(item).to_contain_text("Saved as JPEG.")
    assert turning == ["Reeds.webp"]


def test_advice_is_whole_however_narrow_and_what_is_not_known_is_told_by_the_server(
    page: Page, allowed: list[str]
) -> None:
    allowed.append("415")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/")
    page.evaluate("document.body.dataset.maxUploadMb = '0.01'")
    long = "a_very_long_name_of_a_photo_that_was_sent_by_somebody_else_and_kept_as_it_was.jpg"
    choose(
        page,
        file(long, heif("photo.heic")),
        file("Huge.heic", head("IMG_1.HEIC") + bytes(20_000)),
        file("Huge.mp4", head("Heron.mp4") + bytes(20_000)),
        file("Unknown.bin", head("Nothing known.bin")),
    )
    advice = (
        "This is a HEIC photo, although its name ends in .jpg. Export it as JPEG, or let us turn it into one. Your "
        "own file stays as it is.",
        "0.1 MB. The limit is 0.01 MB. Save it smaller, then add it again.",
        "0.1 MB. The limit is 0.01 MB. This is a video. Save a still of it as JPEG, then add that.",
        "This is not",
    )
    for card, (name, sentence) in enumerate(
        zip((long, "Huge.heic", "Huge.mp4", "Unknown.bin"), advice, strict=True)
    ):
        expect(cards(page).nth(card)).to_contain_text(name)
        expect(cards(page).nth(card)).to_contain_text(sentence)
    assert (
        cards(page)
        .locator("p, strong")
        .evaluate_all(
            """(texts) => texts.every((one) =>
          one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth + 1)"""
        )
    )
    assert sideways(page) == 0
    expect(tray(page).get_by_role("status")).to_have_text("1 can be turned into JPEG, 3 not added")


def test_what_is_refused_meanwhile_does_not_move_the_row_under_the_pointer(
    page: Page, allowed: list[str]
) -> None:
    allowed.append("422")
    held: list[Route] = []
    page.goto("/")
    page.route(UPLOADS, lambda route: held.append(route))
    good = [file(f"{number}.jpg", picture()) for number in range(12)]
    choose(page, file("Torn.jpg", picture("JPEG", (400, 300))[:700]), *good)
    eventually(page, lambda: len(held) == 3)
    item = tray(page).get_by_role("listitem").filter(has_text="3.jpg")
    item.hover()
    before = item.bounding_box()
    held[0].fallback()
    expect(cards(page).filter(has_text="Torn.jpg")).to_contain_text("damaged")
    after = item.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2
