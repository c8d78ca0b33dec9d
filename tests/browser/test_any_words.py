"""Words of every kind show as words: markup, other scripts, very long ones."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import PHONE, add, row, sideways, suggest

MARKUP = '<img src=x onerror="document.title=`taken`"><script>document.title="taken"</script>'
ARABIC = "مالك الحزين عند الغسق"
LONG = "Wolkenkratzerfensterputzerleiter" * 6
WORDS = (MARKUP, ARABIC, LONG)
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


def test_any_words_show_as_text_and_break_nothing(page: Page, site: Site) -> None:
    ids = {text: hostile(site, text)["id"] for text in WORDS}

    def look(path: str, *texts: str) -> None:
        page.goto(path)
        for text in texts:
            expect(page.get_by_text(text[:40]).first).to_be_attached()
        assert sideways(page) == 0, path
        assert not page.evaluate(TAKEN), path

    look("/?view=grid", *WORDS)
    for text in WORDS:
        look(f"/?category={text[:20]}", text)
        look(f"/images/{ids[text]}", text)
        if text == ARABIC:
            box = page.get_by_label("Description", exact=True)
            assert box.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    look("/?view=table", *WORDS)
    arabic = row(page, ARABIC).get_by_role("button", name=ARABIC).first
    assert arabic.evaluate("(element) => getComputedStyle(element).unicodeBidi") == "plaintext"
    for number in ids.values():
        site.client.delete(f"/api/images/{number}")
    look("/trash", *WORDS)


def test_any_words_survive_editing_in_place(page: Page, site: Site) -> None:
    add(site, post_title="Heron")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto("/?view=table")
    before = "Heron"
    for text in (MARKUP, ARABIC):
        page.get_by_role("button", name=before, exact=True).click()
        page.get_by_role("textbox", name="Title").fill(text)
        page.keyboard.press("Enter")
        saved = page.get_by_role("button", name=text, exact=True)
        expect(saved).to_be_visible()
        saved.click()
        expect(page.get_by_role("textbox", name="Title")).to_have_value(text)
        assert not page.evaluate(TAKEN)
        page.keyboard.press("Escape")
        before = text
