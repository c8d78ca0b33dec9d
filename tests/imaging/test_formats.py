"""Naming a file by its content: what every other kind is called, whatever its name says, and what to do with it."""

from __future__ import annotations

import pytest

from artworks.imaging import conversion
from artworks.imaging.checks.formats import HEAD_BYTES, identify
from tests.imaging.other_formats import animated_webp, bmp, box, grey_tiff, heif, tiff
from tests.imaging.pictures import corners, encode

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
# Each: what it is called, and the beginnings that mean it.
KINDS: dict[str, tuple[bytes, ...]] = {
    "HEIC": (
        heif("photo.heic"),
        *(box(b"ftyp", brand + b"\0\0\0\0mif1") for brand in (b"heix", b"hevc", b"mif1", b"msf1")),
        box(b"ftyp", b"mif1\0\0\0\0mif1heic"),
    ),
    "AVIF": (
        heif("photo.avif"), box(b"ftyp", b"avis\0\0\0\0avifmsf1"), box(b"ftyp", b"mif1\0\0\0\0mif1avif"),
    ),
    "WebP": (encode(corners(), "WEBP"), animated_webp()),
    "TIFF": (
        grey_tiff(9, 9), encode(corners(), "TIFF"), b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0",
        # From a camera's maker, but no sensor's picture.
        tiff((271, 2, 4, 0x6B694E)),
    ),
    "BMP": (bmp(9, 9, 24), encode(corners(), "BMP")),
    "JPEG XL": (b"\xff\x0a\xfa\x1f", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "JPEG 2000": (encode(corners(), "JPEG2000"), b"\xff\x4f\xff\x51\0"),
    "camera raw": (
        b"II*\0\x10\0\0\0CR\2\0", box(b"ftyp", b"crx \0\0\0\1crx isom"), b"FUJIFILMCCD-RAW 0201", b"IIU\0\x18\0\0\0",
        b"IIRO\x08\0\0\0", tiff((50706, 1, 4, 0x401)), tiff((254, 4, 1, 1), (271, 2, 6, 900), (330, 4, 1, 950)),
        tiff((259, 3, 1, 65535)), tiff((262, 3, 1, 32803)),
    ),
    "Photoshop": (b"8BPS\0\1" + bytes(6), b"8BPS\0\2" + bytes(6)),
    "SVG": (
        SVG.encode(), SVG.encode("utf-8-sig"), SVG.encode("utf-16"), SVG.encode("utf-16-le"), SVG.encode("utf-16-be"),
        b'<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY a "b>">]>\n<svg:svg >',
    ),
    "PDF": (b"%PDF-1.7\n", b"%PDF-1.5\n%AI"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0", b"\xc5\xd0\xd3\xc6 "),
    "video": (
        box(b"ftyp", b"qt  \0\0\0\0qt  "), box(b"ftyp", b"isom\0\0\0\0isommp42"), box(b"ftyp", b"M4V \0\0\0\0"),
        b"\0\0\0\x08wide\0\0\0\0mdat", b"\x1a\x45\xdf\xa3\x93", b"RIFF\0\0\0\0AVI LIST", b"\0\0\1\xba\x44",
        (b"\x47" + bytes(187)) * 4,
    ),
    "audio": (b"ID3\4", box(b"ftyp", b"M4A \0\0\0\0")),
    "ICO": (encode(corners(), "ICO"), b"\0\0\2\0\1\0\x20\x20\0\0\1\0\1\0"),
    "Word": (b"PK\3\4" + bytes(26) + b"word/document.xml", b"{\\rtf1"),
    "Office": (b"PK\3\4" + bytes(26) + b"[Content_Types].xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "Krita": (b"PK\3\4" + bytes(26) + b"mimetypeapplication/x-krita",),
    "Procreate": (b"PK\3\4" + bytes(26) + b"Document.archive",),
    "ZIP": (b"PK\3\4" + bytes(26) + b"photo.jpg",),
    "HTML": (b"<!DOCTYPE html><svg >", b"\n<html><script>alert(1)</script></html>"),
    "AppleDouble": (b"\0\5\x16\7\0\2\0\0",),
    "empty": (bytes(5000),),
    "text": ("Grüße".encode(), b"BM is how a BMP begins", b"<!--" * 2000, '{"a": 1}'.encode("utf-16")),
}  # fmt: skip
# What is known to be nothing here, and what a hostile file makes of each.
UNKNOWN = (
    b"", b"\x93\1\2", b"\0\0\1\0\0\0", b"\xff\xfb\x90\0", b"RIFF\0\0\0\0abcd", b"\x81\x82\x83\xff", b"\0\0\0\x10abcd",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_file_is_named_by_its_content(name: str) -> None:
    assert [kind.name if (kind := identify(data)) else None for data in KINDS[name]] == [name] * len(
        KINDS[name]
    )


def test_what_is_not_known_gets_no_name() -> None:
    assert [identify(data) for data in UNKNOWN] == [None] * len(UNKNOWN)
    assert identify(b"\xfe" * HEAD_BYTES) is None


def test_lying_lengths_and_endless_prologs_are_read_within_the_head() -> None:
    for data in (
        b"\xff\xff\xff\xffftypheic" + bytes(5000), b"\0\0\0\1ftypheic" + b"\xff" * 100, b"\0\0\0\0ftypheic",
    ):  # fmt: skip
        assert identify(data).name == "HEIC"  # type: ignore[union-attr]
    assert identify(b"II*\0\xff\xff\xff\xff").name == "TIFF"  # type: ignore[union-attr]
    assert identify(b"<!DOCTYPE a [" * 400).name == "text"  # type: ignore[union-attr]


def test_a_refusal_names_the_file_and_the_step_to_take() -> None:
    for data, filename, sentence in (
        (heif("photo.heic"), "a.HEIC", "This is a HEIC photo. Export it as JPEG, or let us turn it into one."),
        (
            heif("photo.heic"), "a.jpg",
            "This is a HEIC photo, although its name ends in .jpg. Export it as JPEG, or let us turn it into one.",
        ),
        (b"%PDF-1.7", "a.pdf", "This is a PDF document. Export its page as PNG or JPEG."),
        (b"8BPS\0\1", "a.PNG", "This is a Photoshop file, although its name ends in .png. Export it as PNG or JPEG."),
        (b"\x93\1\2", "a.jpg", "This is not a PNG, JPEG or GIF picture."),
    ):  # fmt: skip
        error = conversion.refusal(identify(data), filename)
        assert (error.status, error.message) == (415, sentence)


def test_without_a_safe_libheif_heic_and_avif_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "convertible_formats", lambda: frozenset(("WebP", "TIFF", "BMP")))
    error = conversion.refusal(identify(heif("photo.heic")), "a.heic")
    assert (error.message, error.format, error.convertible) == (
        "This is a HEIC photo. Export it as JPEG.", "HEIC", False,
    )  # fmt: skip
