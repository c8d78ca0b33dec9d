"""What a file is that is no PNG, JPEG or GIF: named by its first bytes, whatever its name says.

The upload tray does the same before it sends anything (static/js/upload/); both know the same names.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

# What `identify` looks at: enough for the first directory of a camera's file and the comments before a drawing.
HEAD_BYTES = 4096


@dataclass(frozen=True)
class FileFormat:
    """A kind of file: its name, how a sentence calls it, what to do with it, and whether it can be turned."""

    name: str
    called: str
    advice: str
    convertible: bool = False


_SAVE = "Export it as PNG or JPEG"
_EXPORT = "Export it as PNG or JPEG."

HEIC = FileFormat("HEIC", "a HEIC photo", "Export it as JPEG", True)
AVIF = FileFormat("AVIF", "an AVIF picture", _SAVE, True)
WEBP = FileFormat("WebP", "a WebP picture", _SAVE, True)
TIFF = FileFormat("TIFF", "a TIFF picture", _SAVE, True)
BMP = FileFormat("BMP", "a BMP picture", _SAVE, True)

_JXL = FileFormat("JPEG XL", "a JPEG XL picture", _EXPORT)
_JPEG_2000 = FileFormat("JPEG 2000", "a JPEG 2000 picture", _EXPORT)
_RAW = FileFormat("camera raw", "a camera raw file", "Export it as JPEG from your photo program.")
_PSD = FileFormat("Photoshop", "a Photoshop file", _EXPORT)
_GIMP = FileFormat("GIMP", "a GIMP file", _EXPORT)
_KRITA = FileFormat("Krita", "a Krita file", _EXPORT)
_PROCREATE = FileFormat("Procreate", "a Procreate file", "Share it from Procreate as PNG or JPEG.")
_CLIP = FileFormat("Clip Studio", "a Clip Studio file", _EXPORT)
_AFFINITY = FileFormat("Affinity", "an Affinity file", _EXPORT)
_SVG = FileFormat("SVG", "an SVG drawing", "Export it as PNG.")
_PDF = FileFormat("PDF", "a PDF document", "Export its page as PNG or JPEG.")
_EPS = FileFormat("EPS", "an EPS or Illustrator drawing", "Export it as PNG.")
_EXR = FileFormat("OpenEXR", "an OpenEXR picture", _EXPORT)
_NETPBM = FileFormat("Netpbm", "a Netpbm picture", _EXPORT)
_ICO = FileFormat("ICO", "an icon", "Export it as PNG.")
_VIDEO = FileFormat("video", "a video", "Only pictures can be added: save a still of it as JPEG.")
_SOUND = FileFormat("audio", "a sound file", "Only pictures can be added.")
_WORD = FileFormat("Word", "a Word document", "Save the picture in it as PNG or JPEG.")
_OFFICE = FileFormat("Office", "an Office document", "Save the picture in it as PNG or JPEG.")
_ZIP = FileFormat("ZIP", "a ZIP archive", "Unpack it, then add the pictures in it.")
_ARCHIVE = FileFormat("archive", "an archive", "Unpack it, then add the pictures in it.")
_HTML = FileFormat("HTML", "a web page, not the picture on it", "Save the picture itself and add that.")
_APPLE_DOUBLE = FileFormat("AppleDouble", "a helper file of macOS", "Add the picture beside it, without ._")
_SHORTCUT = FileFormat("shortcut", "a shortcut, not the picture itself", "Add the file that it leads to.")
_TEXT = FileFormat("text", "a text file", "Only pictures can be added.")
_ZEROS = FileFormat("empty", "a file that holds nothing but zeros", "Copy it once more from where it was.")

_STARTS = (
    (b"\0\0\0\x0cJXL \r\n\x87\n", _JXL),
    (b"\xff\x0a", _JXL),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _JPEG_2000),
    (b"\xff\x4f\xff\x51", _JPEG_2000),
    (b"8BPS\0\1", _PSD),
    (b"8BPS\0\2", _PSD),
    (b"FUJIFILMCCD-RAW", _RAW),
    (b"IIU\0", _RAW),
    (b"IIRO", _RAW),
    (b"IIRS", _RAW),
    (b"MMOR", _RAW),
    (b"FOVb", _RAW),
    (b"\0MRM", _RAW),
    (b"II\x1a\0\0\0HEAPCCDR", _RAW),
    (b"gimp xcf ", _GIMP),
    (b"CSFCHUNK", _CLIP),
    (b"\0\xffKA", _AFFINITY),
    (b"%PDF-", _PDF),
    (b"%!PS", _EPS),
    (b"\xc5\xd0\xd3\xc6", _EPS),
    (b"\x76\x2f\x31\x01", _EXR),
    (b"\x1a\x45\xdf\xa3", _VIDEO),
    (b"\0\0\1\xba", _VIDEO),
    (b"\0\0\1\xb3", _VIDEO),
    (b"FLV\1", _VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO),
    (b"OggS", _VIDEO),
    (b"ID3", _SOUND),
    (b"fLaC", _SOUND),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (b"{\\rtf", _WORD),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"\x1f\x8b\x08", _ARCHIVE),
    (b"\0\5\x16\7", _APPLE_DOUBLE),
    (b"\x4c\0\0\0\1\x14\2\0", _SHORTCUT),
)
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
# Pictures in this container, of whichever codec.
_STILL_BRANDS = frozenset((b"mif1", b"mif2", b"msf1"))
_SOUND_BRANDS = frozenset((b"M4A ", b"M4B ", b"M4P "))
# How a QuickTime film begins that says no brand.
_FILM_BOXES = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
# Tags of a TIFF's first directory (TIFF 6.0, DNG 1.7).
_SUBFILE, _COMPRESSION, _PHOTOMETRIC, _MAKE, _SUB_IFDS, _DNG_VERSION = 254, 259, 262, 271, 330, 50706
_SENSOR_COLOURS = frozenset((32803, 34892))
_SENSOR_PACKINGS = frozenset((32767, 34713, 65535))
_HTML_TAGS = frozenset(("html", "head", "body", "script", "title", "meta", "link", "div", "p"))
_FIRST_TAG = re.compile(r"<(?:[\w.-]{1,40}:)?([A-Za-z]\w{0,20})[\s>/]")


def identify(head: bytes) -> FileFormat | None:
    """Name what a file is by its first `HEAD_BYTES` bytes, or all of a shorter one; None for what is not known."""
    head = head[:HEAD_BYTES]
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return next((found for look in _LOOKS if (found := look(head))), None)


def _container(head: bytes) -> FileFormat | None:
    """Name a file of boxes by its brands (ISO/IEC 14496-12, 4.3): the main one first."""
    if head[4:8] in _FILM_BOXES:
        return _VIDEO
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _HEIC_BRANDS:
            return HEIC
        if brand in _AVIF_BRANDS:
            return AVIF
    if brands[0] == b"crx ":
        return _RAW
    if brands[0] == b"jxl ":
        return _JXL
    if _STILL_BRANDS.intersection(brands):
        return HEIC
    return _SOUND if brands[0] in _SOUND_BRANDS else _VIDEO


def _riff(head: bytes) -> FileFormat | None:
    if head[:4] not in (b"RIFF", b"RF64"):
        return None
    return {b"WEBP": WEBP, b"AVI ": _VIDEO, b"WAVE": _SOUND}.get(head[8:12])


def _tiff(head: bytes) -> FileFormat | None:
    """Name a TIFF, or one of the cameras' own files that begin like one."""
    order = {b"II*\0": "little", b"MM\0*": "big", b"II+\0": "little", b"MM\0+": "big"}.get(head[:4])
    if order is None:
        return None
    tags = _first_directory(head, order) if b"*" in head[:4] else {}
    is_raw = (
        head[8:10] == b"CR"
        or _DNG_VERSION in tags
        or tags.get(_PHOTOMETRIC) in _SENSOR_COLOURS
        or tags.get(_COMPRESSION) in _SENSOR_PACKINGS
        # A small picture for looking at first, then the sensor's.
        or (tags.get(_SUBFILE) == 1 and _MAKE in tags and _SUB_IFDS in tags)
    )
    return _RAW if is_raw else TIFF


