"""The processes that decode: what they know and may, how they end, and that the others go on."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from artworks.core.errors import DamagedFile, DecoderEnded
from artworks.imaging import decoder_limits, decoder_pool, renditions
from artworks.imaging.decoder_messages import Message, MessageError, receive, send
from artworks.imaging.decoder_pool import NICENESS, Decoders, lower_priority
from artworks.imaging.decoder_process import Decoder
from tests.imaging import pictures
from tests.imaging.decoders import idle_decoder
from tests.outside.processes import is_alive
from tests.support.program import PATIENCE, ROOT, wait_until

pytestmark = pytest.mark.slow

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the kernel has no /proc here")

# A process that decodes, tells which process does so, and goes on until it is killed.
PARENT = """
import sys, time
from pathlib import Path
from artworks.imaging import decoder_pool
from artworks.imaging import renditions
renditions.make(Path(sys.argv[1]), "image/jpeg")
print(decoder_pool._decoders.usual._idle[0].process.pid, flush=True)
time.sleep(600)
"""
# A process that has decoded, and another one that it forked.
FORKED = """
import os, sys
from pathlib import Path
from artworks.imaging import decoder_pool
from artworks.imaging import renditions
def decode():
    renditions.make(Path(sys.argv[1]), "image/jpeg")
    return decoder_pool._decoders.usual._idle[0].process.pid
pids = [decode()]
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, str(decode()).encode())
    os._exit(0)
