"""The small pictures of an original, and what is measured of it; all of it is done by decoders, which can be ended.

A decoder is a process of its own (artworks/imaging/decoder_pool.py): whatever a file does there costs this one nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from artworks.imaging import decoder_pool
from artworks.imaging.colours import colour_names as colour_names
from artworks.imaging.decoder_messages import Message
from artworks.imaging.embedded_words.kinds import EmbeddedWords
from artworks.imaging.rendition_kinds import Renditions, RenditionType

# How long is waited for a decoder that has work, in seconds: it is ended after 8 s of processor time at most, and may
# have a small share of a processor.
_PATIENCE = 60.0
# The same where nobody waits; up to 30 s of processor time.
_HASH_PATIENCE = 120.0


def make(path: Path, media_type: str) -> Renditions:
    """Read a whole picture and make its renditions; at most 8 s of a processor and 300 MB for any file.

    The thumbnail has at most 320 px on its longest side, the preview 1,280; nothing is enlarged. They are
    upright, in sRGB, both JPEG or both WebP: with alpha, and what is kept without loss. Raises DamagedFile for
    a file that is cut off, broken or too heavy, and DecoderEnded when that could not be found out.
    """
    answer = _ask_about_file(path, {"do": "make", "media_type": media_type}, _PATIENCE)
    thumbnail, preview = answer.pieces
    values = answer.values
    return Renditions(
        thumbnail=thumbnail,
        preview=preview,
        media_type=cast("RenditionType", values["media_type"]),
        width=values["width"],
        height=values["height"],
        colours=values["colours"],
        perceptual_hash=values["perceptual_hash"],
    )


def make_size(path: Path, media_type: str, longest: int) -> tuple[bytes, RenditionType]:
    """Make one picture of at most `longest` px on its longest side, drawn as `make` does; returns its type as well.

    Within the time and memory of `make`: one that needs more for a large size is a DamagedFile. Raises as `make`.
    """
    answer = _ask_about_file(
        path, {"do": "make_size", "media_type": media_type, "longest": longest}, _PATIENCE
    )
    return answer.pieces[0], cast("RenditionType", answer.values["media_type"])


def for_model(source: Path | bytes, media_type: str) -> bytes:
    """Make the still JPEG of at most 1,024 px that the model is shown: upright, white behind, no metadata.

    `source` is the path of an original or the bytes of a preview; `media_type` is its type. Raises as `make`.
    """
    values = {"do": "for_model", "media_type": media_type}
    if isinstance(source, Path):
        return _ask_about_file(source, values, _PATIENCE).pieces[0]
    return decoder_pool.ask(Message(values, [source]), _PATIENCE).pieces[0]


def measure_thumbnail(thumbnail: bytes, media_type: str) -> tuple[list[str], int | None]:
    """Measure the main colours and the perceptual hash of a thumbnail that was made before. Raises as `make`."""
    question = Message({"do": "measure", "media_type": media_type}, [thumbnail])
    answer = decoder_pool.ask(question, _PATIENCE)
    return answer.values["colours"], answer.values["perceptual_hash"]


def pixel_hash(path: Path, media_type: str) -> str:
    """Hash the bare pixels of a picture, as `artworks.imaging.decoding.pixel_hash` does. Raises as `make`."""
    answer = _ask_about_file(path, {"do": "hash_pixels", "media_type": media_type}, _HASH_PATIENCE)
    return str(answer.values["hash"])


def read_words(path: Path, media_type: str) -> EmbeddedWords:
    """Read the words that a picture's file holds, as `artworks.imaging.embedded_words.words` does.

    Raises as `make`, and ValueError for an answer that is none.
    """
    answer = _ask_about_file(path, {"do": "read_words", "media_type": media_type}, _PATIENCE)
    title, description, alt_text, *keywords = (piece.decode() for piece in answer.pieces)
    return EmbeddedWords(title, description, alt_text, tuple(keywords))


def _ask_about_file(path: Path, values: dict[str, Any], seconds: float) -> Message:
    """Hand an open file to a decoder, which could open none itself."""
    with path.open("rb") as file:
        return decoder_pool.ask(Message(values, file=file.fileno()), seconds)
