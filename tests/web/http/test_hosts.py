"""Only our own host names are answered."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.conftest import MakeApp

OWN = ("localhost", "localhost:5000", "LOCALHOST", "127.0.0.1:5000", "[::1]", "[::1]:5000")
FOREIGN = (
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "",
    "a b",
    "[::2]",
)


def test_our_own_names_are_answered_with_any_port(client: FlaskClient) -> None:
    for host in OWN:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200, host


def test_other_names_get_400_at_every_kind_of_address(client: FlaskClient) -> None:
    for host in FOREIGN:
        for address in ("/", "/api/images", "/healthz", "/static/css/base.css", "/nowhere", "/export.csv"):
            assert client.get(address, headers={"Host": host}).status_code == 400, (host, address)
        assert client.post("/api/trash/empty", headers={"Host": host}).status_code == 400


def test_the_refusal_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/", headers={"Host": "evil.example"})
    assert "ALLOWED_HOSTS" in page.get_data(as_text=True)
    data = client.get("/api/images", headers={"Host": "evil.example"})
    assert data.get_json()["error"]["code"] == "bad_request"


def test_the_setting_names_the_hosts(make_app: MakeApp) -> None:
    client = make_app(ALLOWED_HOSTS="Studio.example, 10.0.0.7").test_client()
    answers = {host: client.get("/healthz", headers={"Host": host}).status_code
               for host in ("studio.example", "10.0.0.7:8000", "localhost")}  # fmt: skip
    assert answers == {"studio.example": 200, "10.0.0.7:8000": 200, "localhost": 400}


def test_a_forwarded_host_counts_only_behind_a_trusted_proxy(make_app: MakeApp) -> None:
    headers = {"Host": "localhost", "X-Forwarded-Host": "evil.example"}
    assert make_app().test_client().get("/healthz", headers=headers).status_code == 200
    proxied = make_app(TRUSTED_PROXIES="1").test_client()
    assert proxied.get("/healthz", headers=headers).status_code == 400
