"""No page, no log line and no error of any address holds a secret of the program."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app import Config
from artworks.audit import queries as audit_queries
from artworks.cli.check import check
from artworks.search import listing as search
from tests.support.factories import added
from tests.web.conftest import SECRET, MakeApp

PASSWORD = "geheimes-passwort-der-datenbank"
# Every secret setting: whoever adds one adds it here, or the first test fails.
SECRETS = {
    "OPENAI_API_KEY": "sk-geheim-0123456789",
    "FLASK_SECRET_KEY": SECRET,
    "AWS_ACCESS_KEY_ID": "AKIA-geheim",
    "AWS_SECRET_ACCESS_KEY": "aws-geheim-0123456789",
    "OIDC_CLIENT_SECRET": "oidc-geheim-0123456789",
    "BACKUP_PASSPHRASE": "rueck-geheim-0123456789",
}
# In these it is the password that is secret.
URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL")
POST = {"SMTP_URL": f"smtp://post:{PASSWORD}@127.0.0.1:9", "MAIL_FROM": "studio@example.org"}
# Nobody listens there, so that the errors of the services are seen too.
AWAY = {
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_TIMEOUT": "1", "OIDC_ISSUER": "http://127.0.0.1:9",
    "OIDC_CLIENT_ID": "artworks",
}  # fmt: skip


def words() -> list[str]:
    return [PASSWORD, *SECRETS.values()]


def test_every_secret_setting_is_looked_for() -> None:
    secret = {name.upper() for name, field in Config.model_fields.items() if not field.repr}
    assert secret == {*SECRETS, *URLS, "SMTP_URL"}


@pytest.fixture
def guarded(make_app: MakeApp, database_url: str) -> APIFlask:
    """Return an application in which every secret is set; the test server takes any password."""
    with_password = database_url.replace("postgres@", f"postgres:{PASSWORD}@")
    urls = dict.fromkeys(URLS, with_password)
    return make_app(**SECRETS, **urls, **POST, **AWAY)


def calls(app: APIFlask, image_id: int) -> Iterator[tuple[str, str]]:
    """Yield every method and address, with the number of a picture; somewhere on the way it is deleted."""
    for rule in app.url_map.iter_rules():
        address = rule.rule.replace("<any(thumbnail, preview, phone, viewer):kind>", "preview")
        for argument in rule.arguments:
            for kind in (f"<int:{argument}>", f"<{argument}>", f"<path:{argument}>"):
                address = address.replace(kind, str(image_id))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}, reverse=True):
            yield method, address


def said(client: FlaskClient, method: str, address: str) -> str:
    answer = client.open(address, method=method, json={} if method != "GET" else None, buffered=True)
    return f"{answer.data.decode('latin-1')} {answer.headers}"


def test_no_address_answers_or_logs_a_secret(guarded: APIFlask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = guarded.test_client()
    image = added(client, post_title="Heron")
    for method, address in calls(guarded, image["id"]):
        seen = said(client, method, address)
        assert not [word for word in words() if word in seen], (method, address)
    client.post(f"/api/images/{image['id']}/generate", json={})
    assert not [word for word in words() if word in caplog.text]


def test_no_error_answers_or_logs_a_secret(
    guarded: APIFlask, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Something broke.")

    for module, name in ((search, "page"), (audit_queries, "list_entries")):
        monkeypatch.setattr(module, name, broken)
    away = make_app(
        **{**SECRETS, **AWAY, "DATABASE_URL": f"postgresql://someone:{PASSWORD}@127.0.0.1:1/none"}
    )
    statuses = set()
    for app in (guarded, away):
        client = app.test_client()
        for address in ("/", "/audit", "/api/images", "/readyz", "/settings", "/sign-in"):
            answer = client.get(address)
            statuses.add(answer.status_code)
            seen = answer.get_data(as_text=True) + str(answer.headers)
            assert not [word for word in words() if word in seen], address
    assert {500, 503} <= statuses
    assert not [word for word in words() if word in caplog.text]


def test_the_settings_say_only_whether_the_key_is_set(guarded: APIFlask, client: FlaskClient) -> None:
    assert "Not set" in client.get("/settings").get_data(as_text=True)
    page = guarded.test_client().get("/settings").get_data(as_text=True)
    assert "set outside, <code>OPENAI_API_KEY</code>" in page
    assert "Not set" not in page


def test_the_check_says_only_whether_the_key_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: object
) -> None:
    url = database_url.replace("postgres@", f"postgres:{PASSWORD}@")
    settings = {
        **SECRETS,
        **POST,
        **AWAY,
        **dict.fromkeys(URLS, url),
        "STORAGE_URL": f"{tmp_path}/p",
        "INSTANCE_DIR": f"{tmp_path}/i",
    }
    for given in (
        settings,
        {**settings, "DATABASE_URL": f"postgresql://someone:{PASSWORD}@127.0.0.1:1/none"},
    ):
        check(Config.from_env(given))
        shown = "".join(capsys.readouterr())
        assert "key set" in shown
        assert not [word for word in words() if word in shown]
    check(Config.from_env({**settings, "OPENAI_API_KEY": "", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}))
    assert "key not set" in capsys.readouterr().out
