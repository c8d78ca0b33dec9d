"""The settings page and a person's own look."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.people import add_person, signed_in
from tests.web.conftest import MakeApp


def test_the_page_says_what_is_configured_and_never_a_secret(make_app: MakeApp) -> None:
    client = make_app(
        OPENAI_API_KEY="sk-very-secret",
        OPENAI_BASE_URL="http://user:pass-word@localhost:1/v1",
        OPENAI_MODEL="my-model",
        FLASK_SECRET_KEY="another-secret-of-thirty-two-signs",
        AI_BUDGET_USD_PER_MONTH="7",
    ).test_client()
    page = client.get("/settings").get_data(as_text=True)
    assert "my-model" in page
    assert "$7" in page
    for secret in ("sk-very-secret", "pass-word", "another-secret", "postgresql"):
        assert secret not in page


def test_without_a_key_the_placeholder_is_named(client: FlaskClient) -> None:
    page = client.get("/settings").get_data(as_text=True)
    assert "The placeholder writer" in page
    assert "Not set" in page
    assert "16 MB" in page


def test_the_page_says_who_gets_in(client: FlaskClient, make_app: MakeApp, session: Session) -> None:
    page = client.get("/settings").get_data(as_text=True)
    assert "This computer only" in page
    assert "Nobody signs in" in page
    app = make_app(ALLOWED_HOSTS="localhost,art.example", TRUSTED_PROXIES="1")
    page = signed_in(app, add_person(session, "owner")).get("/settings").get_data(as_text=True)
    assert "TRUSTED_PROXIES is 1 and ALLOWED_HOSTS names art.example." in page
    assert "Everybody signs in" in page


def test_a_choice_is_remembered_in_a_cookie(client: FlaskClient) -> None:
    assert 'data-bs-theme="dark"' in client.get("/").get_data(as_text=True)
    answer = client.post("/preferences", json={"theme": "light", "view": "grid"})
    assert (answer.status_code, answer.data) == (204, b"")
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    page = client.get("/").get_data(as_text=True)
    assert 'data-bs-theme="light"' in page
    assert 'class="cards"' in page
    client.post("/preferences", data={"view": "wall"})
    client.post("/preferences", data={"size": "6"})
    assert 'class="justified high-6"' in client.get("/").get_data(as_text=True)


def test_a_plain_form_leads_back_to_the_page_it_was_on(client: FlaskClient) -> None:
    for referrer, place in (
        ("http://localhost/images/3?q=x", "/images/3?q=x"),
        ("https://evil.example/settings", "/settings"),
        ("http://localhost//evil.example", "/evil.example"),
        ("http://localhost/\\evil.example", "/evil.example"),
        ("http://[", "/"),
        ("", "/"),
    ):
        answer = client.post("/preferences", data={"theme": "light"}, headers={"Referer": referrer})
        assert (answer.status_code, answer.headers["Location"]) == (303, place)
    # An address that says the view would go before what was just chosen.
    referrer = "http://localhost/?q=a%26b&view=wall&sort=title"
    answer = client.post("/preferences", data={"view": "grid"}, headers={"Referer": referrer})
    assert answer.headers["Location"] == "/?q=a%26b&sort=title"


def test_other_choices_are_refused_and_set_nothing(client: FlaskClient) -> None:
    wrong: tuple[object, ...] = (
        {}, {"theme": "pink"}, {"view": ""}, {"size": "8"}, {"view": "auto"}, {"font": "serif"}, {"theme": ["dark"]},
        [], "dark", 5,
    )  # fmt: skip
    for body in wrong:
        answer = client.post("/preferences", json=body)
        assert answer.status_code == 422, body
        assert "Set-Cookie" not in answer.headers
    assert client.post("/preferences", data={"theme": "dark", "font": "serif"}).status_code == 422
    assert client.post("/preferences", data="{", content_type="application/json").status_code == 400
    assert client.post("/preferences", data="[" * 90_000, content_type="application/json").status_code == 400


def test_a_cookie_with_nonsense_is_passed_over(client: FlaskClient) -> None:
    client.set_cookie("theme", '"><script>')
    client.set_cookie("view", "list")
    page = client.get("/").get_data(as_text=True)
    assert 'data-bs-theme="dark"' in page
    assert "<table" in page
