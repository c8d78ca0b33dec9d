"""A decoder: the process that looks through pictures and decodes them, one after another, as it is asked.

It gets open files and bytes over its standard input, which is one of a pair of sockets, and knows nothing else: no
settings, no database, no storage. It ends when the other socket is closed.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from artworks.adapters.parent_process import SENT_TO_ALL, end_with_parent
from artworks.core.errors import DamagedFile
from artworks.imaging import decoder_limits, decoding
from artworks.imaging.checks.decode_plan import DECODE_SECONDS, TOO_HEAVY, DecodePlan
from artworks.imaging.converting import convert, heif
from artworks.imaging.converting.opened import Opened
from artworks.imaging.decoder_messages import Message, receive, send
from artworks.imaging.embedded_words import words

# A picture that needs more than this is decoded only when no other like it is.
HEAVY_BYTES = 50_000_000
# Who uploads many has the next one ready sooner.
IDLE_SECONDS = 0.5
# All pixels of the largest picture, perhaps several times, in the background, where nobody waits.
HASH_SECONDS = 28.0
# All pixels of the largest picture of another format: decoded, perhaps twice, and written as PNG and then as JPEG.
CONVERT_SECONDS = 28.0


def main(parent: int, niceness: int) -> None:
    """Answer questions until nobody asks any more; the whole life of the process."""
    for number in SENT_TO_ALL:
        signal.signal(number, signal.SIG_IGN)
    end_with_parent(parent)
    os.nice(niceness)
    # What is written there is read after a crash; a full pipe must not hold anything up.
    os.set_blocking(2, False)
    channel = socket.socket(fileno=0)
    decoder_limits.hold_to_limits()
    send(channel, Message({"ready": True}))
    while True:
        _give_back_when_idle(channel)
        try:
            question = receive(channel)
        except EOFError:
            return
        try:
            answer = _answer_question(question)
            decoder_limits.stop_counting()
        finally:
            if question.file is not None:
                os.close(question.file)
        send(channel, answer)


def _give_back_when_idle(channel: socket.socket) -> None:
    """Give memory back if the next question lets itself be waited for."""
    if not select.select([channel], [], [], IDLE_SECONDS)[0]:
        decoder_limits.give_back_memory()


def _answer_question(question: Message) -> Message:
    try:
        return ANSWERS[question.values["do"]](question)
    except DamagedFile as error:
        return Message({"damaged": error.message})
    except MemoryError:
        return Message({"damaged": TOO_HEAVY})
    except OSError as error:
        return Message({"errno": error.errno})
    except Exception:  # noqa: BLE001 - it is raised again by who asked.
        return Message({"failed": traceback.format_exc()[-5000:]})


def _make(question: Message) -> Message:
    plan = _inspect_file(question)
    if _has_to_wait(question, plan.decoder_bytes):
        return Message({"heavy": True})
    decoder_limits.allow_more_time(DECODE_SECONDS * plan.work)
    made = decoding.make(plan, question.values["media_type"])
    values = {
        "media_type": made.media_type,
        "width": made.width,
        "height": made.height,
        "colours": made.colours,
        "perceptual_hash": made.perceptual_hash,
    }
    return Message(values, [made.thumbnail, made.preview])


def _make_size(question: Message) -> Message:
    plan = _inspect_file(question)
    if _has_to_wait(question, plan.decoder_bytes):
        return Message({"heavy": True})
    decoder_limits.allow_more_time(DECODE_SECONDS * plan.work)
    data, media_type = decoding.make_size(plan, question.values["media_type"], question.values["longest"])
    return Message({"media_type": media_type}, [data])


def _for_model(question: Message) -> Message:
    if question.file is None:
        decoder_limits.allow_inspection(len(question.pieces[0]))
        return Message({}, [decoding.preview_for_model(question.pieces[0], question.values["media_type"])])
    plan = _inspect_file(question)
    if _has_to_wait(question, plan.decoder_bytes):
        return Message({"heavy": True})
    decoder_limits.allow_more_time(DECODE_SECONDS * plan.work)
    return Message({}, [decoding.for_model(plan, question.values["media_type"])])


def _measure(question: Message) -> Message:
    decoder_limits.allow_inspection(len(question.pieces[0]))
    colours, found = decoding.measure(question.pieces[0], question.values["media_type"])
    return Message({"colours": colours, "perceptual_hash": found})


def _hash_pixels(question: Message) -> Message:
    plan = _inspect_file(question)
    if _has_to_wait(question, decoding.bytes_to_hash(plan)):
        return Message({"heavy": True})
    decoder_limits.allow_more_time(HASH_SECONDS * plan.work)
    return Message({"hash": decoding.pixel_hash(plan, question.values["media_type"])})


def _read_words(question: Message) -> Message:
    with _opened(question) as file:
        found = words.read(file, question.values["media_type"])
    texts = (found.title, found.description, found.alt_text, *found.keywords)
    return Message({}, [text.encode() for text in texts])


def _formats(question: Message) -> Message:
    """Answer which of the formats that are asked about can be turned, and by which libheif."""
    names = [name for name in question.values["formats"] if convert.can_open(name)]
    return Message({"formats": names, "libheif": heif.version()})


def _inspect_other(question: Message) -> Message:
    _open_other(question)
    return Message({})


def _open_other(question: Message) -> Opened:
    with _opened(question) as file:
        return convert.open_picture(file.read(), question.values["format"])


def _convert(question: Message) -> Message:
    opened = _open_other(question)
    if _has_to_wait(question, opened.decoder_bytes):
        return Message({"heavy": True})
    decoder_limits.allow_more_time(CONVERT_SECONDS * opened.work)
    made = convert.turn(opened, question.values["limit"], question.values["said_limit"])
    return Message({"media_type": made.media_type, "note": made.note}, [made.data])


def _inspect_file(question: Message) -> DecodePlan:
    """Look through the file that is asked about; only what a decoder needs of it is left in memory."""
    with _opened(question) as file:
        return decoding.inspect_header(file.read(), question.values["media_type"])


@contextmanager
def _opened(question: Message) -> Iterator[BinaryIO]:
    """Open the file that is asked about, at its beginning, and allow what its inspection needs."""
    assert question.file is not None  # noqa: S101 - who asks sends one.
    decoder_limits.allow_inspection(os.fstat(question.file).st_size)
    with open(question.file, "rb", closefd=False) as file:
        # One that had to wait was read before.
        file.seek(0)
        yield file


def _has_to_wait(question: Message, size: int) -> bool:
    """Return whether a picture that needs so many bytes is too heavy for now; else there is room for it."""
    if size < HEAVY_BYTES:
        return False
    # What is kept of the pictures before counts as well.
    decoder_limits.give_back_memory()
    return not question.values["heavy"]


ANSWERS: dict[str, Callable[[Message], Message]] = {
    "make": _make,
    "make_size": _make_size,
    "for_model": _for_model,
    "measure": _measure,
    "hash_pixels": _hash_pixels,
    "read_words": _read_words,
    "formats": _formats,
    "inspect_other": _inspect_other,
    "convert": _convert,
}
