"""Whether the review ever waits on a slow line: `python -m bench.review_ahead`, about two minutes.

Starts the real program, puts in 60 drafts with words of a usual length and photographs, and accepts 50 of them in
Chromium with a press of A each second, at 400 kbit/s and 400 ms. Promised: the words of the next picture are there at
each press (the look-ahead never runs dry). Printed, too: how soon something of the picture is seen.
"""

from __future__ import annotations

import io
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from bench.renditions import photograph
from bench.serving import program, upload
from scripts.screenshots import window

DRAFTS, PRESSES, BETWEEN_MS = 60, 50, 1000
KBIT_PER_S, LATENCY_MS = 400, 400
WORDS = {
    "post_title": "Evening light over the reeds",
    "description": "A heron stands in shallow water while mist hangs over the reeds. " * 6,
    "alt_text": "A grey heron in shallow water before reeds. " * 3,
    "key_points": "Watercolour on paper, 30 x 40 cm, 2026",
    "hashtags": ["#heron", "#reeds", "#watercolour", "#evening", "#birds"],
    "status": "draft",
}
# Notes, for each press, after how many milliseconds other words and something of another picture were on the page.
WATCH = """() => {
  window.noted = [];
  const name = () => document.querySelector("#picture-name")?.textContent ?? "";
  addEventListener("keydown", () => {
    const [begun, before, note] = [performance.now(), name(), { words: null, picture: null }];
    window.noted.push(note);
    const look = () => {
      const since = performance.now() - begun;
      if (name() !== before) note.words ??= since;
      const picture = document.querySelector("[data-stage-picture]");
      if (note.words !== null && picture?.complete && picture.naturalWidth) note.picture ??= since;
      if (note.picture === null && window.noted.at(-1) === note) requestAnimationFrame(look);
    };
    queueMicrotask(look);
  }, true);
}"""


def add_drafts(page: Page, address: str) -> None:
    """Upload the pictures, which differ by bytes behind their end alone, and give each its words."""
    whole = io.BytesIO()
    photograph(2400, 1800).save(whole, "JPEG", quality=88)
    for number in range(DRAFTS):
        upload(address, f"{number:03}.jpg", whole.getvalue() + str(number).encode())
    for image in page.request.get(f"/api/images?limit={DRAFTS}").json()["images"]:
        words = {**WORDS, "version": image["version"], "post_title": f"{WORDS['post_title']} {image['id']}"}
        assert page.request.patch(f"/api/images/{image['id']}", data=words).ok


def press(page: Page) -> list[dict[str, float | None]]:
    """Open the review on the slow line and accept one picture a second; returns what was noted."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    speed = KBIT_PER_S * 1000 / 8
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    page.goto("/review", timeout=120_000)
    page.evaluate(WATCH)
    for _ in range(PRESSES):
        page.wait_for_timeout(BETWEEN_MS)
        page.keyboard.press("a")
    page.wait_for_timeout(BETWEEN_MS)
    noted: list[dict[str, float | None]] = page.evaluate("window.noted")
    return noted


def main() -> None:
    """Print how often and how long the words and the pictures were waited for."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        program(Path(folder)) as address,
        window(address) as page,
    ):
        add_drafts(page, address)
        noted = press(page)
    words = [note["words"] for note in noted if note["words"] is not None]
    pictures = [note["picture"] for note in noted if note["picture"] is not None]
    print(
        f"Words of the next picture, of {PRESSES} presses: {sum(at < 100 for at in words)} within 0.1 s, the last"
    )
    print(f"after {max(words):.0f} ms, {PRESSES - len(words)} not within a second (promised: all at once).")
    print(
        f"Something of its picture: {len(pictures)} within the second, median {statistics.median(pictures):.0f} ms."
    )


if __name__ == "__main__":
    main()
