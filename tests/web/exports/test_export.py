"""The CSV over HTTP and the form before it."""

from __future__ import annotations

import csv
import io
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.exports import export_file
from artworks.texts.folding import fold
from models import Audit, db
from tests.support.factories import added, picture, upload
from tests.support.material import begins_before_it_reads, is_formula, kept, naughty, row, statements
from tests.support.people import as_role
from tests.support.program import wait_until
from tests.support.small_disk import small_disk

HEADER = (
    "id,original_filename,stored_filename,post_title,description,hashtags,category,key_points,"
    "alt_text,status,created_at"
)


def table(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    found = client.get(f"/export.csv?{query}").get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(found, newline=""), strict=True))


def test_the_csv_is_exactly_the_contracts(client: FlaskClient, session: Session) -> None:
    image = row(
        session, 'He said "hi", twice.jpg', post_title="Line\none", hashtags="a b", category="Prints, paper",
        description='Comma, "quote"', key_points="linocut", alt_text="Heron", status="ready",
    )  # fmt: skip
    image.created_at = datetime(2026, 11, 22, 9, 42, 0, 999_999, tzinfo=UTC)
    session.commit()
    answer = client.get("/export.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = r'attachment; filename="artworks-\d{4}-\d\d-\d\d\.csv"'
    assert re.fullmatch(name, answer.headers["Content-Disposition"])
    assert answer.data.decode() == (
        f'{HEADER}\r\n{image.id},"He said ""hi"", twice.jpg","{image.stored_filename}","Line\none",'
        '"Comma, ""quote""","#a #b","Prints, paper","linocut","Heron","ready",2026-11-22T09:42:00Z\r\n'
    )


def test_an_empty_library_gives_the_header_alone(client: FlaskClient) -> None:
    assert client.get("/export.csv").data.decode() == HEADER + "\r\n"


def test_excel_gets_a_byte_order_mark_and_others_none(client: FlaskClient) -> None:
    assert client.get("/export.csv?excel=1").data.startswith(b"\xef\xbb\xbfid,")
    assert client.get("/export.csv").data.startswith(b"id,")


@pytest.mark.parametrize(
    ("languages", "separator"),
    [
        ("de", ";"), ("de-CH", ";"), ("it-CH", ";"), ("fr-CA,en;q=0.5", ";"), ("es-MX", ","), ("en-US,de;q=0.9", ","),
        ("tlh-XX,pt-BR", ";"), ("*,not a language,it", ";"), ("", ","),
    ],
)  # fmt: skip
def test_excel_gets_the_separator_of_its_country(
    client: FlaskClient, session: Session, languages: str, separator: str
) -> None:
    row(session, "a;b,c.jpg", post_title='One; two, "three"', hashtags=["#a"])
    headers = {"Accept-Language": languages}
    for address in ("/export.csv", "/usage.csv", "/audit.csv"):
        text = client.get(f"{address}?excel=1", headers=headers).data.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text), delimiter=separator))
        assert len(lines[0]) > 8
        assert {len(line) for line in lines} == {len(lines[0])}
        # Scripts read what they always did.
        plain = client.get(f"{address}?separator=;", headers=headers).data
        assert plain.startswith(b"id,")
    other = ";" if separator == "," else ","
    chosen = client.get(f"/export.csv?excel=1&separator={quote(other)}", headers=headers).data.decode()
    assert chosen.startswith(f"\ufeffid{other}")
    form = client.get("/export", headers=headers).get_data(as_text=True)
    assert re.search(f'<option value="{separator}" selected>[a-z]+, as usual in your language<', form)
    assert form.count("as usual in your language") == 1


