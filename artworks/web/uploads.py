"""The files of a form: spooled to the instance folder, with a limit for each."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, cast

from flask import Request, current_app
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from artworks.core.errors import TooLarge, UnsupportedType
from utils import CappedFile, clean_filename, human_size


class UploadStream(CappedFile):
    """One file of a form; one that goes on and on after its limit ends the whole request with TooLarge."""

    def __init__(self, folder: Path, limit: int, filename: str) -> None:
        super().__init__(folder, limit)
        self.filename = filename

    def write(self, data: Any) -> int:
        """Write the next bytes; past the limit they are counted, past twice the limit nothing more is read."""
        taken = super().write(data)
        if self.size > 2 * self.limit:
            raise TooLarge(
                f"{clean_filename(self.filename)} is far larger than {human_size(self.limit)}, which is the limit. "
                "Nothing was added; leave it out and send the others again.",
                field="files",
            )
        return taken


class WholeStream(LimitedStream):
    """A body in chunks, read whole or not at all: werkzeug's own would end where the limit is, as if that was all."""

    def readall(self) -> bytes:
        """Return all of it; raises RequestEntityTooLarge when there is more than the limit."""
        data = super().readall()
        if self.is_exhausted and self._stream.read(1):
            raise RequestEntityTooLarge
        return data


class UploadRequest(Request):
    """A request whose files are spooled to the instance folder with a limit for each one."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """Return the body; one that is too long is never cut off, whether its length was told or not."""
        found = super().stream
        if self.content_length is not None or not isinstance(found, LimitedStream):
            return found
        return cast("IO[bytes]", WholeStream(self.environ["wsgi.input"], found.limit, is_max=True))

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body as JSON; one nested too deeply to be read counts as broken.

        A form of any website can send text that reads as JSON, but not under the name of JSON. Raises UnsupportedType.
        """
        if not self.is_json and self.get_data():
            raise UnsupportedType(
                "JSON is understood here. Send it with the header Content-Type: application/json."
            )
        try:
            return super().get_json(force, silent, cache)
        except RecursionError:
            return None if silent else super().on_json_loading_failed(ValueError("nested too deeply"))

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Read no body at all as an empty object, so that a call without choices needs none."""
        return super().on_json_loading_failed(e) if self.get_data() else {}

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> UploadStream:
        folder: Path = current_app.extensions["aim"].temporary
        stream = UploadStream(folder, current_app.config["MAX_FILE_BYTES"], filename or "")
        self.__dict__.setdefault("spooled", []).append(stream)
        return stream

    def close(self) -> None:
        """Remove the spooled files, also those of a form that was never read to its end."""
        super().close()
        for stream in self.__dict__.get("spooled", ()):
            stream.close()