def _first_directory(head: bytes, order: str) -> dict[int, int]:
    """Read tags and their first numbers out of the first directory, as far as it lies within the head."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(head[at : at + size], "little" if order == "little" else "big")

    start, found = number(4, 4), {}
    for entry in range(min(number(start, 2), 200)):
        at = start + 2 + 12 * entry
        if at + 12 > len(head):
            break
        found[number(at, 2)] = number(at + 8, 2 if number(at + 2, 2) == 3 else 4)
    return found


def _bmp(head: bytes) -> FileFormat | None:
    return BMP if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS else None


def _icon(head: bytes) -> FileFormat | None:
    """Name an icon or a pointer of Windows, which begin with next to nothing, and those of macOS."""
    is_windows = head[:4] in (b"\0\0\1\0", b"\0\0\2\0") and head[4:6] != b"\0\0" and head[9:10] == b"\0"
    return _ICO if is_windows or head[:4] == b"icns" else None


def _netpbm(head: bytes) -> FileFormat | None:
    return _NETPBM if re.match(rb"P[1-7]\s+(#|\d|WIDTH)", head) else None


def _zip(head: bytes) -> FileFormat | None:
    """Name an archive by the first files in it: programs keep their documents in such."""
    if not head.startswith(b"PK\3\4"):
        return None
    for mark, kind in (
        (b"application/x-krita", _KRITA), (b"image/openraster", _KRITA), (b"Document.archive", _PROCREATE),
        (b"QuickLook/Thumbnail", _PROCREATE), (b"word/", _WORD), (b"opendocument.text", _WORD),
        (b"[Content_Types].xml", _OFFICE), (b"opendocument", _OFFICE),
    ):  # fmt: skip
        if mark in head:
            return kind
    return _ZIP


def _film_stream(head: bytes) -> FileFormat | None:
    """Name an MPEG transport stream: a mark every 188 bytes."""
    return _VIDEO if len(head) > 376 and head[0] == head[188] == head[376] == 0x47 else None


def _zeros(head: bytes) -> FileFormat | None:
    return _ZEROS if head and not head.strip(b"\0") else None


def _written(head: bytes) -> FileFormat | None:
    """Name what is text: a drawing, a web page, a shortcut, or only text."""
    text = _decoded(head)
    if text is None:
        return None
    tag = _first_tag(text)
    if tag == "svg":
        return _SVG
    if tag in _HTML_TAGS:
        return _HTML
    if text.startswith("[InternetShortcut]"):
        return _SHORTCUT
    return _TEXT if text.strip() else None


def _decoded(head: bytes) -> str | None:
    """Return the text that these bytes are; None when they are none. A character cut off at their end does no harm."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif head[1:2] == b"\0":
        encoding = "utf-16-le"
    else:
        encoding = "utf-16-be" if head[:1] == b"\0" else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None
    return text if all(one.isprintable() or one.isspace() for one in text) else None


def _first_tag(text: str) -> str:
    """Return the name of the first element, in small letters, past comments, instructions and the document's type."""
    rest = text.lstrip()
    if rest[:14].lower() == "<!doctype html":
        return "html"
    while rest.startswith(("<?", "<!")):
        end = "-->" if rest.startswith("<!--") else "?>" if rest.startswith("<?") else ">"
        if end == ">" and "[" in rest.partition(">")[0]:
            end = "]>"
        _, found, rest = rest.partition(end)
        if not found:
            return ""
        rest = rest.lstrip()
    match = _FIRST_TAG.match(rest)
    return match[1].lower() if match else ""


_LOOKS: tuple[Callable[[bytes], FileFormat | None], ...] = (
    _container, _riff, _tiff, _bmp, _icon, _netpbm, _zip, _film_stream, _zeros, _written,
)  # fmt: skip