def test_no_other_separator_is_taken(client: FlaskClient) -> None:
    for sign in ("%09", "x", "%27", ",,"):
        answer = client.get(f"/export.csv?excel=1&separator={sign}", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "separator")


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(client: FlaskClient, session: Session) -> None:
    for sign in "=+-@":
        image = row(session, f"{sign}1.jpg", post_title=f"{sign}1", description=f"{sign}cmd|' /C calc'!A0")
        image.category_row = None
        image.key_points, image.alt_text = "\tx", "\rx"
    row(session, "plain.jpg", post_title="a=b", category="=shelf", hashtags="x")
    session.commit()
    rows = table(client, "sort=oldest")
    for sign, cells in zip("=+-@", rows, strict=False):
        assert (cells["original_filename"], cells["post_title"]) == (f"'{sign}1.jpg", f"'{sign}1")
        assert cells["description"].startswith(f"'{sign}cmd")
        assert (cells["key_points"], cells["alt_text"]) == ("'\tx", "'\rx")
    assert (rows[4]["post_title"], rows[4]["category"], rows[4]["hashtags"]) == ("a=b", "'=shelf", "#x")


def test_rows_and_their_order_are_those_of_the_page(client: FlaskClient, session: Session) -> None:
    for number, title in enumerate(["b", "a", "", "c"]):
        row(session, post_title=title, category="Prints" if number else "Paper", hashtags="x", status="ready")
    row(session, post_title="draft")
    session.commit()
    for query in (
        "",
        "sort=title",
        "sort=oldest",
        "category=prints",
        "tag=x&sort=title",
        "status=ready",
        "q=c",
    ):
        listed = client.get(f"/api/images?{query}").get_json()["images"]
        assert [cells["id"] for cells in table(client, query)] == [str(image["id"]) for image in listed], (
            query
        )


def test_ids_choose_rows_and_the_trash_never_comes_along(client: FlaskClient) -> None:
    one, two, three = (added(client)["id"] for _ in range(3))
    client.delete(f"/api/images/{two}")
    assert [cells["id"] for cells in table(client)] == [str(three), str(one)]
    assert [cells["id"] for cells in table(client, f"ids={one},{two},,{one}")] == [str(one)]
    for query in ("ids=x", "ids=1.5", f"ids={2**63}", "ids=-1", "ids=,", "sort=x", "status=x"):
        assert client.get(f"/export.csv?{query}").status_code == 422, query
        assert client.get(f"/export?{query}").status_code == 422, query
    many = ",".join(map(str, range(1, 10_002)))
    assert client.get(f"/export.csv?ids={many}").status_code == 422


def test_every_naughty_string_comes_out_as_it_went_in(client: FlaskClient, session: Session) -> None:
    texts, fields = naughty(), ("post_title", "description", "key_points", "alt_text")
    expected = []
    for start in range(0, len(texts), len(fields)):
        words = {field: kept(text)[:200] for field, text in zip(fields, texts[start:], strict=False)}
        # Signs that are not drawn are no text.
        expected.append({field: kept(text) if fold(text) else "" for field, text in words.items()})
        row(session, **words)
    session.commit()
    listed = client.get("/api/images?sort=oldest&limit=200").get_json()["images"]
    exported = table(client, "sort=oldest")
    assert len(expected) == len(listed) == len(exported) > 100
    for words, image, cells in zip(expected, listed, exported, strict=True):
        for field, text in words.items():
            assert image[field] == text
            assert cells[field] == ("'" + text if is_formula(text) else text)


