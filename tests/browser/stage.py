"""Setting the stage without a browser, and hands that do what Playwright has no word for."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize
from sqlalchemy import insert

from artworks.accounts import sessions
from artworks.adapters.storage.storage import rendition_key
from models import Image, Person, db
from tests.browser.conftest import Site
from tests.support.factories import added
from tests.support.people import add_person, session_cookie_name
from utils import stored_name

PHONE: ViewportSize = {"width": 390, "height": 844}
# A window of the size of a phone, with a finger for a pointer.
TOUCH: dict[str, Any] = {
    "viewport": PHONE,
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 1,
}
# What a copy of a picture has as well: what its file is like, and its words.
COPIED = (
    *("media_type", "rendition_type", "rendition_version", "width", "height", "size_bytes", "colours"),
    *("post_title", "description", "hashtags", "category_id", "key_points", "alt_text", "status", "origins"),
)

# What is fixed to the window, or scrolls by itself, makes no page wider.
_SIDEWAYS = """() => {
  const page = document.documentElement;
  const selector = "dialog[open], .menu-panel, .places-further, .end-card, .upload-tray, .toast-note, .selection-bar";
  const floating = [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).flatMap((one) => {
    const { left, right } = one.getBoundingClientRect();
    return [-left, right - page.clientWidth, one.scrollWidth - one.clientWidth];
  });
  return Math.ceil(Math.max(page.scrollWidth - page.clientWidth, ...floating));
}"""
_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, type, data] of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


def add(site: Site, name: str = "Heron at dusk.jpg", **words: Any) -> dict[str, Any]:
    """Put one picture into the library with words of a person; give its JSON."""
    return added(site.client, name, **words)


def add_many(site: Site, count: int, prefix: str = "Study", **words: Any) -> None:
    """Put many pictures into the library, the last one newest: one is uploaded, the others are copies of it.

    All of them have the same words.
    """
    first = add(site, f"{prefix} 001.jpg", **words)
    with site.app.app_context():
        model = db.session.get_one(Image, first["id"])
        facts = {name: getattr(model, name) for name in COPIED}
        rows = [
            {
                "original_filename": f"{prefix} {number:03}.jpg",
                "stored_filename": _copied(site, model),
                **facts,
            }
            for number in range(2, count + 1)
        ]
        db.session.execute(insert(Image), rows)
        db.session.commit()


def _copied(site: Site, image: Image) -> str:
    """Give the files of a picture one more name."""
    storage = site.app.extensions["aim"].storage
    name = stored_name("image/jpeg")
    pairs = [(image.stored_filename, name)] + [
        tuple(
            rendition_key(of, kind, "image/jpeg", image.rendition_version)
            for of in (image.stored_filename, name)
        )
        for kind in ("thumbnail", "preview")
    ]
    for old, new in pairs:
        storage.local_path(new).hardlink_to(storage.local_path(old))
    return name


def sign_in(context: BrowserContext, site: Site, role: str = "owner", **facts: Any) -> Person:
    """Make an account and let a window be theirs; from then on nobody else is let in.

    Where the page to sign in is not what is tested: the window has the cookie that this page gives.
    """
    with site.app.app_context():
        session, limits = db.session(), site.app.config["SESSION_LIMITS"]
        person = add_person(session, role, **facts)
        key = sessions.start(
            session, person, limits, way="password", address="127.0.0.1", device="Chrome on Linux"
        )
        session.commit()
    name = session_cookie_name(site.app, site.host)
    context.add_cookies([{"name": name, "value": key, "url": site.url}])
    return person


def now(site: Site, image: dict[str, Any]) -> dict[str, Any]:
    """Read a picture as the server has it now."""
    current: dict[str, Any] = site.client.get(f"/api/images/{image['id']}").get_json()
    return current


def edit_elsewhere(site: Site, image: dict[str, Any], **words: Any) -> dict[str, Any]:
    """Change words as another tab would."""
    body = {"version": now(site, image)["version"], **words}
    answer = site.client.patch(f"/api/images/{image['id']}", json=body)
    assert answer.status_code == 200
    changed: dict[str, Any] = answer.get_json()
    return changed


def suggest(site: Site, image: dict[str, Any], feedback: str = "Shorter") -> dict[str, Any]:
    """Let a suggestion wait beside the words of a picture."""
    answer = site.client.post(f"/api/images/{image['id']}/refine", json={"feedback": feedback})
    assert answer.status_code == 200
    waiting: dict[str, Any] = answer.get_json()["suggestion"]
    return waiting


def row(page: Page, text: str) -> Locator:
    """Find the row of a picture by any words in it."""
    return page.get_by_role("row").filter(has_text=text)


def unfold(page: Page, name: str) -> None:
    """Open a fold of the page of a picture."""
    page.locator(".fold > details > summary").filter(has_text=name).click()


def shown(page: Page) -> list[str]:
    """List the titles or file names of the pictures on the page, from top to bottom."""
    ticks = page.locator("input[type=checkbox][aria-label^='Tick ']:visible")
    names: list[str] = ticks.evaluate_all("all => all.map((one) => one.ariaLabel)")
    return [name.removeprefix("Tick ") for name in names if not name.startswith("Tick all")]


def until_loaded(page: Page) -> None:
    """Wait until the page has all its scripts, also those that load when nothing else is to be done."""
    page.wait_for_function("() => 'loaded' in document.documentElement.dataset")


def drop(page: Page, *paths: Path, at: tuple[float, float] = (700, 500)) -> None:
    """Drop files or folders from the desktop, usually onto the middle of the page, as the browser itself reports it."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": at[0], "y": at[1], "data": data})
    session.detach()


def paste(page: Page, name: str, data: bytes) -> None:
    """Paste a picture from the clipboard."""
    files = [(name, "image/png", base64.b64encode(data).decode())]
    transfer = page.evaluate_handle(_TRANSFER, files)
    page.evaluate(
        """(clipboardData) => document.body.dispatchEvent(
          new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))""",
        transfer,
    )


def until_quiet(page: Page, site: Site) -> None:
    """Wait until everything has come that the page has asked the site for so far, its last scripts too."""
    until_loaded(page)
    for _ in range(2):
        # What was asked for before this is with the server by now, and answered; the second time, it has arrived too.
        page.evaluate("fetch('/healthz').then((answer) => answer.text())")
        site.calls.wait_until_none()


def until_at_rest(page: Page) -> None:
    """Wait until a page that was scrolled has stayed where it is for a dozen frames."""
    page.evaluate(
        """() => new Promise((done) => {
          let last = NaN, same = 0;
          const look = () => {
            same = scrollY === last ? same + 1 : 0;
            last = scrollY;
            same < 12 ? requestAnimationFrame(look) : done();
          };
          look();
        })"""
    )


def sideways(page: Page) -> int:
    """Tell by how many pixels the page, or what floats over it, is wider than the window."""
    return int(page.evaluate(_SIDEWAYS))


def swipe(page: Page, by: tuple[int, int]) -> None:
    """Put a finger on the picture, move it in small steps and lift it."""
    finger = page.context.new_cdp_session(page)
    for step in range(11):
        point = {"x": 200 + by[0] * step / 10, "y": 220 + by[1] * step / 10}
        kind = "touchMove" if step else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()
