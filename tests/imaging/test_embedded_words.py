"""The words of a file: found in each place that programs put them in, and none that is not a person's."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artworks.imaging.embedded_words import words
from artworks.imaging.embedded_words.kinds import MAX_KEYWORDS, MAX_XMP_BYTES, EmbeddedWords
from tests.imaging.tagged import (
    ASCII,
    BYTE,
    UNDEFINED,
    alt,
    bag,
    chunk,
    extended,
    gif,
    gif_comment,
    gif_xmp,
    iptc,
    itxt,
    jpeg,
    jpeg_exif,
    jpeg_iptc,
    jpeg_xmp,
    photoshop,
    png,
    raw_profile,
    rdf,
    segment,
    tiff,
)  # fmt: skip

NOTHING = EmbeddedWords()
OTHER = alt("dc:title", x_default="No")
TITLED = rdf(alt("dc:title", x_default="Heron"))


def read(data: bytes, media_type: str) -> EmbeddedWords:
    return words.read(io.BytesIO(data), media_type)


def of_jpeg(*segments: bytes) -> EmbeddedWords:
    return read(jpeg(*segments), "image/jpeg")


def of_png(*chunks: bytes) -> EmbeddedWords:
    return read(png(*chunks), "image/png")


def of_gif(*extensions: bytes, **more: Any) -> EmbeddedWords:
    return read(gif(*extensions, **more), "image/gif")


def of_xmp(body: str = "", attributes: str = "", **more: str) -> EmbeddedWords:
    return of_jpeg(jpeg_xmp(rdf(body, attributes, **more)))


def utf16(text: str) -> tuple[int, bytes]:
    return BYTE, text.encode("utf-16-le") + b"\0\0"


def test_xmp_has_all_four_kinds_of_words() -> None:
    found = of_xmp(
        alt("dc:title", de="Reiher", x_default="Heron")
        + alt("dc:description", x_default="It waits & waits.\r\nThen flies.")
        + alt("Iptc4xmpCore:AltTextAccessibility", en="A grey heron in water")
        + bag("dc:subject", "heron", "great blue", "dusk; marsh")
        + bag("lr:hierarchicalSubject", "animals|birds|heron", "places|Norfolk")
    )
    assert found == EmbeddedWords(
        "Heron",
        "It waits & waits.\nThen flies.",
        "A grey heron in water",
        ("heron", "great blue", "dusk", "marsh", "Norfolk"),
    )


@pytest.mark.parametrize(
    ("body", "attributes", "title"),
    [
        ("<dc:title>Heron</dc:title>", "", "Heron"),
        ("", 'dc:title="Heron" photoshop:Headline="News"', "Heron"),
        ("<photoshop:Headline>News</photoshop:Headline>", "", "News"),
        (alt("dc:title", fr="Héron", de="Reiher"), "", "Héron"),
        (alt("dc:title", x_default=" ", de="Reiher"), "", "Reiher"),
        (alt("dc:title", x_default="IMG_1234", de="Reiher"), "", "Reiher"),
        ("<dc:title><rdf:Alt><rdf:li><rdf:value>Heron</rdf:value></rdf:li></rdf:Alt></dc:title>", "", "Heron"),
        # Titles of other pictures that this one is made of.
        (f"<xmpMM:Pantry><rdf:Bag><rdf:li>{OTHER}</rdf:li></rdf:Bag></xmpMM:Pantry>", "", ""),
        (f"<xmpMM:Pantry><rdf:Description dc:title='No'>{OTHER}</rdf:Description></xmpMM:Pantry>", "", ""),
    ],
)  # fmt: skip
def test_a_title_of_xmp_in_each_of_its_forms(body: str, attributes: str, title: str) -> None:
    assert of_xmp(body, attributes) == EmbeddedWords(title)


def test_a_long_alt_text_is_the_description_where_there_is_no_other() -> None:
    long = alt("Iptc4xmpCore:ExtDescrAccessibility", x_default="At the left a heron, at the right water.")
    assert of_xmp(long).description.startswith("At the left")
    assert of_xmp(long + alt("dc:description", x_default="Dusk.")).description == "Dusk."


@pytest.mark.parametrize("packed", [False, True])
def test_xmp_of_a_png(packed: bool) -> None:
    assert of_png(itxt("XML:com.adobe.xmp", TITLED, packed=packed)).title == "Heron"


def test_xmp_of_a_gif_before_and_behind_the_picture() -> None:
    assert of_gif(gif_xmp(TITLED)).title == of_gif(behind=gif_xmp(TITLED)).title == "Heron"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_packet_in_another_encoding_and_with_rests_behind_it(encoding: str) -> None:
    packet = TITLED.decode().encode(encoding)
    assert of_jpeg(jpeg_xmp(packet)).title == "Heron"
    assert of_jpeg(jpeg_xmp(TITLED + b"\0\0<broken")).title == "Heron"


def test_xmp_that_did_not_fit_into_its_segment() -> None:
    more = rdf(bag("dc:subject", "heron") + "<!--" + "x" * 100_000 + "-->")
    name = hashlib.md5(more).hexdigest().upper()
    main = jpeg_xmp(rdf(alt("dc:title", x_default="Heron"), f'xmpNote:HasExtendedXMP="{name}"'))
    assert of_jpeg(main, *extended(more)) == EmbeddedWords("Heron", keywords=("heron",))
    assert of_jpeg(main, *extended(more)[:1]) == EmbeddedWords("Heron")
    assert of_jpeg(main, *extended(more.replace(b"heron", b"stork"), name=name.encode())) == EmbeddedWords(
        "Heron"
    )


def test_iptc_in_utf_8_and_in_older_charsets() -> None:
    def title(value: bytes, **more: bool) -> str:
        return of_jpeg(jpeg_iptc(iptc((5, value), **more))).title

    assert title("Café Müller – “dusk”".encode(), utf8=True) == "Café Müller – “dusk”"
    assert title("Café Müller".encode()) == "Café Müller"
    assert title("Café Müller’s".encode("cp1252")) == "Café Müller’s"
    assert title("Café Müller".encode("mac_roman")) == "Café Müller"
    # Cut at 64 bytes, amid a character.
    assert title(("é" * 40).encode()[:63]) == "é" * 31


def test_iptc_has_title_headline_caption_and_keywords() -> None:
    block = iptc((105, b"News"), (25, b"heron"), (25, b"dusk"), (120, b"It waits."))
    assert of_jpeg(jpeg_iptc(block)) == EmbeddedWords("News", "It waits.", keywords=("heron", "dusk"))
    assert of_jpeg(jpeg_iptc(iptc((105, b"News"), (5, b"Heron")))).title == "Heron"


def test_xmp_comes_before_iptc_unless_that_was_changed_since() -> None:
    block = iptc((5, b"Stork"))
    same, other = hashlib.md5(block).digest(), bytes(16)
    found = [of_jpeg(jpeg_xmp(TITLED), jpeg_iptc(block, digest)).title for digest in (b"", same, other)]
    assert found == ["Heron", "Heron", "Stork"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_has_words_of_windows_and_of_cameras(order: str) -> None:
    entries = {
        0x010E: (ASCII, b"It waits.\0"),
        0x9C9B: utf16("Heron 🐦"),
        0x9C9E: utf16("heron; great blue;dusk"),
    }
    found = of_jpeg(jpeg_exif(tiff(entries, {}, order)))
    assert found == EmbeddedWords("Heron 🐦", "It waits.", keywords=("heron", "great blue", "dusk"))
    assert of_png(chunk(b"eXIf", tiff(entries, order=order))) == found


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0It waits.\0\0\0", b"\0\0\0\0\0\0\0\0It waits.", b"UNICODE\0" + "It waits.".encode("utf-16-le"),
        b"UNICODE\0" + "It waits.".encode("utf-16-be"), b"JIS\0\0\0\0\0It waits.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_comment_of_exif_names_its_charset(comment: bytes, order: str) -> None:
    assert of_jpeg(jpeg_exif(tiff({}, {0x9286: (UNDEFINED, comment)}, order))).description == "It waits."


def test_a_description_that_repeats_the_title_is_none() -> None:
    exif = tiff({0x010E: (ASCII, b"Heron\0"), 0x9C9B: utf16("Heron"), 0x9C9C: utf16("It waits.")})
    assert of_jpeg(jpeg_exif(exif)) == EmbeddedWords("Heron", "It waits.")


def test_what_a_camera_writes_lets_the_next_place_speak() -> None:
    camera = jpeg_exif(tiff({0x010E: (ASCII, b"OLYMPUS DIGITAL CAMERA         \0")}))
    assert of_jpeg(camera) == NOTHING
    assert of_jpeg(camera, jpeg_iptc(iptc((120, b"It waits.")))).description == "It waits."


def test_texts_of_a_png() -> None:
    title, packed = chunk(b"tEXt", b"Title\0Caf\xe9"), itxt("Description", "Ein Café".encode(), packed=True)
    assert of_png(title, packed) == EmbeddedWords("Café", "Ein Café")
    assert of_png(chunk(b"tEXt", b"Comment\0Created with GIMP")) == NOTHING


@pytest.mark.parametrize("packed", [True, False])
def test_blocks_that_a_png_has_as_digits(packed: bool) -> None:
    def title(name: str, block: bytes) -> str:
        return of_png(raw_profile(name, block, packed=packed)).title

    block, exif = iptc((5, b"Heron")), b"Exif\0\0" + tiff({0x9C9B: utf16("Heron")})
    assert (
        title("iptc", photoshop(block)) == title("8bim", photoshop(block)) == title("iptc", block) == "Heron"
    )
    assert title("exif", exif) == title("APP1", exif) == title("xmp", TITLED) == "Heron"
    assert title("APP1", b"http://ns.adobe.com/xap/1.0/\0" + TITLED) == "Heron"
    assert of_png(raw_profile("iptc", photoshop(block), heading="IPTC profile")).title == "Heron"
    assert title("iptc", b"") == title("icc", photoshop(block)) == ""
    assert of_png(chunk(b"tEXt", b"Raw profile type iptc\0\niptc\n 2\n1c0")) == NOTHING
    newer = raw_profile("iptc", photoshop(block, bytes(16)))
    assert of_png(itxt("XML:com.adobe.xmp", rdf(OTHER)), newer).title == "Heron"


@pytest.mark.parametrize("mark", [b"parameters\0a heron, Steps: 20", b"workflow\0{}", b"Software\0NovelAI"])
def test_what_a_picture_was_generated_from_is_not_its_text(mark: bytes) -> None:
    assert of_png(chunk(b"tEXt", b"Description\0a heron, best quality"), chunk(b"tEXt", mark)) == NOTHING


def test_a_comment_counts_where_there_is_nothing_else() -> None:
    assert of_jpeg(segment(0xFE, b"It waits.")).description == "It waits."
    assert of_gif(gif_comment(b"It waits. " * 40)).description.startswith("It waits. It")
    assert of_jpeg(segment(0xFE, b"It waits."), jpeg_xmp(TITLED)) == EmbeddedWords("Heron")
    assert of_jpeg(segment(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90")) == NOTHING


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Caf\u00c3\u00a9 M\u00c3\u00bcller", "Café Müller"),
        ("Caf\u00c3\u0192\u00c2\u00a9", "Café"),
        ("It\u00e2\u20ac\u2122s dusk", "It’s dusk"),
        ("Ã la carte", "Ã la carte"),
        ("Tom &amp; Anna&#39;s heron", "Tom & Anna's heron"),
        ("AT&T &c.", "AT&T &c."),
        ("e\u0301tude", "étude"),
        ("a\u202eb\u2066c\u0007d\u200ee", "abcd\u200ee"),
        ("Heron\ufffd\ufffd\ufffd\ufffd", ""),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_texts_are_mended_only_where_that_is_certain(written: str, text: str) -> None:
    assert of_xmp(alt("dc:title", x_default=written.replace("\u0007", ""))).title == text.replace(
        "\u0007", ""
    )
    assert of_jpeg(jpeg_iptc(iptc((5, written.encode())))).title == text


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "packet",
    [
        rdf("<dc:title>&c;</dc:title>", before=BOMB),
        rdf("<dc:title>&c;</dc:title>", before=OUTSIDE),
        rdf("<dc:title>Heron</dc:title>", before="<!DOCTYPE x>"),
        rdf("<dc:title>&c;</dc:title>"),
        rdf("<a>" * 50_000),
        rdf(alt("dc:title", x_default="Heron") + "<dc:a/>" * 30_000),
        rdf(alt("dc:title", x_default="Heron") + "<dc:a>" * 60 + "</dc:a>" * 60),
        TITLED[:300],
        TITLED.replace(b"Heron", b"H\xff\xferon"),
        TITLED.replace(b"Heron", b"Her\0on"),
        b'<?xml version="1.0" encoding="utf-7"?>' + TITLED,
        b'<?xml version="1.0" encoding="nothing"?>' + TITLED,
        b"",
    ],
    ids=range(13),
)
def test_a_packet_that_no_program_writes_has_no_words(packet: bytes) -> None:
    assert of_png(itxt("XML:com.adobe.xmp", packet, packed=True)) == NOTHING


def test_more_than_is_taken_is_not_read() -> None:
    padded = TITLED + b" " * MAX_XMP_BYTES
    bomb = b"\0" * 20_000_000
    assert of_png(itxt("XML:com.adobe.xmp", padded)) == NOTHING
    assert of_png(itxt("XML:com.adobe.xmp", padded, packed=True)) == NOTHING
    assert of_gif(gif_xmp(padded)) == NOTHING
    assert of_png(itxt("Title", bomb, packed=True), itxt("Description", b"It waits.")) == EmbeddedWords(
        "", "It waits."
    )
    # Broken: not packed at all.
    assert of_png(chunk(b"zTXt", b"Title\0\0Heron")) == NOTHING


def test_of_many_keywords_the_first_are_taken() -> None:
    many = [f"k{number}" for number in range(100_000)]
    assert of_xmp(bag("dc:subject", *many[:1_000])).keywords == tuple(many[:MAX_KEYWORDS])
    assert (
        len(of_jpeg(jpeg_iptc(iptc(*((25, text.encode()) for text in many[:5_000])))).keywords)
        == MAX_KEYWORDS
    )
    assert len(of_jpeg(jpeg_exif(tiff({0x9C9E: utf16(";".join(many)[:30_000])}))).keywords) == MAX_KEYWORDS


def test_a_directory_of_exif_leads_nowhere_twice() -> None:
    itself = tiff({0x010E: (ASCII, b"It waits.\0"), 0x8769: (4, (8).to_bytes(4, "little"))})
    assert of_jpeg(jpeg_exif(itself)).description == "It waits."
    beyond = itself[:8] + b"\xff\xff" + itself[10:].replace(b"It waits", b"\xff" * 8)
    assert of_jpeg(jpeg_exif(beyond)).title == ""
    assert of_jpeg(jpeg_exif(b"II*\0\xff\xff\xff\xff")) == NOTHING


ALL = {
    "image/jpeg": jpeg(
        jpeg_exif(tiff({0x9C9B: utf16("Heron")}, {0x9286: (UNDEFINED, b"UNICODE\0a\0")})),
        jpeg_xmp(rdf(alt("dc:title", x_default="Heron") + bag("dc:subject", "heron"), 'xmpNote:HasExtendedXMP="00"')),
        *extended(TITLED),
        jpeg_iptc(iptc((5, b"Heron"), (25, b"heron"), utf8=True), bytes(16)),
        segment(0xFE, b"It waits."),
    ),
    "image/png": png(itxt("XML:com.adobe.xmp", TITLED, packed=True), chunk(b"eXIf", tiff({0x9C9B: utf16("Heron")}))),
    "image/gif": gif(gif_comment(b"It waits."), gif_xmp(TITLED)),
}  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(ALL)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_no_damage_to_a_file_raises(media_type: str, changes: list[tuple[float, bytes]], end: float) -> None:
    data = bytearray(ALL[media_type])
    for place, piece in changes:
        at = int(place * len(data))
        data[at : at + len(piece)] = piece
    for broken in (bytes(data), bytes(data[: int(end * len(data))])):
        found = read(broken, media_type)
        assert all(
            isinstance(text.encode(), bytes) for text in (found.title, found.description, *found.keywords)
        )
