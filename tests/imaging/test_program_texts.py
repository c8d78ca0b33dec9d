"""What cameras and programs write by themselves is told from what people write, in both directions."""

from __future__ import annotations

import pytest

from artworks.imaging.embedded_words.program_texts import is_keyword_of_program, is_of_program

OF_PROGRAMS = """
OLYMPUS DIGITAL CAMERA|OLYMPUS DIGITAL CAMERA         |SONY DSC|KONICA MINOLTA DIGITAL CAMERA
MINOLTA DIGITAL CAMERA|SAMSUNG DIGITAL CAMERA|SAMSUNG CAMERA PICTURES|KODAK Digital Still Camera
MOULTRIE DIGITAL GAME CAMERA|KODAK CX7430 ZOOM DIGITAL CAMERA|DIGITAL CAMERA|<Digimax i5, Samsung #1>
<KENOX S1050 / Samsung S1050>|MAX|cof|hdr|hdrpl|oznor|oznorWO|sdr_HDRB|mde_soft|Exif_JPEG_PICTURE
binary comment|charset=Ascii|AppleMark|SAMSUNG|default|vlc snapshot|DCIM|DCIM100|100MEDIA|102CANON
Created with GIMP|Created with The GIMP|Created with GIMP on a Mac|Created with Adobe Fireworks
Created by Imlib|Made with Canva|Processed with VSCO|Processed with VSCO with c1 preset|Edited with Snapseed
Edited at https://lunapic.com|File written by Adobe Photoshop® 4.0|Adobe Photoshop CC 2015 (Windows)
Adobe Photoshop Lightroom 6.0 (Macintosh)|Picasa|LEAD Technologies Inc. V1.01
CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90|Intel(R) JPEG Library, version 1,5,4,36
Optimized by JPEGmini 3.9.2.5L 0x1234|ACD Systems Digital Imaging|Software: Microsoft Office|Basic RGB|Web
Untitled|untitled|Untitled-1|Untitled 3|Untitled design|Untitled design - 2|unnamed (1)|Unbenannt|無題|未标题-1
No title|none|Image|Description|Screenshot|screenshot|Screen Shot 2024-01-01 at 10.00.00 AM
Screenshot_20240101-101010_com.android.chrome|Bildschirmfoto 2024-01-01 um 10.00.00|DSC_0001|DSC00012
DSCF1234|IMG_1234|IMG_1234 (edited)|IMG_20180811_173822_1|_MG_1234|IMG-20240101-WA0001
PXL_20240101_101010123.MP|P1010001|image001|Photo 12-05-2024, 10 01 02|WhatsApp Image 2024-01-01 at 10.00.00
heron.jpg|two rooms, one evening.JPG|poster final 3.psd|12345|1/12|2024:01:01 10:00:00
2024-01-01T10:00:00+02:00|....|Mon Jan  1 10:00:00 UTC 2024|deadbeefdeadbeefdeadbeef
550e8400-e29b-41d4-a716-446655440000|https://example.com/x|xmp.did:550e8400-e29b-41d4-a716-446655440000
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk|{"prompt": {"3": {"inputs": {}}}}|[{"id": 1}]
a heron, Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1
heron at dusk --ar 3:2 --v 6 Job ID: 550e8400-e29b-41d4-a716-446655440000|Workflow: {"nodes": []}
NovelAI generated image|filter: 0; fileterIntensity: 0.0; filterMask: 0; captureOrientation: 0;
<?xml version="1.0"?><a/>
"""
OF_PEOPLE = """
Fireworks|Fireworks 2024
Untitled (Blue)|Untitled Film Still #21|Untitled heron|Heron at dusk|Max|Mon amour|Nor|Burst|Webs
Print of a heron|Apple|Windows|Made with love by Anna|Made in Berlin|Painted in Procreate on my iPad
Created with watercolour and ink|Taken with Adobe and mud|Made with Canvas and oil|Sony and me|Kodak moment
Digital camera on a table|A Canon in D|GIMP mask by Anna|Vivitar sunset
Medium: oil; Size: large; Year: 2020; Price: 100|Creator: Anna Müller, 2020|No. 5|Étude 3|夜の海|Foto vom See
Image of a bird|Screenshot of my studio wall, 2024|Scanned from a slide by Anna|Photo 51 by Rosalind
Prompt: paint what you see|Steps: 20|1984 was a year|See studio.ai|Negative space|<3 herons|[untitled] heron
Donaudampfschifffahrtsgesellschaftskapitänsmütze|Title of the song|The IMG_1234 series
Heron.jpg is the file, dusk is the subject
"""


def listed(texts: str) -> list[str]:
    return [text for line in texts.strip().splitlines() for text in line.split("|")]


def test_what_programs_write_is_known() -> None:
    assert [text for text in listed(OF_PROGRAMS) if not is_of_program(text)] == []


def test_what_people_write_is_left_to_them() -> None:
    assert [text for text in listed(OF_PEOPLE) if is_of_program(text)] == []


@pytest.mark.parametrize("long", ["1", "1.t", "a:0;", "at ", "t1", "A", "0-", "a1 ", "adobe ", "\u0301", "("])
@pytest.mark.parametrize("before", ["", "img", "screenshot", "adobe ", "untitled", "http://", "a:"])
def test_no_text_takes_long_to_judge(before: str, long: str) -> None:
    for count in (250, 9_000):
        is_of_program(f"{before}{(long * count)[:count]}x!")


def test_keywords_are_words_and_years() -> None:
    codes = ["uploaded:by=flickrmobile", "20240101123", "heron.jpg", "550e8400-e29b-41d4-a716-446655440000"]
    assert [text for text in codes if not is_keyword_of_program(text)] == []
    assert [text for text in ("2024", "photo", "hdr", "heron", "夜") if is_keyword_of_program(text)] == []
