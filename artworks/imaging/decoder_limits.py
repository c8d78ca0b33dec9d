"""What a decoder's process holds itself to: processor time, memory, open files. The kernel sees to it."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from contextlib import suppress

from artworks.imaging.checks.decode_plan import INSPECT_SECONDS, USUAL_BYTES, times_usual

# All that may be allocated: 300 MiB less the files of libraries, which count as a process's memory too, 18 MiB of them.
# The dearest picture that is let through needs 265 MB of it (27,000 x 3,700 pixels of 8 bytes), and its file 16 MB.
MOST_BYTES = 282 << 20
# Larger blocks go back to the system as soon as they are free. Smaller ones, as large as a preview, are used again for
# the next step of the same picture: pages cost microseconds each to get, which was a fifth of a photograph's time.
_LARGE_BLOCK = 8 << 20
# So much of it may lie free at the end of the heap between two pictures.
_MOST_KEPT = 48 << 20
# For a thread of the library, of which there are four; 8 MB each would be reserved, and never touched.
STACK_BYTES = 2 << 20
_libc = ctypes.CDLL(None)
# Only glibc has it, and the others that are used here with it.
_trim = getattr(_libc, "malloc_trim", None)
# Standard input, which is the channel, output and errors, and the one file that is asked about: with that no other file
# and no connection can be opened while a picture is decoded.
MOST_FILES = 4


def hold_to_limits() -> None:
    """Begin to be ended by the kernel for what goes past the limits; to be called once, before a picture is opened."""
    # A parent may have held it back; nobody handles it, so it ends the process at once.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))
    # Nothing of a picture is left anywhere, not even after a crash.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _save_memory()


def allow_inspection(size: int) -> None:
    """Allow what a check needs for a file of `size` bytes: seconds of all threads together, and memory."""
    signal.setitimer(signal.ITIMER_PROF, INSPECT_SECONDS * times_usual(size))
    # A larger file than usual lies there twice as well.
    _limit_memory(MOST_BYTES + 2 * max(0, size - USUAL_BYTES))


def allow_more_time(seconds: float) -> None:
    """Allow more processor time than was left."""
    signal.setitimer(signal.ITIMER_PROF, signal.getitimer(signal.ITIMER_PROF)[0] + seconds)


def stop_counting() -> None:
    """Stop counting: nothing is being decoded."""
    signal.setitimer(signal.ITIMER_PROF, 0)


def give_back_memory() -> None:
    """Give all memory that is free back to the system: nothing is being decoded, or something that needs much."""
    if _trim:
        _trim(0)


def _limit_memory(size: int) -> None:
    """Have the kernel refuse more; only Linux counts all that is allocated."""
    if sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        # A container may allow less.
        with suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (size, most))


def _save_memory() -> None:
    """Let the C library give large blocks back to the system at once, and reserve little for threads.

    glibc otherwise raises its own thresholds after the first large block and keeps up to ten pictures' worth.
    """
    if not _trim:
        return
    m_mmap_threshold, m_trim_threshold = -3, -1
    _libc.mallopt(m_mmap_threshold, _LARGE_BLOCK)
    _libc.mallopt(m_trim_threshold, _MOST_KEPT)
    # Room for what the C library's headers call pthread_attr_t, 56 bytes or 64.
    attributes = ctypes.create_string_buffer(256)
    _libc.pthread_attr_init(attributes)
    _libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(STACK_BYTES))
    _libc.pthread_setattr_default_np(attributes)
