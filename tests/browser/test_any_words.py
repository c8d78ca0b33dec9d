"""Words of every kind show as words: markup, other scripts, very long ones."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import PHONE, add, row, sideways, suggest

MARKUP = '<img src=x onerror="document.title=`taken`"><script>document.title="taken"</script>'
ARABIC = "مالك الحزين عند الغسق"
LONG = "Wolkenkratzerfensterputzerleiter" * 6
TAKEN = "document.title === 'taken' || !!document.querySelector('[onerror]')"


def hostile(site: Site, text: str) -> dict[str, object]:
    """Add a picture with the text in every field, its name, a suggestion and the history."""
    image = add(
        site,
        f"{text[:120]}.jpg",
        post_title=text[:190],
        description=f"{text} one. {text} two. {text} three.",
        hashtags=[text[:90]],
        category=text[:80],
        key_points=text,
        alt_text=text,
    )
    suggest(site, image, feedback=text)
    return image


@pytest.mark.parametrize("text", [MARKUP, ARABIC, LONG], ids=["markup", "arabic", "long"])
def test_any_words_show_as_text_and_break_nothing(page: Page, site: Site, text: str) -> None:
    image = hostile(site, text)
    for path in ("/", "/?view=grid", f"/images/{image['id']}", f"/?category={text[:20]}"):
        page.goto(path)
        expect(page.get_by_text(text[:40]).first).to_be_attached()
        assert sideways(page) == 0, path
        assert not page.evaluate(TAKEN), path
    site.client.delete(f"/api/images/{image['id']}")
    page.goto("/trash")
    expect(page.get_by_text(text[:40]).first).to_be_visible()
    assert sideways(page) == 0
    assert not page.evaluate(TAKEN)


@pytest.mark.parametrize("text", [MARKUP, ARABIC], ids=["markup", "arabic"])
def test_any_words_survive_editing_in_place(page: Page, site: Site, text: str) -> None:
    add(site, post_title="Heron")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto("/")
    page.get_by_role("button", name="Heron", exact=True).click()
    page.get_by_role("textbox", name="Title").fill(text)
    page.keyboard.press("Enter")
    saved = page.get_by_role("button", name=text, exact=True)
    expect(saved).to_be_visible()
    saved.click()
    expect(page.get_by_role("textbox", name="Title")).to_have_value(text)
    assert not page.evaluate(TAKEN)


def test_arabic_reads_from_right_to_left(page: Page, site: Site) -> None:
    image = add(site, post_title=ARABIC, description=ARABIC)
    page.goto("/")
    direction = "(element) => getComputedStyle(element).unicodeBidi"
    assert row(page, ARABIC).get_by_role("button", name=ARABIC).first.evaluate(direction) == "plaintext"
    page.goto(f"/images/{image['id']}")
    box = page.get_by_label("Description", exact=True)
    assert box.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
