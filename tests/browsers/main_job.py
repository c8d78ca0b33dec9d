"""The main job, from the first pictures to a gallery for a client, with every word to be read on the way."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.browsers.conftest import Library
from tests.browsers.window import ENTER, Window
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS
from tests.support.factories import picture
from tests.support.program import PATIENCE, wait_until

LONG = "Layers of dusk settle over the hills, one behind the other, until the last of them is a breath. " * 3
FULL: dict[str, Any] = {
    **WORDS,
    "post_title": "The Quiet Hour over the Far Hills of the North",
    "description": LONG.strip(),
    "hashtags": [f"#landscape{number}" for number in range(12)],
    "key_points": LONG.strip(),
    "alt_text": LONG.strip(),
}
TYPED = {name: value for name, value in FULL.items() if name != "category"}
PHONE, NARROW, WIDE = 390, 900, 1280


def test_samples_an_upload_and_an_edit_in_place(window: Window, library: Library, tmp_path: Path) -> None:
    window.open("/")
    window.until_icons_are_drawn()
    window.press("Try it with six sample pictures")
    window.see("6 pictures added.")
    file = tmp_path / "Mine.jpg"
    file.write_bytes(picture())
    window.press("Add images")
    window.choose_file("#add-files", file)
    window.until("return document.querySelectorAll('[data-image-id]').length === 7")
    assert library.images()[0]["original_filename"] == "Mine.jpg"
    window.open("/")
    window.until_icons_are_drawn()
    window.press("[data-edit=post_title]")
    window.type(".editor", f"Typed in place{ENTER}")
    window.see("Saved")
    window.see("Typed in place")
    assert library.images()[0]["post_title"] == "Typed in place"


def test_a_long_text_is_edited_in_the_library(window: Window, library: Library) -> None:
    library.add(description=LONG[:250])
    window.open("/")
    window.press("[data-edit=description]")
    window.until_readable()
    window.type(".editor", " More.")
    window.until_readable()


def test_words_that_are_typed_are_kept_when_the_page_is_left(window: Window, library: Library) -> None:
    image = library.add(description="Mist.")
    window.open(f"/images/{image['id']}")
    window.type("#word-description", " Over the")
    window.until("return document.querySelector('[data-edit-state=description]').textContent === 'Saved'")
    window.type("#word-description", " reeds")
    assert library.images()[0]["description"] == "Mist."
    # Left in the middle of a word. Firefox says that the field was left, which publishes; others put the words in here.
    window.open("/")
    wait_until("the words are there", lambda: library.images()[0]["description"] == "Mist. Over the reeds")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_generated_words_can_be_read(
    window: Window, library: Library, service: FakeOpenAI, width: int, theme: str
) -> None:
    service.default = ok(FULL)
    image = library.add()
    window.size(width)
    window.open(f"/images/{image['id']}")
    if window.ask("return document.documentElement.dataset.bsTheme") != theme:
        window.press("Switch between dark and light")
        window.until("return document.documentElement.dataset.bsTheme === arguments[0]", theme)
    window.press("Write words")
    window.see("The words are in.")
    assert window.value("#word-description") == FULL["description"]
    window.until_readable(4)
    window.until_icons_are_drawn()
    window.press("Change the hashtags")
    window.until("return document.activeElement.id === 'word-hashtags'")
    window.until_readable(5)
    window.ask("document.querySelector('.text-field').scrollIntoView()")


def test_words_keep_their_room_when_the_window_is_widened(window: Window, library: Library) -> None:
    image = library.add(**TYPED)
    window.size(NARROW)
    window.open(f"/images/{image['id']}")
    window.until_readable(4)
    window.size(WIDE)
    window.until("return innerWidth === arguments[0]", WIDE)
    window.until_readable(4)


def test_measuring_leaves_the_page_in_its_place(window: Window, library: Library) -> None:
    image = library.add(**{**TYPED, "description": LONG * 4})
    window.size(NARROW, 600)
    window.open(f"/images/{image['id']}")
    # Until they are measured they are as high as the server guessed.
    window.until(
        "return CSS.supports('field-sizing', 'content') || document.querySelector('#word-alt_text').style.height"
    )
    window.ask("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    place = window.ask("return scrollY")
    assert place > 0
    window.ask("document.querySelector('#word-description').value += ' '")
    assert window.ask("return scrollY") == place


def test_another_wish_is_a_suggestion_and_is_taken(
    window: Window, library: Library, service: FakeOpenAI
) -> None:
    service.default = ok(FULL)
    image = library.add(description="Mine, and short.")
    window.open(f"/images/{image['id']}")
    window.press("Warmer")
    window.press("[data-word=description] [value=accept]")
    window.until(
        "return document.querySelector('#word-description').value === arguments[0]", FULL["description"]
    )
    window.until_readable(4)


def test_drafts_are_reviewed(window: Window, library: Library) -> None:
    for number in (1, 2):
        library.add(f"{number}.jpg", **{**TYPED, "post_title": f"Draft {number}"}, status="draft")
    window.open("/review")
    window.see("1 of 2")
    window.until_readable(4)
    window.until_icons_are_drawn()
    window.press("[data-review-do=accept]")
    window.see("2 of 2")
    window.until_readable(4)
    window.press("[data-review-do=accept]")
    window.see("All 2 are done")
    assert [image["status"] for image in library.images()] == ["ready", "ready"]


def test_enter_sends_a_dialog_that_suggests_names(window: Window, library: Library) -> None:
    library.add("1.jpg", category="Prints")
    library.add("2.jpg")
    window.open("/")
    window.press("[data-image-id] [type=checkbox]")
    for typed in ("Prints", "Pri"):
        window.press("[data-do=category]")
        window.type("#bulk-category", f"{typed}{ENTER}")
        window.until("return !document.querySelector('dialog')")
        assert library.images()[0]["category"] == typed


def test_words_of_a_form_come_back_and_a_list_takes_up_what_is_new(window: Window, library: Library) -> None:
    name = ".collection-first-form [name=name]"
    window.open("/collections")
    window.type(name, "Spring show")
    window.open("/tags")
    window.open("/collections")
    window.until("return document.querySelector(arguments[0]).value === 'Spring show'", name)
    window.press(".collection-first-form .btn-primary")
    window.see("Spring show")
    library.add("1.jpg", hashtags="#heron")
    window.open("/tags")
    library.add("2.jpg", hashtags="#dusk")
    window.ask("for (const name of ['blur', 'focus']) dispatchEvent(new Event(name))")
    window.until("return document.querySelector('main').textContent.includes('#dusk')")


def test_a_batch_is_written(window: Window, library: Library, service: FakeOpenAI) -> None:
    service.default = ok(FULL)
    for number in range(3):
        library.add(f"{number}.jpg")
    window.open("/")
    window.press("Write words…")
    window.type("#batch-note", LONG[:190])
    window.until_readable()
    window.press("Write the words")
    window.see("Writing words for 3 pictures.")
    # The library shows what was written when it was opened.
    deadline, titles = time.monotonic() + PATIENCE, 0
    while titles < 3:
        assert time.monotonic() < deadline, titles
        window.open("/")
        titles = window.ask(
            "return document.body.innerText.split(arguments[0]).length - 1", FULL["post_title"]
        )


def test_a_gallery_is_shared_and_looked_at(window: Window, library: Library) -> None:
    image = library.add(**TYPED)
    window.open("/")
    window.press("[data-image-id] [type=checkbox]")
    window.press("Share")
    window.type("#share-title", "For the gallery")
    window.type("#share-note", LONG)
    window.until_readable()
    window.press("Open the gallery")
    address = window.until("return document.querySelector('[id^=share-url]')?.value")
    window.open(address)
    window.see("For the gallery")
    window.until("return [...document.images].some((one) => one.complete && one.naturalWidth)")
    # The original by itself is shown as a picture, under a policy that lets nothing run.
    window.open(image["urls"]["original"])
    window.until("return document.images[0]?.naturalWidth === 640")
