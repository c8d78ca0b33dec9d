"""Files are taken where pictures are added, from people who may add them, and nowhere else: by the head alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.adapters.gunicorn.bodies import MOST_BODY
from artworks.adapters.gunicorn.connection import FILES
from artworks.web import security
from tests.support.people import as_role
from tests.support.program import ROOT
from tests.web.http.test_cross_site import unsafe
from tests.web.images.test_upload import Untouchable

KIND = "multipart/form-data; boundary=x"
UPLOADS = [("POST", "/"), ("POST", "/api/images"), ("POST", "/settings/logo")]


def send_files(
    client: FlaskClient, method: str, address: str, kind: str = KIND, size: str = "1000"
) -> TestResponse:
    """Send a form with files that fails the test when it is read."""
    unread: dict[str, Any] = {"wsgi.input": Untouchable(), "CONTENT_LENGTH": size}
    if not size:
        unread |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return client.open(address, method=method, content_type=kind, environ_overrides=unread)


@pytest.fixture
def owner(app: APIFlask, session: Session) -> FlaskClient:
    return as_role(app, session, "owner")


def test_no_other_address_takes_files(app: APIFlask, owner: FlaskClient) -> None:
    calls = [call for call in unsafe(app) if call not in UPLOADS]
    assert len(calls) > 80
    for method, address in calls:
        answer = send_files(owner, method, address)
        assert answer.status_code == 415, (method, address)
        # A gallery's visitors are told in words of their own.
        told = "Files are only taken where pictures are added." in answer.get_data(as_text=True)
        assert told or address.startswith("/share/"), address


@pytest.mark.parametrize("address", ["/", "/healthz", "/sign-in", "/api/images", "/static/css/tokens.css"])
def test_no_page_that_is_read_takes_files(owner: FlaskClient, address: str) -> None:
    assert send_files(owner, "GET", address).status_code == 415
    assert send_files(owner, "GET", address, size="").status_code == 415
    # Some programs always say what they would send.
    answer = owner.get(address, environ_overrides={"CONTENT_TYPE": KIND}, buffered=True)
    assert answer.status_code in (200, 303)
    answer.close()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "Multipart/Form-Data ; boundary=x", "multipart/form-data;charset=utf-8"]
)
def test_whatever_counts_as_a_form_with_files_is_refused(owner: FlaskClient, kind: str) -> None:
    assert send_files(owner, "POST", "/api/collections", kind).status_code == 415
    assert send_files(owner, "POST", "/collections", kind, size="").status_code == 415


@pytest.mark.parametrize(("method", "address"), UPLOADS)
def test_who_may_not_add_pictures_is_told_before_anything_is_read(
    app: APIFlask, session: Session, method: str, address: str
) -> None:
    viewer = as_role(app, session, "viewer")
    assert send_files(viewer, method, address).status_code == 403
    assert send_files(app.test_client(), method, address).status_code == 401
    wrong = app.test_client()
    wrong.environ_base["HTTP_AUTHORIZATION"] = "Bearer aim_wrong"
    assert send_files(wrong, method, address).status_code == 401
    viewer.environ_base["HTTP_ORIGIN"] = "https://evil.example"
    assert send_files(viewer, method, address).status_code == 403


def test_what_is_not_there_is_told_without_reading(owner: FlaskClient) -> None:
    assert send_files(owner, "POST", "/nowhere").status_code == 404
    assert send_files(owner, "PUT", "/api/images").status_code == 405


def test_forms_of_pages_send_files_to_where_they_are_taken() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    forms = [form for page in pages for form in re.findall(r"<form\b[^>]*>", page) if "multipart" in form]
    assert forms
    taken = [f'action="{address}"' for _method, address in UPLOADS]
    assert all('method="post"' in form and any(one in form for one in taken) for form in forms), forms


def test_server_and_application_mean_the_same(app: APIFlask) -> None:
    assert app.config["MAX_FORM_MEMORY_SIZE"] == MOST_BODY
    assert security.FILES == FILES
    rules = {(method, rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint in security.UPLOADS
             for method in (rule.methods or set()) - {"OPTIONS"}}  # fmt: skip
    assert rules == set(UPLOADS)