pids += [int(os.read(reading, 20)), decode()]
print(*pids, flush=True)
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a small JPEG."""
    return pictures.save(tmp_path, "photo.jpg", pictures.encode(pictures.textured(64, 48), "JPEG"))[0]


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decoders]:
    """Have this process begin with no decoder, and have none left over."""
    fresh = Decoders()
    monkeypatch.setattr(decoder_pool, "_decoders", fresh)
    yield fresh
    fresh.end()


def width(photo: Path) -> int:
    return renditions.make(photo, "image/jpeg").width


def while_it_works(decoder: Decoder, photo: Path, happens: signal.Signals) -> str:
    """Send a signal to a decoder that has a picture to make; returns what is said of that one."""
    process = psutil.Process(decoder.process.pid)
    process.suspend()
    with ThreadPoolExecutor(1) as other:
        asked = other.submit(width, photo)
        wait_until(
            "the question", lambda: decoder.asked and decoder not in decoder_pool._decoders.usual._idle
        )
        # Meanwhile others are served, by another process.
        assert width(photo) == 64
        process.send_signal(happens)
        process.send_signal(signal.SIGCONT) if happens != signal.SIGKILL else None
        with pytest.raises((DamagedFile, DecoderEnded)) as caught:
            asked.result(PATIENCE)
    assert width(photo) == 64
    return f"{caught.value.status} {caught.value.message}"


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (signal.SIGKILL, "503 This picture could not be opened just now, as what was reading it was ended"),
        (signal.SIGSEGV, "422 This picture cannot be opened: reading it broke off."),
        (signal.SIGPROF, "422 This picture would take too long to open."),
    ],
)
def test_a_decoder_that_ends_in_the_middle_takes_one_picture_with_it(
    decoders: Decoders, photo: Path, happens: signal.Signals, said: str
) -> None:
    assert while_it_works(idle_decoder(), photo, happens).startswith(said)


def test_one_that_was_killed_while_nobody_asked_is_not_missed(decoders: Decoders, photo: Path) -> None:
    killed = idle_decoder()
    killed.process.send_signal(signal.SIGKILL)
    psutil.wait_procs([psutil.Process(killed.process.pid)], PATIENCE)
    assert width(photo) == 64
    assert idle_decoder().process.pid != killed.process.pid


def test_what_a_terminal_sends_to_everybody_ends_no_decoder_not_even_one_that_begins(
    decoders: Decoders, photo: Path
) -> None:
    begun = decoders.starter.start(0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        begun.process.send_signal(number)
    begun.wait_until_ready()
    begun.process.send_signal(signal.SIGTERM)
    decoders.usual._idle.append(begun)
    assert width(photo) == 64
    assert decoders.usual._idle == [begun]


def test_one_that_does_not_answer_is_killed_and_says_so(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renditions, "_PATIENCE", 0.2)
    hung = psutil.Process(idle_decoder().process.pid)
    hung.suspend()
    with pytest.raises(DecoderEnded, match="took so long that it was given up"):
        width(photo)
    assert not is_alive(hung)
    monkeypatch.undo()
    monkeypatch.setattr(decoder_pool, "_decoders", decoders)
    assert width(photo) == 64


def test_a_decoder_that_cannot_begin_is_told_in_the_log(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("artworks.imaging.decoder_process.PROGRAM", "raise SystemExit('no library')")
    reason = "No decoder of pictures can be started: status 1; no library."
    with pytest.raises(DecoderEnded, match="No picture can be opened right now") as caught:
        width(photo)
    assert caught.value.detail == reason
    assert caplog.text.count(reason) == 1
    decoders.usual.warm()
    assert caplog.text.count(reason) == 2


@needs_proc
def test_a_decoder_knows_no_secret_and_has_nothing_open_but_its_channel(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-to-be-seen")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@somewhere/x")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    with socket.create_server(("127.0.0.1", 0)) as listener, photo.open("rb") as file:
        for inherited in (listener.fileno(), file.fileno()):
            os.set_inheritable(inherited, True)
        place = Path(f"/proc/{idle_decoder().process.pid}")
        width(photo)
        given = (place / "environ").read_bytes().rstrip(b"\0").split(b"\0")
        assert sorted(given) == [b"LD_LIBRARY_PATH=/nowhere", b"MALLOC_ARENA_MAX=1"]
        opened = {link.name: str(link.readlink()) for link in (place / "fd").iterdir()}
        assert opened.keys() == {"0", "1", "2"}
        assert opened["1"] == "/dev/null"
        assert [name.partition(":")[0] for name in (opened["0"], opened["2"])] == ["socket", "pipe"]
        assert psutil.Process(int(place.name)).net_connections("inet") == []
        # Of the program it has loaded what decoding needs.
        assert not any(word in (place / "maps").read_text() for word in ("psycopg", "opendal", "libpq"))


@needs_proc
def test_the_kernel_holds_a_decoder_to_its_limits(decoders: Decoders, photo: Path) -> None:
    width(photo)
    lines = Path(f"/proc/{idle_decoder().process.pid}/limits").read_text().splitlines()
    limits = {line[:25].strip(): line[25:].split()[:2] for line in lines}
    assert limits["Max data size"][0] == str(decoder_limits.MOST_BYTES)
    assert limits["Max open files"] == ["4", "4"]
    assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]


@needs_proc
def test_a_decoder_gives_back_what_pictures_took_once_it_is_idle(decoders: Decoders, tmp_path: Path) -> None:
    photo = pictures.encode(pictures.corners(2600, 2000), "JPEG")
    renditions.make(*pictures.save(tmp_path, "large.jpg", photo))
    process = psutil.Process(idle_decoder().process.pid)
    taken = process.memory_info().rss

    wait_until("the memory", lambda: process.memory_info().rss < taken - 8_000_000)


def test_what_a_decoder_has_too_much_of_ends_it(decoders: Decoders) -> None:
    program = (
        "from artworks.imaging import decoder_limits; decoder_limits.INSPECT_SECONDS = {seconds}\n"
        "decoder_limits.hold_to_limits(); decoder_limits.allow_inspection({size})\n"
        "{deed}\n"
        "print('alive')"
    )

    def ended(size: int, deed: str, seconds: float = PATIENCE) -> tuple[int, str]:
        command = [sys.executable, "-c", program.format(size=size, deed=deed, seconds=seconds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr.strip().rpartition("\n")[2]

    assert ended(1, "while True: pass", 0.2)[0] == -signal.SIGPROF
    assert ended(1, "bytearray(290 << 20)") == (1, "MemoryError")
    # Whoever allows larger files allows what they need.
    assert ended(64 << 20, "bytearray(290 << 20)") == (0, "alive\n")
    assert "Too many open files" in ended(1, "import os\nwhile True: os.open('/dev/null', 0)")[1]
    opened = "import os, socket; os.open('/dev/null', 0); print('open', flush=True)\nsocket.socket()"
    assert ended(1, opened)[1] == "open\nOSError: [Errno 24] Too many open files"


@pytest.mark.parametrize("hung", [False, True])
def test_a_decoder_ends_with_who_asks_it(hung: bool, photo: Path) -> None:
    if hung and sys.platform != "linux":
        pytest.skip("only Linux ends a stopped process together with its parent")
    command = [sys.executable, "-c", PARENT, str(photo)]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout
        decoder = psutil.Process(int(parent.stdout.readline()))
        if hung:
            decoder.suspend()
    finally:
        parent.kill()
        parent.communicate()
    killed = time.monotonic()
    wait_until("the end of the decoder", lambda: not is_alive(decoder))
    assert time.monotonic() - killed < 10


def test_a_forked_process_has_decoders_of_its_own(photo: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED, str(photo)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    parents, forked, again = done.stdout.split()
    assert parents == again != forked


def test_there_are_no_more_than_cores_and_one_is_kept(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most, begun, start = max(2, os.cpu_count() or 2), [], decoders.starter.start

    def counted(niceness: int) -> Decoder:
        begun.append(niceness)
        return start(niceness)

    monkeypatch.setattr(decoders.starter, "start", counted)
    with ThreadPoolExecutor(4 * most) as many:
        assert set(many.map(width, [photo] * 4 * most)) == {64}
    assert 1 <= len(begun) <= most
    decoders.usual.end_idle()
    assert len(decoders.usual._idle) == len(begun)
    for one in decoders.usual._idle:
        one.idle_since -= 1000
    decoders.end_idle()
    assert len(decoders.usual._idle) == 1


def test_two_heavy_pictures_wait_for_each_other_and_a_light_one_passes_by(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy = []

    def answer(question: Message, _seconds: float) -> Message:
        if not question.values["heavy"]:
            return Message({"heavy": question.values["weighs"]})
        heavy.append(decoders.usual._heavy.locked())
        return Message({"did": "it"})

    monkeypatch.setattr(decoders.usual, "_ask_decoder", answer)
    assert decoders.usual.ask(Message({"weighs": False}), 1).values == {"heavy": False}
    with decoders.usual._heavy:
        waiting = threading.Thread(target=decoders.usual.ask, args=(Message({"weighs": True}), 1))
        waiting.start()
        assert decoders.usual.ask(Message({"weighs": False}), 1).values == {"heavy": False}
        assert heavy == []
    waiting.join(PATIENCE)
    assert heavy == [True]
    assert decoders.usual._heavy is decoders.low_priority._heavy


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux has every thread a priority of its own")
def test_who_gives_way_has_a_decoder_that_does(decoders: Decoders, photo: Path) -> None:
    def gently() -> int:
        lower_priority()
        width(photo)
        return int(psutil.Process(decoders.low_priority._idle[0].process.pid).nice())

    with ThreadPoolExecutor(1) as other:
        assert other.submit(gently).result() == min(19, os.nice(0) + NICENESS)
    assert decoders.usual._idle == []
    assert width(photo) == 64
    assert psutil.Process(decoders.usual._idle[0].process.pid).nice() == os.nice(0)


def test_what_is_read_wrong_from_the_disk_is_an_error_of_the_disk(decoders: Decoders, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        renditions.pixel_hash(tmp_path / "missing.jpg", "image/jpeg")
    with pytest.raises(IsADirectoryError):
        renditions.pixel_hash(tmp_path, "image/jpeg")


@pytest.mark.parametrize(
    "written",
    [
        b"\xff\xff\xff\xff",
        b"\0\0\0\2[]",
        b"\0\0\0\1{",
        *(
            len(text).to_bytes(4, "big") + text
            for text in (
                json.dumps({"values": 1, "sizes": []}).encode(),
                json.dumps({"values": {}, "sizes": [-1]}).encode(),
                json.dumps({"values": {}, "sizes": [10**12]}).encode(),
                b'{"values": {}, "sizes": ["1"]}',
            )
        ),
    ],
)
def test_an_answer_that_is_none_is_not_believed(written: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(written)
        with pytest.raises(MessageError):
            receive(ours, time.monotonic() + PATIENCE)


def test_a_message_is_as_it_was_and_waits_no_longer_than_its_deadline() -> None:
    ours, theirs = socket.socketpair()
    large, file = os.urandom(1_000_000), os.open("/dev/null", os.O_RDONLY)
    with ours, theirs, ThreadPoolExecutor(1) as other:
        sent = other.submit(send, theirs, Message({"do": "é"}, [b"", large], file))
        received = receive(ours, time.monotonic() + PATIENCE)
        sent.result()
        assert (received.values, received.pieces) == ({"do": "é"}, [b"", large])
        assert received.file not in (None, file)
        for number in (file, received.file or 0):
            os.close(number)
        with pytest.raises(TimeoutError):
            receive(ours, time.monotonic() + 0.05)
        with pytest.raises(TimeoutError):
            send(ours, Message({}, [large] * 4), time.monotonic() + 0.05)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 4
