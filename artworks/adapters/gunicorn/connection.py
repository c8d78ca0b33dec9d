"""Connections as gunicorn knows them, with heads that are parsed and bodies that are read before a thread is given."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.config import Config
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData, ParseException
from gunicorn.http.message import Request as GunicornRequest
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import FileWrapper, Response
from gunicorn.util import has_fileno
from gunicorn.workers.gthread import TConn

from artworks.adapters.gunicorn.bodies import MOST_BODY, NOTHING, ArrivingBody, Chunked, Length
from artworks.adapters.gunicorn.socket import ClientSocket, LeaveThread
from artworks.core.errors import AppError, BadRequest, RequestTimeout, Unavailable

# More than gunicorn's limit for the first line and its usual header fields take.
MOST_HEAD = 64 * 1024
FILES = "multipart/form-data"
BROKEN = "This request ended before it was whole. Send it again."
TOO_SLOW = (
    "This came too slowly, so it was given up and nothing was changed. Send it again over a better line."
)
ENDING = "The program is being stopped, so this was not taken. Send it again in a moment."
log = logging.getLogger(__name__)


class WaitForSlot(BaseException):
    """Leave a request before its body is read: it comes again when fewer bodies are being read by threads.

    No Exception, so that nothing that handles those answers it.
    """


class ThreadSlots:
    """How many threads may read bodies from clients at once."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def take(self) -> bool:
        """Take one, if one is free."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Release a slot."""
        self._free.release()


class DirectBody(Body):  # type: ignore[misc]
    """A body that a thread reads from the client. The first byte takes a slot, or raises WaitForSlot."""

    def __init__(self, reader: Any) -> None:
        super().__init__(reader)
        self.begin: Callable[[], None] = lambda: None
        self.is_ended: Callable[[], bool] = lambda: False

    @property
    def is_whole(self) -> bool:
        """Return whether it was read to its end."""
        left = self.reader.length if isinstance(self.reader, LengthReader) else self.reader.parser
        return not left and not self.failed

    def _read_reader(self, size: int) -> bytes:
        if self.is_whole:
            data: bytes = super()._read_reader(size)
            return data
        self.begin()
        known = isinstance(self.reader, LengthReader)
        wanted = min(size, self.reader.length) if known else 0
        try:
            data = super()._read_reader(size)
        except TimeoutError:
            raise RequestTimeout(TOO_SLOW) from None
        except (ParseException, OSError):
            raise self._broken() from None
        if len(data) < wanted:
            self.failed = True
            raise self._broken()
        return data

    def _broken(self) -> AppError:
        return Unavailable(ENDING, retry_after=5) if self.is_ended() else BadRequest(BROKEN)


class HeldBody(Body):  # type: ignore[misc]
    """A body that has been read already; not whole when it was longer than the application takes."""

    def __init__(self, arrived: ArrivingBody) -> None:
        arrived.file.seek(0)
        super().__init__(arrived.file)
        self.is_whole = arrived.is_whole


class KnownPieces:
    """The pieces of an answer whose length is known, which may be sent by one thread after the other.

    They are read from something that does not know which thread that is; streams of unknown length may know.
    """

    def __init__(self, pieces: Iterable[bytes], response: Response) -> None:
        self._iterator = iter(pieces)
        self._close: Callable[[], None] = getattr(pieces, "close", lambda: None)
        self._response = response
        self._is_left = False

    def __iter__(self) -> Iterator[bytes]:
        return self._iterator

    def leave(self) -> None:
        """Stay open when this thread is done with it."""
        self._is_left = True

    def go_on(self) -> bool:
        """Send more; return whether the connection is kept after it."""
        for piece in self._iterator:
            self._response.write(piece)
        self._response.close()
        return not self._response.should_close()

    def close(self) -> None:
        """Close what they are read from, as gunicorn wants, unless another thread goes on with it."""
        if not self._is_left:
            self.end()

    def end(self) -> None:
        """Close what they are read from."""
        self._close()


