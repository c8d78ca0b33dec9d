"""A bucket on an S3 server that is not ours: walked through, files moved, compared with rows, put into quarantine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.files import integrity, quarantine, storage_mark
from artworks.files.integrity import Finding
from tests.adapters.storage.test_storage import check_moving, check_walking
from tests.fakes.s3_server import KEYS, S3Server
from tests.files.test_integrity import keep

ORPHANS = (
    "00000000-0000-4000-8000-000000000000.png",
    "renditions/00000000-0000-4000-8000-000000000000.png-preview.jpg",
)


@pytest.fixture
def bucket(s3: S3Server, request: pytest.FixtureRequest) -> Storage:
    """Return a new bucket, and a folder in it as the root."""
    url = s3.make_bucket(f"b{abs(hash(request.node.name))}").replace("?", "/some/folder?")
    secrets = {name.removeprefix("AWS_").lower(): value for name, value in KEYS.items()}
    return storage_from_url(url, **secrets)


def test_a_bucket_is_walked_through_in_order_from_any_place_on(bucket: Storage) -> None:
    check_walking(bucket)


def test_a_file_of_a_bucket_is_moved_and_replaces_none(bucket: Storage) -> None:
    check_moving(bucket)


def test_rows_and_files_of_a_bucket_are_compared_and_orphans_come_back(
    bucket: Storage, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "ORPHAN_AFTER", timedelta(seconds=-5))
    assert storage_mark.settle(session, bucket).may_delete
    missing, changed, _good = (keep(session, bucket, tmp_path).stored_filename for _ in range(3))
    bucket.delete(missing)
    bucket.put(changed, b"other bytes")
    for key in (*ORPHANS, "somebody's own.png"):
        bucket.put(key, key.encode())
    found: list[Finding] = []
    integrity.scan_rows(session, bucket, 60, found.append)
    integrity.scan_orphans(session, bucket, 60, found.extend)
    assert {finding.key: finding.kind for finding in found if missing not in finding.key[1:]} == {
        missing: "missing",
        changed: "changed",
        **dict.fromkeys(ORPHANS, "orphan"),
    }
    for key in ORPHANS:
        quarantine.quarantine(bucket, key)
    assert {key for _, key, _ in quarantine.in_quarantine(bucket)} == set(ORPHANS)
    assert quarantine.restore_all(bucket) == (2, [])
    assert [bucket.read(key) for key in ORPHANS] == [key.encode() for key in ORPHANS]
