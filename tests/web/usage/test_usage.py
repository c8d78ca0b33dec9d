"""The usage page and the ledger as CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.web.context import TIME_ZONE_COOKIE
from models import db
from tests.support.factories import added
from tests.support.material import begins_before_it_reads, row, statements
from tests.support.spending import spend
from tests.web.conftest import MakeApp

HEADER = (
    "id,at,image_id,original_filename,batch_id,kind,source,model,tier,person,state,error,"
    "input_tokens,output_tokens,usd,seconds,at_most_usd"
)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def shown(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/usage?{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_before_the_first_call_the_page_is_friendly(client: FlaskClient) -> None:
    page = shown(client)
    assert "Nothing spent yet" in page
    assert "Too early to say" in page
    assert "No call yet" in page
    assert "<table" not in page
    assert "usage.csv" not in page


def test_a_call_is_on_the_page_with_its_price(client: FlaskClient, session: Session) -> None:
    image = row(session, post_title="Heron")
    spend(session, datetime.now(UTC), "0.25", image_id=image.id, tier="flex", kind="refine")
    session.commit()
    page = shown(client)
    assert "$0.25 for 1 call," in page
    assert f'href="/images/{image.id}"><bdi translate="no">Heron</bdi>' in page
    for words in ("Refined words", "gpt-5.6-luna", "half price", ">You<", "Days begin at midnight, UTC."):
        assert words in page, words


def test_a_month_is_shown_by_itself(client: FlaskClient, session: Session) -> None:
    spend(session, NOON.replace(year=2025), "1.25")
    spend(session, NOON.replace(year=2025, month=10), "7.5")
    session.commit()
    page = shown(client, "month=2025-11")
    assert "November 2025" in page
    assert "$1.25 for 1 call, 1 November 2025 to 30 November 2025" in page
    assert "$7.50" not in page
    assert 'href="/usage.csv?month=2025-11"' in page
    assert 'href="/usage?month=2025-10"' in page
    assert "No words were asked for in these days." in shown(client, "month=2025-12")


def test_days_are_those_of_who_looks(client: FlaskClient, session: Session) -> None:
    spend(session, datetime(2026, 11, 29, 12, tzinfo=UTC))
    spend(session, datetime(2026, 11, 30, 12, tzinfo=UTC), model="of-december")
    session.commit()
    client.set_cookie(TIME_ZONE_COOKIE, "Pacific/Kiritimati")
    page = shown(client, "month=2026-11")
    assert "1 November 2026 to 30 November 2026. Days begin at midnight, Pacific/Kiritimati." in page
    assert 'title="30 November 2026, 02:00 (Pacific/Kiritimati)"' in page
    assert '<th scope="row">Mon 30 Nov</th><td class="usage-number">1</td>' in page
    assert "of-december" not in page
    lines = client.get("/usage.csv?month=2026-11").text.splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["2026-11-29T12:00:00Z"]
    page = shown(client, "month=2026-11&tz=Europe/Berlin")
    assert "of-december" in page
    assert 'href="/usage.csv?month=2026-11&amp;tz=Europe%2FBerlin"' in page


def test_the_chart_is_drawn_on_the_server_and_the_table_says_the_same(
    client: FlaskClient, session: Session
) -> None:
    spend(session, NOON, "0.02", 3)
    spend(session, NOON, "0.01", state="failed", error="ai_timeout")
    session.commit()
    page = shown(client, "month=2026-11")
    assert page.count('<svg class="chart"') == 4
    assert "<title>25 Nov: $0.0700, 4 calls, 1 of them brought nothing</title>" in page
    assert "<desc>Most on 25 Nov: 4. The table holds every day.</desc>" in page
    assert (
        '<th scope="row">Wed 25 Nov</th><td class="usage-number">4</td><td class="usage-number refused">1</td>'
        in page
    )


def test_nothing_on_the_page_is_stopped_by_the_security_policy(client: FlaskClient, session: Session) -> None:
    spend(
        session,
        NOON,
        model='"><script>alert(1)</script>',
        person="<b>",
        kind="<i>",
        state="failed",
        error="<u>",
    )
    session.commit()
    page = shown(client, "month=2026-11")
    assert re.findall(r"<script(?! type=\"module\" src=\"/assets/[\w/.]+\"></script>)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|<b>|<i>|<u>", page) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_failed_but_billed_is_told_with_the_reason(client: FlaskClient, session: Session) -> None:
    spend(session, NOON, "0.3", state="failed", error="ai_refused")
    spend(session, NOON, "0.2", state="failed", error="OperationalError")
    spend(session, NOON, "0.1", state="lost")
    session.commit()
    page = shown(client, "month=2026-11")
    for reason, usd in (
        ("The AI service declined to write", "$0.30"),
        ("Something went wrong on our side", "$0.20"),
        ("The program stopped before the answer was there", "$0.10"),
    ):
        assert re.search(rf'{reason}</th>.*?<td class="usage-number refused">{re.escape(usd)}</td>', page), (
            reason
        )


def test_without_failures_the_page_says_so(client: FlaskClient, session: Session) -> None:
    spend(session, NOON)
    session.commit()
    page = shown(client, "month=2026-11")
    assert "no failed call cost money" in page
    assert "rought nothing" not in page


def test_calls_that_cost_nothing_have_no_chart_of_money(client: FlaskClient, session: Session) -> None:
    spend(session, NOON, "0", 4, source="placeholder", model="placeholder")
    session.commit()
    page = shown(client, "month=2026-11")
    assert page.count('<svg class="chart"') == 2
    assert "None of these calls cost anything" in page


def test_pictures_that_are_gone_are_no_links(client: FlaskClient, session: Session) -> None:
    trashed = row(session, "Trashed.jpg")
    trashed.trashed_at = NOON
    spend(session, NOON, image_id=trashed.id)
    spend(session, NOON)
    session.commit()
    page = shown(client, "month=2026-11")
    assert '<bdi translate="no">Trashed.jpg</bdi> <span class="faint">in the trash</span>' in page
    assert "No picture" in page
    assert f"/images/{trashed.id}" not in page


@pytest.mark.parametrize(
    ("budget", "usd", "words"),
    [
        ("10", "2.5", ("$2.50", "$7.50", "of $10.00. It starts anew on 1 ", "25 percent of the month")),
        ("2", "2.5", ("$0.00", "New words wait until 1 ", "it stays at that", "100 percent of the month")),
        ("0", "2.5", ("$2.50", "No limit", "setting-ai_budget_usd_per_month")),
    ],
)
def test_the_page_says_what_is_left(
    make_app: MakeApp, session: Session, budget: str, usd: str, words: tuple[str, ...]
) -> None:
    spend(session, datetime.now(UTC), usd)
    session.commit()
    page = shown(make_app(AI_BUDGET_USD_PER_MONTH=budget).test_client())
    assert [word for word in words if word not in page] == []


def test_the_page_says_how_the_month_is_foretold(make_app: MakeApp, session: Session) -> None:
    now = datetime.now(UTC)
    spend(session, now - timedelta(days=10), "2.5")
    session.commit()
    page = shown(make_app(AI_BUDGET_USD_PER_MONTH="1000").test_client())
    assert "What is spent, and $0.25 for each day to come: the average of the last 10 days." in page


@pytest.mark.parametrize("month", ["2026", "2026-13", "9999-12", "x", "2026-11-01", "'"])
def test_a_month_that_is_none_is_refused_in_plain_words(client: FlaskClient, month: str) -> None:
    for address in ("/usage", "/usage.csv"):
        query = {"month": month}
        answer = client.get(address, query_string=query, headers={"Accept": "application/json"})
        error = {
            "code": "invalid",
            "message": "Write the month as year and month, such as 2026-11.",
            "field": "month",
        }
        assert (answer.status_code, answer.get_json()) == (422, {"error": error})
        page = client.get(address, query_string=query, headers={"Accept": "text/html"})
        assert page.status_code == 422
        assert "such as 2026-11" in page.get_data(as_text=True)


def test_many_calls_take_as_many_queries_as_few(app: APIFlask, client: FlaskClient, session: Session) -> None:
    counts = []
    for count in (1, 300):
        for number in range(3):
            spend(session, NOON - timedelta(days=number), count=count, image_id=row(session).id)
        session.commit()
        with app.app_context(), statements(db.engine) as sent:
            shown(client, "month=2026-11")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 13


def test_the_csv_is_the_ledger(client: FlaskClient, session: Session) -> None:
    image = row(session, 'He said "hi".jpg')
    call = spend(
        session, NOON.replace(microsecond=999_999), "0.0125", image_id=image.id, input_tokens=1200,
        output_tokens=300, seconds=2.5, state="failed", error="ai_timeout", tier="flex",
    )  # fmt: skip
    other = spend(session, NOON + timedelta(seconds=1), "0", person="Ana", kind="preview")
    session.commit()
    answer = client.get("/usage.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = r'attachment; filename="usage-\d{4}-\d\d-\d\d\.csv"'
    assert re.fullmatch(name, answer.headers["Content-Disposition"])
    assert answer.data.decode() == (
        f"{HEADER}\r\n"
        f'{call.id},2026-11-25T12:00:00Z,{image.id},"He said ""hi"".jpg",,"generate","openai","gpt-5.6-luna",'
        '"flex","owner","failed","ai_timeout",1200,300,0.012500,2.5,0.000000\r\n'
        f'{other.id},2026-11-25T12:00:01Z,,"",,"preview","openai","gpt-5.6-luna","standard","Ana","ok","",'
        "0,0,0.000000,,0.000000\r\n"
    )


def test_a_month_of_the_csv_is_that_month_alone(client: FlaskClient, session: Session) -> None:
    spend(session, NOON, model="november")
    spend(session, NOON - timedelta(days=30), model="october")
    session.commit()
    answer = client.get("/usage.csv?month=2026-10")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="usage-2026-10.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.data.decode(), newline=""), strict=True))
    assert [line["model"] for line in lines] == ["october"]
    assert client.get("/usage.csv?month=2030-01").data.decode() == HEADER + "\r\n"


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(client: FlaskClient, session: Session) -> None:
    image = row(session, "=1+1.jpg")
    spend(
        session,
        NOON,
        image_id=image.id,
        model="@cf/meta/llama",
        person="+x",
        kind="-x",
        error="\tx",
        source="\rx",
    )
    session.commit()
    text = client.get("/usage.csv?excel=1").data.decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    assert [line[name] for name in ("original_filename", "model", "person", "kind", "error", "source")] == [
        "'=1+1.jpg", "'@cf/meta/llama", "'+x", "'-x", "'\tx", "'\rx",
    ]  # fmt: skip


def test_the_answer_begins_before_the_rows_are_read(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    spend(session, NOON, count=3)
    session.commit()
    with app.app_context(), statements(db.engine) as sent:
        begins_before_it_reads(client, "/usage.csv", HEADER, sent)


def test_the_page_can_only_be_read(client: FlaskClient) -> None:
    for address in ("/usage", "/usage.csv"):
        assert client.post(address).status_code == 405
        assert client.head(address).status_code == 200


def test_the_settings_lead_here(client: FlaskClient) -> None:
    added(client)
    assert 'href="/usage">Every call and its price' in client.get("/settings").get_data(as_text=True)
