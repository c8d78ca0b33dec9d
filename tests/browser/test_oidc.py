"""Signing in with an organisation, through the provider's own page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import OpenWindow, Site
from tests.browser.window import Window
from tests.fakes.oidc_provider import OidcProvider, running
from tests.support.people import add_person


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def members_site(open_site: Callable[..., Site], provider: OidcProvider) -> Site:
    return open_site(SIGN_IN="required", **provider.settings)


@pytest.fixture
def site(database_url: str, members_site: Site) -> Site:
    return members_site


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window that no script is needed in, and that stays on this computer: the provider's page would not."""
    window = open_window(java_script_enabled=False)
    window.context.route(re.compile(r"^https:"), lambda route: route.fulfill(body=""))
    return window


def test_the_provider_lets_one_in_to_the_page_asked_for(
    page: Page, provider: OidcProvider, session: Session
) -> None:
    add_person(session, "owner")
    provider.person("m-1", email="mara@studio.example", email_verified=True, roles=["editor"])
    page.goto("/trash?sort=oldest")
    page.get_by_role("button", name="Sign in with the Harbour Gallery").click()
    expect(page.get_by_role("heading", name="Authorize Client")).to_be_visible()
    page.get_by_placeholder("sub").fill("m-1")
    page.get_by_role("button", name="Authorize").click()
    expect(page).to_have_url(re.compile(r"/trash\?sort=oldest$"))
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