def run(application: WSGIApplication, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Run the application; an answer of known length that is no file gets pieces that may leave their thread."""
    found = application(environ, start_response)
    # Gunicorn hands over a method of the answer.
    response: Response = start_response.__self__
    is_file = isinstance(found, FileWrapper) and has_fileno(found.filelike)
    if is_file or response.response_length is None:
        return found
    pieces = environ["gunicorn.socket"].pieces = KnownPieces(found, response)
    return pieces


class Request(GunicornRequest):  # type: ignore[misc]
    """A request after which the connection closes unless its body was read to the end."""

    body: DirectBody | HeldBody

    def set_body_reader(self) -> None:
        """Choose how the body is read."""
        super().set_body_reader()
        self.body = DirectBody(self.body.reader)

    def should_close(self) -> bool:
        """Return whether this request is the last one of its connection."""
        return bool(super().should_close()) or not self.body.is_whole

    def header(self, name: str) -> str:
        """Return a header field, empty when it is not there."""
        found: str = next((value for key, value in self.headers if key == name), "")
        return found

    @property
    def has_files(self) -> bool:
        """Return whether the body is a form with files."""
        return self.header("CONTENT-TYPE").partition(";")[0].strip().lower() == FILES

    @property
    def framing(self) -> Length | Chunked | None:
        """Return how the body is framed that is read before a thread is given; None when there is none to read."""
        if self.has_files or self.body.is_whole:
            return None
        if not isinstance(self.body.reader, LengthReader):
            return Chunked()
        length: int = self.body.reader.length
        return Length(length) if length <= MOST_BODY else None


class _Unreader(SocketUnreader):  # type: ignore[misc]
    """What was read from a client and not used yet; a head is parsed from that alone."""

    is_parsing = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        data: bytes = b"" if self.is_parsing else super().chunk(size_hint)
        return data


class Parser(RequestParser):  # type: ignore[misc]
    """Gunicorn's parser, which parses a head when it is there, and gives the thread what it found."""

    mesg_class = Request

    def __init__(self, cfg: Config, client: ClientSocket, address: Any) -> None:
        super().__init__(cfg, client, address)
        self.unreader = _Unreader(client)

    def parse(self, held: bytes) -> Request:
        """Parse the head that begins what was received; raises what gunicorn's parser raises."""
        self.unreader.unread(held)
        self.unreader.is_parsing = True
        try:
            request: Request = super().__next__()
        except (NoMoreData, StopIteration):
            raise LimitRequestHeaders(f"more than {MOST_HEAD} bytes") from None
        finally:
            self.unreader.is_parsing = False
        return request

    def __next__(self) -> Request:
        request: Request = self.mesg
        return request

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Return whether another request may follow."""
        return self.mesg is None or self.mesg.body.is_whole


class Connection(TConn):  # type: ignore[misc]
    """One client's connection, and how far its request has come."""

    sock: ClientSocket

    def __init__(
        self, cfg: Config, client: ClientSocket, address: Any, server: Any, slots: ThreadSlots
    ) -> None:
        super().__init__(cfg, client, address, server)
        self.parser = Parser(cfg, client, address)
        # There is nothing left for gunicorn to prepare.
        self.initialized = True
        self.host = address[0] if isinstance(address, tuple) else ""
        self.held = bytearray()
        self.request: Request | None = None
        self.arriving = NOTHING
        self.deadline = 0.0
        self.drained = 0
        self.has_slot = self.is_kept = self.is_polled = self.is_idle = self.is_sending = False
        self.moved_before = 0
        self._slots = slots
        self._expects_continue = False

    def parse_head(self) -> Request | None:
        """Return the request whose head is there; None when more of it has to come. Raises ParseException."""
        if not _is_decided(self.held):
            return None
        held, self.held = bytes(self.held), bytearray()
        request = self.request = self.parser.parse(held)
        # Said when the body is wanted, and not before somebody has looked at the head.
        self._expects_continue, request._expected_100_continue = request._expected_100_continue, False
        request.body.begin = self._begin
        request.body.is_ended = lambda: self.sock.is_given_up
        return request

    def ask_for_body(self) -> None:
        """Tell a client that waits for it to send the body."""
        if self._expects_continue:
            self._expects_continue = False
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def hold_body(self, rest: bytes) -> None:
        """Give the request the body that has arrived; `rest` comes after it."""
        self.parser.unreader.unread(rest)
        if self.request:
            self.request.body = HeldBody(self.arriving)

    def send_more(self) -> bool:
        """Send more of an answer; return whether the connection is kept, which it is not when the client is gone."""
        self.is_sending = False
        try:
            self.sock.flush()
            if self.sock.pieces and not self.sock.is_full:
                self.is_kept = self.sock.pieces.go_on()
                self._end_pieces()
        except LeaveThread:
            pass
        except Exception as error:
            # The head of the answer has been sent, so nobody can be told any more.
            if not isinstance(error, OSError):
                log.exception("An answer broke off.")
            self.sock.forget()
            self.is_kept = False
        return self.is_kept

    def _end_pieces(self) -> None:
        pieces, self.sock.pieces = self.sock.pieces, None
        if pieces:
            pieces.end()

    def take_rest(self) -> bytes:
        """Return what was received behind the head or the request, and not used."""
        rest: bytes = self.parser.unreader.take_buffered()
        return rest

    def release(self) -> None:
        """Drop the request that was answered."""
        self.arriving.close()
        self._end_pieces()
        self.request, self.arriving = None, NOTHING

    def _begin(self) -> None:
        """Let a thread read the body, or raise WaitForSlot."""
        if not self.has_slot:
            self.has_slot = self._slots.take()
            if not self.has_slot:
                raise WaitForSlot
        self.ask_for_body()


def _is_decided(held: bytearray) -> bool:
    """Return whether a head is whole, or broken for certain, so that parsing it needs no more bytes."""
    # A line without an end is refused at 8190 bytes, and so is one that ends otherwise than it has to.
    too_long = len(held) > MOST_HEAD or (len(held) > 8192 and b"\r\n" not in held[:8192])
    return b"\r\n\r\n" in held or too_long or held.count(b"\n") != held.count(b"\r\n")
