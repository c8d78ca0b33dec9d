"""Take the pictures of the README: the program itself, with the samples, words of our own and a fake AI service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Page, sync_playwright

from scripts.browser import installed
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SIZE = {"width": 1440, "height": 900}
STOPS_WITHIN_S = 30

# By a word in the file's name: what the artist wrote, and what the AI service answers where she wrote nothing.
MINE: dict[str, dict[str, Any]] = {
    "hills": {
        "post_title": "Last light over seven hills",
        "description": "Seven ridges fold into each other as the sun goes, each a little bluer than the one before. "
        "I painted it in one sitting from the roof in Alfama.",
        "hashtags": ["#landscape", "#dusk", "#gouache", "#lisbon"],
        "category": "Paintings",
        "key_points": "Gouache on paper, 30 x 40 cm, 2026. Painted from a roof in Alfama.",
        "status": "ready",
    },
    "spiral": {
        "category": "Prints",
        "key_points": "Linocut in two colours, edition of 40, on Japanese paper",
    },
    "garden": {"category": "Works on paper", "key_points": "Watercolour, 24 x 32 cm"},
    "rooms": {"category": "Paintings"},
    "soundings": {"category": "Prints", "key_points": "Screen print, 50 x 70 cm"},
    "grid": {
        "post_title": "Sixteen ways to hold a circle",
        "description": "A grid study that got out of hand. Every square was cut from the same four papers.",
        "hashtags": ["#collage", "#geometric", "#bauhaus"],
        "category": "Works on paper",
        "status": "ready",
    },
}
AI: dict[str, dict[str, Any]] = {
    "spiral": {
        "post_title": "What the tide wrote down",
        "description": "A line of cut marks winds inward like a shell. Two colours, printed by hand on Japanese "
        "paper; no two of the forty impressions are quite the same.",
        "hashtags": ["#linocut", "#printmaking", "#spiral"],
        "alt_text": "A spiral of small rust, teal and cream tiles that grow from the centre to the edge.",
    },
    "garden": {
        "post_title": "Garden after rain",
        "description": "Wet colour finds its own edges. The greens were laid first and left to wander; the warm "
        "notes came last, like flowers noticed on the way back in.",
        "hashtags": ["#watercolour", "#abstract", "#garden"],
        "alt_text": "Thin circles of green, rose and blue lie over each other on white paper.",
    },
    "rooms": {
        "post_title": "Two rooms, one evening",
        "description": "Orange above, gold below, and a dark that is not quite black around them. It wants to be seen "
        "from far enough away that the edges start to hum.",
        "hashtags": ["#colourfield", "#abstract"],
        "alt_text": "Two soft rectangles, orange over gold, on a deep red ground.",
    },
}
WARMER = {
    "description": "Seven ridges fold into each other as the sun goes, each a little warmer than the last. "
    "I painted it in one sitting from the roof in Alfama, with the swifts still out.",
}
ASKED = "Warmer, and mention the swifts"


def main() -> int:
    """Take both pictures."""
    DOCS.mkdir(exist_ok=True)
    with FakeOpenAI() as service, program(service.base_url) as url, window(url) as page:
        ids = fill(page.request, service)
        page.goto("/")
        _take(page, "library")
        page.goto(f"/images/{ids['hills']}")
        _take(page, "picture")
    return 0


@contextmanager
def program(service_url: str, **settings: str) -> Iterator[str]:
    """Run the program on a library of its own, or on the one that settings name, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(port),
            "INSTANCE_DIR": f"{folder}/instance",
            "STORAGE_URL": f"{folder}/uploads",
            "OPENAI_BASE_URL": service_url,
            "WEB_PROCESSES": "1",
            **settings,
        }
        running = subprocess.Popen(
            [sys.executable, "main.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            if not running.stdout or "ready" not in running.stdout.readline():
                sys.exit("The program did not start.")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(STOPS_WITHIN_S)


@contextmanager
def window(url: str, **look: Any) -> Iterator[Page]:
    """Open a browser at an address, as wide and dark as a first visit is, or as `look` says."""
    usual = {"viewport": SIZE, "reduced_motion": "reduce"}
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=installed(), args=root)
        context = browser.new_context(**{"base_url": url, **usual, **look})
        yield context.new_page()
        browser.close()


def fill(api: APIRequestContext, service: FakeOpenAI) -> dict[str, int]:
    """Add the samples, write words as the artist and as the service, and let one suggestion wait."""
    ids: dict[str, int] = {}
    for image in ask(api.post("/api/samples"))["images"]:
        name = next(word for word in MINE if word in image["original_filename"].lower())
        ids[name] = image["id"]
        ask(api.patch(f"/api/images/{image['id']}", data={"version": image["version"], **MINE[name]}))
    for name, words in AI.items():
        service.script(ok(words))
        ask(api.post(f"/api/images/{ids[name]}/generate", data={"fields": list(words)}))
    service.script(ok(WARMER))
    refinement = {"feedback": ASKED, "fields": ["description"]}
    ask(api.post(f"/api/images/{ids['hills']}/refine", data=refinement))
    return ids


def ask(answer: Any) -> Any:
    """Return the JSON of an answer; end with what the program said when it refused."""
    if not answer.ok:
        sys.exit(f"{answer.url} answered {answer.status}: {answer.text()[:300]}")
    return answer.json()


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / f"{name}.png")
    print(f"docs/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
