"""What the tests from outside see of a running program's processes: who there is, and what they have open."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from tests.support.program import Program, wait_until


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs; in a container nobody may collect what an orphan leaves."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def main_process(program: Program) -> psutil.Process:
    assert program.process
    return psutil.Process(program.process.pid)


def web_processes(program: Program) -> list[psutil.Process]:
    """Return the processes that serve, once all of them do."""
    main, count = main_process(program), int(program.environment["WEB_PROCESSES"])

    def serving() -> list[psutil.Process]:
        # The others, such as PostgreSQL, run another program.
        forked = [child for child in main.children() if child.cmdline() == main.cmdline()]
        return [child for child in forked if child.num_threads() > 1]

    wait_until(f"{count} web processes", lambda: len(serving()) == count)
    return serving()


def decoders(program: Program) -> list[psutil.Process]:
    """Return the processes that decode pictures, once each web process has one."""
    web = web_processes(program)
    wait_until("a decoder each", lambda: all(map(decoders_of, web)))
    return [decoder for process in web for decoder in decoders_of(process)]


def decoders_of(process: psutil.Process) -> list[psutil.Process]:
    """Return the processes that decode pictures for one process."""
    return [child for child in process.children() if "decoder_worker" in " ".join(child.cmdline())]


def shared_channels(program: Program) -> list[str]:
    """Return what two of the processes have open, of sockets, pipes and the like, but what they have to share."""
    everybody = [main_process(program), *web_processes(program), *decoders(program)]
    for_all = standard_streams(program) | listeners(program) | last_words(program)
    opened = Counter(channel for process in everybody for channel in channels(process) - for_all)
    return [channel for channel, count in opened.items() if count > 1]


def channels(process: psutil.Process) -> set[str]:
    """Return what a process has open that others could have open too, each with its number in the kernel."""
    found = set()
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        # One that was closed by now is nobody's.
        with suppress(FileNotFoundError):
            name = str(link.readlink())
            if name.startswith(("socket:", "pipe:")):
                found.add(name)
    return found


def standard_streams(program: Program) -> set[str]:
    folder = Path(f"/proc/{main_process(program).pid}/fd")
    return {str((folder / number).readlink()) for number in "012"}


def last_words(program: Program) -> set[str]:
    """Return the pipes by which a web process hears what a decoder said last."""
    return {str(Path(f"/proc/{decoder.pid}/fd/2").readlink()) for decoder in decoders(program)}


def listeners(program: Program) -> set[str]:
    """Return the sockets on which the program listens for its pages."""
    main = main_process(program)
    listening = [one for one in main.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    return {
        str(Path(f"/proc/{main.pid}/fd/{one.fd}").readlink())
        for one in listening
        if one.laddr.port == program.port
    }
