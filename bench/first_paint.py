"""How long a slow line shows nothing: the first paint of the library, and of a client's gallery on a phone.

`python -m bench.first_paint` starts this version and, from a git worktree that it makes and removes, the one of before
such measures (521afb7), each with 50 pictures. Chromium opens the pages by turns, each time with an empty cache, at
1.6 Mbit/s and 150 ms. Promised, as medians of five: the library within 1.2 s, the gallery on a phone within 1.0 s.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from bench.renditions import photograph
from bench.serving import program, upload
from scripts.browser import installed
from tests.support.program import ROOT

BEFORE = "521afb7"
PICTURES, SHARED, TIMES = 50, 12, 5
BITS_PER_SECOND, LATENCY_MS = 1_600_000, 150
DESK, PHONE = (1440, 900), (390, 844)
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
WORDS = {
    "post_title": "Dusk over the far hills",
    "description": "Layers of dusk settle over the hills, one behind the other, until the last is a breath. "
    * 3,
    "hashtags": ["#dusk", "#hills", "#gouache", "#landscape", "#evening"],
    "category": "Landscapes",
}


def ask(address: str, method: str, path: str, body: dict[str, object]) -> dict[str, object]:
    """Call the API and return its answer."""
    sent = urllib.request.Request(  # noqa: S310 - our own program
        address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(sent) as answer:  # noqa: S310
        found: dict[str, object] = json.load(answer)
    return found


def fill(address: str) -> str:
    """Add pictures with words and share some of them; return the path of the gallery."""
    file = io.BytesIO()
    photograph(1600, 1200).save(file, "JPEG", quality=88)
    for number in range(1, PICTURES + 1):
        upload(address, f"Hills {number:02}.jpg", file.getvalue() + str(number).encode())
        ask(address, "PATCH", f"/api/images/{number}", {"version": 1, **WORDS})
    share = ask(address, "POST", "/api/shares", {"title": "Hills", "image_ids": list(range(1, SHARED + 1))})
    return urlsplit(str(share["url"])).path


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """Check a commit out beside this tree; removed again."""
    with tempfile.TemporaryDirectory(prefix="artwork-before-") as folder:
        path = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", path, commit], cwd=ROOT, check=True)
        try:
            yield path
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", path], cwd=ROOT, check=True)


def first_paint(browser: Browser, address: str, is_phone: bool) -> float:
    """Open a page with an empty cache on a slow line; return the seconds until something is to be seen."""
    size = PHONE if is_phone else DESK
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, is_mobile=is_phone, has_touch=is_phone
    )
    page = context.new_page()
    line = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BITS_PER_SECOND / 8}
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": BITS_PER_SECOND / 8})
    answer = page.goto(address, wait_until="commit")
    assert answer, address
    assert answer.ok, answer.status
    page.wait_for_function(PAINT, polling=50)
    taken = float(page.evaluate(PAINT)) / 1000
    context.close()
    return taken


def main() -> None:
    """Print the medians of this version and of the one before, and what is promised."""
    with (
        tempfile.TemporaryDirectory(prefix="artwork-bench-") as folder,
        worktree(BEFORE) as old,
        program(Path(folder) / "now") as now,
        program(Path(folder) / "before", root=old) as before,
        sync_playwright() as playwright,
    ):
        galleries = {address: fill(address) for address in (now, before)}
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        for name, is_phone, most in (("Library", False, 1.2), ("Gallery on a phone", True, 1.0)):
            taken: dict[str, list[float]] = {now: [], before: []}
            # The first time is not counted: the program compiles its templates.
            for turn in range(TIMES + 1):
                for address, found in taken.items():
                    path = galleries[address] if is_phone else "/?view=table"
                    seconds = first_paint(browser, address + path, is_phone)
                    found += [seconds] if turn else []
            mine, others = (statistics.median(found) for found in taken.values())
            print(f"{name}, first paint: {mine:.2f} s / {others:.2f} s before (at most {most:g} s)")
        browser.close()


if __name__ == "__main__":
    main()
