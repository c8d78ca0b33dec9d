"""The usage page as it is seen: the chart in both themes, on a phone, without scripts, by keyboard and by ear."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from models import db
from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import PHONE, TOUCH, add, sideways, until_quiet
from tests.support.spending import spend

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3
FILL = "(node) => getComputedStyle(node).fill"


def fill(site: Site, name: str = "Heron at dusk") -> None:
    """Write down calls of the last two months."""
    image = add(site, post_title=name)
    now = datetime.now(UTC)
    with site.app.app_context():
        session = db.session()
        for days in range(0, 60, 2):
            spend(session, now - timedelta(days=days), "0.02", days + 1, image_id=image["id"])
        spend(session, now, "0.5", state="failed", error="ai_timeout", model=f"@{name}"[:100], tier="flex")
        spend(session, now, "0.1", state="reserved", kind="preview")
        session.commit()


def described(page: Page, name: str) -> str:
    """Return what the browser tells a screen reader about a picture; Playwright's own word leaves out SVG's <desc>."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    [node] = [
        one for one in tree["nodes"] if one.get("name", {}).get("value") == name and "description" in one
    ]
    return str(node["description"]["value"])


def test_axe_finds_nothing(page: Page, site: Site) -> None:
    for full in (False, True):
        if full:
            fill(site)
        page.set_viewport_size(WIDE)
        page.goto("/usage")
        check_both_looks(page)


def test_the_page_is_light_and_does_not_jump_and_its_chart_is_named_described_and_coloured(
    page: Page, site: Site
) -> None:
    fill(site)
    answer = page.goto("/usage")
    assert answer is not None
    assert len(answer.body()) < 100 * 1024
    until_quiet(page, site)
    shifts = page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
            .observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        })"""
    )
    assert shifts < 0.01
    chart = page.get_by_role("img", name="Money by day")
    expect(chart).to_be_visible()
    assert re.fullmatch(
        r"Most on \d+ \w+: \$[\d.]+\. The table holds every day\.", described(page, "Money by day")
    )
    bar = chart.locator(".serie-0 rect").first
    dark = bar.evaluate(FILL)
    page.get_by_role("button", name="Switch between dark and light").click()
    expect(bar).not_to_have_css("fill", dark)
    assert chart.locator(".serie-1 rect").first.evaluate(FILL) != bar.evaluate(FILL)
    # Each day is told beside the pointer and in the table.
    day = f"{datetime.now(UTC):%a} {datetime.now(UTC).day} {datetime.now(UTC):%b}"
    cells = page.get_by_role("region", name="Day by day").get_by_role("row", name=day).get_by_role("cell")
    expect(cells).to_have_text(["3", "1", "$0.62"])
    told = page.get_by_role("img", name="Calls by day").locator(".serie-0 title").last
    assert told.text_content() == f"{day[4:]}: $0.62, 3 calls, 1 of them brought nothing"


def test_another_month_is_chosen_by_keyboard(page: Page, site: Site) -> None:
    fill(site)
    page.goto("/usage")
    before = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    page.locator("summary", has_text="Last 30 days").focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Which days")
    expect(menu.get_by_role("link", name="Last 30 days")).to_have_attribute("aria-current", "page")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"month={before:%Y-%m}"))
    expect(page.get_by_role("heading", name=f"{before:%B %Y}")).to_be_visible()


def test_the_ledger_is_taken_along(page: Page, site: Site) -> None:
    fill(site, "Été")
    page.goto("/settings")
    page.get_by_role("link", name="Every call and its price").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="for Excel").click()
    content = Path(waiting.value.path()).read_bytes().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content)))
    assert len(lines) == sum(range(1, 60, 2)) + 2
    assert {line["model"] for line in lines} == {"gpt-5.6-luna", "'@Été"}


def test_a_phone_has_a_chart_of_its_own_that_can_be_read(site: Site, open_window: OpenWindow) -> None:
    fill(site, LONG)
    page = open_window(**TOUCH).tab()
    for path in ("/usage", "/usage?month=2001-01"):
        page.goto(path)
        assert sideways(page) == 0, path
    page.goto("/usage")
    chart = page.get_by_role("img", name="Money by day")
    expect(chart).to_have_count(1)
    size = "(node) => node.getBoundingClientRect().height"
    assert chart.evaluate(size) > 150
    assert chart.locator("text").first.evaluate(size) > 11
    assert page.get_by_role("link", name=LONG).first.evaluate("(node) => node.clientWidth") <= PHONE["width"]


def test_all_of_it_works_without_scripts(site: Site, open_window: OpenWindow) -> None:
    fill(site)
    page = open_window(java_script_enabled=False).tab()
    page.goto("/usage")
    expect(page.get_by_role("img", name="Calls by day")).to_be_visible()
    page.locator("summary", has_text="Last 30 days").click()
    month = f"{datetime.now(UTC):%B %Y}"
    page.get_by_role("link", name=month).click()
    expect(page.get_by_role("heading", name=month)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="This month as CSV").click()
    assert waiting.value.suggested_filename == f"usage-{datetime.now(UTC):%Y-%m}.csv"
