"""Pictures of other formats, turned into PNG or JPEG by a decoder, and which ones can be."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from artworks.core.errors import DamagedFile, DecoderEnded, OtherFormat
from artworks.imaging import decoder_pool
from artworks.imaging.checks import formats
from artworks.imaging.checks.formats import FileFormat
from artworks.imaging.decoder_messages import Message

UNKNOWN = "This is not a PNG, JPEG or GIF picture."
NO_LIBHEIF = "No libheif that is safe to use is installed here: HEIC and AVIF pictures are refused by name."
# Up to 30 s of processor time.
_PATIENCE = 120.0
# In the order in which people are told of them.
_TURNED = tuple(kind.name for kind in (formats.HEIC, formats.WEBP, formats.TIFF, formats.BMP, formats.AVIF))
# Names that promise what the file is not.
_PROMISING = ("png", "jpg", "jpeg", "jpe", "jfif", "gif")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Converted:
    """What a picture of another format became: the bytes, their media type, and what there is to say of it."""

    data: bytes
    media_type: str
    note: str


def convert(path: Path, kind: FileFormat, limit: int, said_limit: str) -> Converted:
    """Turn a picture into a PNG or JPEG of at most `limit` bytes, called `said_limit`: 30 s of a processor at most.

    Raises DamagedFile for one that is broken, too heavy or too large, and DecoderEnded when that could not be found
    out.
    """
    values = {"do": "convert", "format": kind.name, "limit": limit, "said_limit": said_limit}
    with path.open("rb") as file:
        answer = decoder_pool.ask(Message(values, file=file.fileno()), _PATIENCE)
    return Converted(answer.pieces[0], answer.values["media_type"], answer.values["note"])


def refusal(kind: FileFormat | None, filename: str, path: Path | None = None) -> OtherFormat:
    """Return the error that names a file of another kind, and the step to take.

    Of the file at `path` only what can be done is offered; else the error says what stands in the way. Raises
    DecoderEnded when that could not be found out.
    """
    if kind is None:
        return OtherFormat(UNKNOWN)
    ending = filename.rpartition(".")[2].lower()
    although = f", although its name ends in .{ending}" if ending in _PROMISING else ""
    convertible = kind.name in convertible_formats()
    if convertible and path and (obstacle := _obstacle(path, kind)):
        return OtherFormat(obstacle, format=kind.name)
    advice = kind.advice + (", or let us turn it into one." if convertible else "." * kind.convertible)
    return OtherFormat(
        f"This is {kind.called}{although}. {advice}", format=kind.name, convertible=convertible
    )


def _obstacle(path: Path, kind: FileFormat) -> str:
    """Return why a file cannot be turned, and the step to take; empty for one that can be, as far as headers tell."""
    try:
        with path.open("rb") as file:
            question = Message({"do": "inspect_other", "format": kind.name}, file=file.fileno())
            decoder_pool.ask(question, _PATIENCE)
    except DamagedFile as error:
        return error.message
    return ""


def log_missing() -> None:
    """Say in the log at the start that HEIC and AVIF will be refused, if they will."""
    # That no decoder can be started was logged.
    with suppress(DecoderEnded):
        convertible_formats()


def check() -> str:
    """Return what `check` prints of other formats. Raises DecoderEnded."""
    return f"{', '.join(sorted(convertible_formats()))} can be turned into JPEG or PNG"


def offered_formats() -> list[str]:
    """Return the names of the formats that pages offer to turn; all of them where no decoder tells just now."""
    try:
        able = convertible_formats()
    except DecoderEnded:
        return list(_TURNED)
    return [name for name in _TURNED if name in able]


@cache
def convertible_formats() -> frozenset[str]:
    """Return the names of the formats that can be turned here; asked of a decoder once. Raises DecoderEnded."""
    answer = decoder_pool.ask(Message({"do": "formats", "formats": list(_TURNED)}), _PATIENCE)
    if not answer.values["libheif"]:
        log.warning("%s", NO_LIBHEIF)
    return frozenset(answer.values["formats"])
