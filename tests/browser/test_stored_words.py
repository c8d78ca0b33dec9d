"""Words are never taken back from the page as it is drawn, and keys of an input method mean nothing to ours."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, drop, now, row, until_loaded, until_quiet
from tests.support.factories import picture

# What the translator of Chrome does to a page: the text of an element goes into two elements of its own.
TRANSLATE = """() => {
  for (const place of document.querySelectorAll("[data-edit], [id^=word-]")) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      inner.textContent = `X ${text.data}`;
      outer.append(inner);
      text.replaceWith(outer);
    }
  }
}"""
PASTE = """(target, [text, png]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
  if (png) clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
  return target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
PNG = base64.b64encode(picture("PNG")).decode()
WORDS: dict[str, Any] = {
    "post_title": "Heron at dusk",
    "description": "Grey & still.\nIt waits.",
    "hashtags": ["#heron", "#dusk"],
    "category": "Prints / Linocut",
}


def test_a_translated_page_is_not_saved_over_the_words(page: Page, site: Site) -> None:
    image = add(site, **WORDS)
    page.goto("/")
    for label, stored, typed in (
        ("Title", "Heron at dusk", "Heron at dusk!"),
        ("Description", "Grey & still.\nIt waits.", "Grey."),
        ("Hashtags", "#heron #dusk", "#heron #tide"),
        ("Category", "Prints / Linocut", "Prints"),
    ):
        # The row is drawn anew once more after a save.
        until_quiet(page, site)
        page.evaluate(TRANSLATE)
        place = page.locator(f"[data-edit='{ {'Title': 'post_title'}.get(label, label.lower()) }']")
        expect(place).to_contain_text("X ")
        place.click()
        editor = page.get_by_role("combobox" if label == "Category" else "textbox", name=label, exact=True)
        expect(editor).to_have_value(stored)
        editor.fill(typed)
        editor.press("Control+Enter")
        expect(editor).to_be_hidden()
        expect(row(page, "Saved").first).to_be_visible()
    stored_now = now(site, image)
    assert stored_now["post_title"] == "Heron at dusk!"
    assert stored_now["description"] == "Grey."
    assert stored_now["hashtags"] == ["#heron", "#tide"]
    assert stored_now["category"] == "Prints"


def compose(field: Locator, key: str) -> None:
    """Press a key as Safari tells the one that ends a composition: after its end, with the code of the input method."""
    field.evaluate(
        """(target, key) => target.dispatchEvent(
          new KeyboardEvent("keydown", { key, keyCode: 229, bubbles: true, cancelable: true }))""",
        key,
    )


def test_the_enter_that_ends_a_composition_saves_nothing(page: Page, site: Site) -> None:
    image = add(site, **WORDS)
    page.goto("/")
    page.get_by_role("button", name="Heron at dusk", exact=True).click()
    title = page.get_by_role("textbox", name="Title")
    title.fill("夕暮れ")
    for key in ("Enter", "Escape"):
        compose(title, key)
    expect(title).to_have_value("夕暮れ")
    page.keyboard.press("Escape")
    page.goto(f"/images/{image['id']}")
    field = page.get_by_role("textbox", name="Title")
    field.fill("夕暮れの鷺")
    for key in ("Enter", "Escape"):
        compose(field, key)
    expect(field).to_be_focused()
    expect(field).to_have_value("夕暮れの鷺")
    assert now(site, image)["post_title"] == "Heron at dusk"
    page.goto("/settings/voice")
    avoided = page.get_by_role("textbox", name="Words to avoid")
    avoided.fill("美しい")
    compose(avoided, "Enter")
    expect(avoided).to_have_value("美しい")
    page.goto("/categories")
    page.get_by_role("button", name="Rename Prints / Linocut").click()
    name = page.get_by_role("textbox", name="New name of")
    name.fill("版画")
    for key in ("Enter", "Escape"):
        compose(name, key)
    expect(name).to_have_value("版画")


def test_text_from_a_spreadsheet_is_pasted_as_text(page: Page, site: Site) -> None:
    image = add(site, **WORDS)
    page.goto(f"/images/{image['id']}")
    until_loaded(page)
    description = page.get_by_role("textbox", name="Description")
    description.focus()
    assert description.evaluate(PASTE, ["30 x 40\t€ 120", PNG]), "the browser may put the text in"
    # Outside of every field it is a picture, and an address is told about.
    assert not page.locator("body").evaluate(PASTE, ["https://pictures.example/heron.png", ""])
    expect(page.get_by_text("Addresses are not fetched.")).to_be_visible()
    assert page.locator("body").evaluate(PASTE, ["Just some words", ""])
    assert len(site.client.get("/api/images").get_json()["images"]) == 1
    assert not page.locator("body").evaluate(PASTE, ["", PNG])
    expect(page.get_by_role("region", name="Pictures being added")).to_contain_text("1 added")


@pytest.mark.parametrize("only_system_files", [False, True])
def test_system_files_of_a_folder_are_passed_over(
    page: Page, tmp_path: Path, only_system_files: bool
) -> None:
    folder = tmp_path / "work"
    (folder / "__MACOSX").mkdir(parents=True)
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._Heron.png", "__MACOSX/._Heron.png"):
        (folder / name).write_bytes(b"not a picture")
    if not only_system_files:
        (folder / "Heron.png").write_bytes(picture("PNG"))
    page.goto("/")
    drop(page, folder)
    if only_system_files:
        expect(page.get_by_text("There are no pictures in this folder.")).to_be_visible()
        return
    tray = page.get_by_role("region", name="Pictures being added")
    expect(tray.get_by_role("status")).to_have_text("1 added")
