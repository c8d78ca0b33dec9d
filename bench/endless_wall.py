"""A list without end in a browser: what the page weighs, and how smooth it is, after thousands of works.

`python -m bench.endless_wall 100000` (the number is optional) fills a library in an embedded server, which takes a
minute, opens it in Chromium and scrolls. Printed are the nodes of the page, its memory after a collection, and the
times between frames; then how long Back takes to be at the same place. `python -m bench.endless_wall end wall` scrolls
one view to its last picture, in larger steps; that takes a quarter of an hour.

Measured in November 2026 on two cores without a graphics card, with other programs beside it, in a library of 20,000,
after 10,000 works. After 200 it was 2.1 to 2.2 MB, and p95 40 to 57 ms.

    wall   107 drawn  7,834 nodes  3.4 MB  frames p50 17, p95  57 ms  Back 2.5 s
    table   95 drawn  7,432 nodes  3.4 MB  frames p50 21, p95 111 ms  Back 2.6 s
    grid   104 drawn  5,171 nodes  3.3 MB  frames p50 17, p95  54 ms  Back 7.7 s

The wall to its end on 1 December 2026, with other programs beside it, after so many works. The ids and names of what
was let go are not in this memory: 8 bytes and a name's text for each work.

    10,000   101 drawn  6,528 nodes  3.3 MB  frames p50 17, p95  90 ms
    50,000    71 drawn  5,346 nodes  3.4 MB  frames p50 17, p95  81 ms
    100,000   36 drawn  3,983 nodes  3.4 MB  frames p50 17, p95 101 ms  Back 1.7 s
"""

from __future__ import annotations

import logging
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Route, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from werkzeug.serving import make_server

import migrations
from app import Config, create_app
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from bench import library_rows
from scripts.browser import installed

COUNT = 100_000
# After so many works the page is weighed; on the way to them it is scrolled by so many pixels a frame.
AT = (200, 2_000, 10_000)
TO_END = (*AT, 50_000, COUNT)
# So many pixels are scrolled in each frame, and on the way to the end, where counting takes its time.
STEP, FAST = (90, 1), (900, 20)
VIEWS = ("wall", "table", "grid")
# Works of all shapes: library_rows has upright ones alone.
SHAPES = "UPDATE image SET width = 900 + id * 7919 % 3600, height = 900 + id * 104729 % 2400"
LOADED = """() => [...document.querySelector("[data-rows]").children].reduce((sum, one) =>
  sum + (one.dataset.imageId ? 1 : one.matches(".let-go") ? (one.textContent.match(/\\n/g) ?? []).length + 1 : 0), 0)"""
# Counting takes long in a long list: once in `each` frames.
SCROLL = """async ([most, step, each]) => {
  const loaded = COUNTED;
  const atEnd = () => !document.querySelector("[data-load-more]") &&
    innerHeight + scrollY > document.body.offsetHeight - 9;
  const frames = [];
  let last = performance.now();
  while (!atEnd() && (frames.length % each || loaded() < most)) {
    scrollBy({ top: step, behavior: "instant" });
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return [frames, loaded()];
}""".replace("COUNTED", LOADED)
TOP = """() => {
  const rows = [...document.querySelectorAll("[data-rows] > [data-image-id]")];
  const row = rows.find((one) => one.getBoundingClientRect().bottom > 80);
  return row && [row.dataset.imageId, Math.round(row.getBoundingClientRect().top)];
}"""


def picture() -> bytes:
    """Make a PNG of four pixels, which stands for every work."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\x60\x90\0\x90\x60"))
        + chunk(b"IEND", b"")
    )


@contextmanager
def served(count: int) -> Iterator[str]:
    """Fill a library and serve it; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        database = EmbeddedPostgres(Path(folder, "postgres"))
        try:
            url = sqlalchemy_url(database.start())
            migrations.upgrade(url)
            library_rows.fill(url, count)
            with create_engine(url, poolclass=NullPool).begin() as connection:
                connection.execute(text(SHAPES))
            settings = {
                "DATABASE_URL": url,
                "INSTANCE_DIR": f"{folder}/instance",
                "STORAGE_URL": f"{folder}/uploads",
            }
            server = make_server("127.0.0.1", 0, create_app(Config.from_env(settings)), threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.port}"
            finally:
                server.shutdown()
        finally:
            database.stop()


def weight(devtools: CDPSession) -> tuple[int, float]:
    """Return the nodes of the page and the megabytes of its scripts' memory, after a collection."""
    devtools.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return int(found["Nodes"]), found["JSHeapUsedSize"] / 1e6


def scroll(page: Page, devtools: CDPSession, view: str, to_end: bool) -> None:
    """Scroll past more and more works, and print what the page weighs then."""
    page.goto(f"/?view={view}")
    page.wait_for_function("document.querySelector('[data-selection]')")
    for most in TO_END if to_end else AT:
        begun = time.perf_counter()
        frames, loaded = page.evaluate(SCROLL, [most, *(FAST if to_end else STEP)])
        frames.sort()
        page.wait_for_timeout(600)
        nodes, megabytes = weight(devtools)
        drawn = page.locator("[data-rows] > [data-image-id]").count()
        print(
            f"  {view:6} {loaded:6} works: {drawn:4} drawn {nodes:7} nodes {megabytes:6.1f} MB   frames p50 "
            f"{frames[len(frames) // 2]:5.1f} p95 {frames[len(frames) * 95 // 100]:5.1f} p99 "
            f"{frames[len(frames) * 99 // 100]:5.1f} max {frames[-1]:6.1f} ms   ({time.perf_counter() - begun:.0f} s)",
            flush=True,
        )


def come_back(page: Page) -> None:
    """Leave the list at its depth and go back; prints what was asked for until the place was there again."""
    page.evaluate("scrollBy({ top: -20000, behavior: 'instant' })")
    page.wait_for_function(TOP)
    page.wait_for_timeout(1500)
    place: Any = page.evaluate(TOP)
    page.goto("/settings")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "rows" in request.url else None)
    begun = time.perf_counter()
    page.go_back()
    page.wait_for_function(
        f"(place) => {{ const row = ({TOP})(); return row && row[0] === place[0]; }}", arg=place
    )
    taken = time.perf_counter() - begun
    page.wait_for_timeout(1500)
    print(
        f"  Back: {place} again after {taken:.2f} s, then {page.evaluate(TOP)}; {len(asked)} calls for rows"
    )


def main(count: int = COUNT, *views: str, to_end: bool = False) -> None:
    """Measure every view, or those named."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    body = picture()

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="image/png", headers={"Cache-Control": "max-age=3600"})

    with served(count) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed() or None, args=["--no-sandbox"])
        print(f"{count} pictures")
        for view in views or VIEWS:
            page = browser.new_page(base_url=address, viewport={"width": 1440, "height": 900})
            page.route("**/images/*/thumbnail*", answer)
            page.route("**/images/*/preview*", answer)
            devtools = page.context.new_cdp_session(page)
            devtools.send("Performance.enable")
            scroll(page, devtools, view, to_end)
            come_back(page)
            page.close()
        browser.close()


if __name__ == "__main__":
    named = sys.argv[1:]
    main(
        next((int(one) for one in named if one.isdigit()), COUNT),
        *(one for one in named if one in VIEWS),
        to_end="end" in named,
    )