def test_the_answer_begins_before_the_rows_are_read(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    for _ in range(3):
        row(session)
    session.commit()
    with app.app_context(), statements(db.engine) as sent:
        begins_before_it_reads(client, "/export.csv", HEADER, sent)


def test_exports_that_are_left_give_everything_back(app: APIFlask, client: FlaskClient) -> None:
    added(client)
    for _ in range(10):
        client.head("/export.csv").close()
        wait_until("a slot", lambda: client.get("/export.csv?ready=1").status_code == 204)
        answer = client.get("/export.csv")
        next(iter(answer.iter_encoded()))
        answer.close()
    with app.app_context():
        wait_until("no connection", lambda: "checked out connections: 0" in db.engine.pool.status().lower())


@pytest.mark.parametrize("address", ["/export.csv", "/usage.csv", "/audit.csv"])
def test_a_third_unread_export_of_a_person_is_put_off(app: APIFlask, session: Session, address: str) -> None:
    owner, other = as_role(app, session, "owner"), as_role(app, session, "owner")
    unread = [owner.get(address), owner.get(address)]
    assert [answer.status_code for answer in unread] == [200, 200]
    for query in ("", "?ready=1"):
        page = owner.get(f"{address}{query}")
        assert (page.status_code, page.headers["Retry-After"]) == (429, "10")
        assert "2 of your exports are still on their way." in page.get_data(as_text=True)
    said = owner.get(address, headers={"Accept": "application/json"})
    assert said.get_json()["error"]["code"] == "rate_limited"
    unread += [other.get(address), other.get(address)]
    last = as_role(app, session, "owner").get(address)
    assert last.status_code == 429
    assert "4 exports are being sent right now" in last.get_data(as_text=True)
    for answer in unread:
        assert answer.data.count(b"\r\n") >= 1
    assert owner.get(f"{address}?ready=1").status_code == 204
    done = [what for (what,) in session.query(Audit.action) if what.startswith("exported")]
    assert len(done) == 4, "what was put off or only asked for was not taken along"


@pytest.mark.parametrize("address", ["/export.csv", "/usage.csv", "/audit.csv"])
def test_a_disk_that_is_too_small_is_told_before(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    added(client)
    monkeypatch.setattr(export_file, "SPARE", 10**9)
    said = client.get(address, headers={"Accept": "application/json"})
    assert (said.status_code, said.get_json()["error"]["code"]) == (507, "storage_full")
    assert "too little room to make this file" in client.get(address).get_data(as_text=True)
    with app.app_context():
        assert "checked out connections: 0" in db.engine.pool.status().lower()


def test_a_small_disk_takes_small_exports_alone(
    client: FlaskClient, session: Session, tmp_path: Path
) -> None:
    for number in range(40):
        row(session, description=secrets.token_hex(1500), status="ready" if number == 7 else "new")
    session.commit()
    # What the database knows of a table is brought up to date now and then.
    session.connection().exec_driver_sql("ANALYZE image")
    session.commit()
    with small_disk(tmp_path / "instance/exports", 100):
        assert client.get("/export.csv").status_code == 507
        assert len(client.get("/export.csv?status=ready").data) > 3000


def test_a_row_has_the_name_that_its_file_has(client: FlaskClient) -> None:
    names = ["My  painting   final.png", "  leading.png", "a\u00a0b  c.png"]
    for name in names:
        upload(client, (picture(), name))
    assert [cells["original_filename"] for cells in table(client, "sort=oldest")] == names
    image = client.get("/api/images?sort=oldest").get_json()["images"][0]
    sent = client.get(f"{image['urls']['original']}?download=1", buffered=True)
    assert sent.headers["Content-Disposition"] == 'attachment; filename="My  painting   final.png"'


def test_proxies_that_know_no_other_end_are_told_the_length(client: FlaskClient, session: Session) -> None:
    row(session)
    session.commit()
    answer = client.get("/export.csv", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})
    assert answer.content_length == len(answer.data) > len(HEADER)
    assert "Content-Length" not in client.get("/export.csv").headers


def test_the_form_tells_what_is_missing_and_keeps_the_filters(client: FlaskClient, session: Session) -> None:
    first = row(session, category="Prints", post_title="Heron")
    second = row(session, category="Prints", description="A heron")
    row(session, category="Paper")
    session.commit()
    query = f"category=Prints&sort=title&ids={first.id},{second.id}"
    page = client.get(f"/export?{query}").get_data(as_text=True)
    dialog = client.get(f"/export?{query}&fragment=dialog").get_data(as_text=True)
    assert "<html" in page
    assert "<html" not in dialog
    for shown in (page, dialog):
        assert "1 has no title" in shown
        assert "1 has no description" in shown
        for name, value in (("category", "Prints"), ("sort", "title"), ("ids", f"{first.id},{second.id}")):
            assert f'<input type="hidden" name="{name}" value="{value}">' in shown
