"""What a run reads is written down once, and compared with what lies there later."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from event_recovery.inputs.manifest import Manifest, ManifestError, asked
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, Local

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
FILE = StoredFile(S3("b", "in/a.gz"), 10, NOON, "etag-1")
PLACE = StoredFile(Local(Path("/in/a")), 10, NOON)


@pytest.mark.parametrize("key", ["in/a.gz", "in/tab\there", "in/line\nend", "in/\u2028", "in/ü €+%41 #?&=", "in/a\\b"])
def test_a_manifest_comes_back_whatever_the_keys(key: str) -> None:
    manifest = Manifest(
        asked(["s3://b/in"], types=("a", "b"), failed_to=""), (replace(FILE, location=S3("b", key)), PLACE)
    )
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    assert manifest.asked == {"inputs": ["s3://b/in"], "types": ["a", "b"]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b""),
        gzip.compress(b"{}"),
        Manifest({}, (FILE,)).to_bytes()[:-12],
        gzip.compress(b'{"version": 2, "asked": {}}'),
        gzip.compress(b'{"version": 1, "asked": {}}\n["s3://b/a"]'),
    ],
    ids=["empty", "no gzip", "no line", "no version", "cut", "another version", "a file that is a text"],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestError, match="list of a run's files"):
        Manifest.from_bytes(content)


def test_files_that_are_no_longer_what_they_were_are_told() -> None:
    files = [replace(FILE, location=S3("b", name)) for name in ("same", "again", "other", "longer", "gone")]
    files += [replace(PLACE, location=Local(Path("/in") / name)) for name in ("same", "touched")]
    now = [
        files[0],
        replace(files[1], arrived=NOON + timedelta(hours=1)),
        replace(files[2], etag="etag-2"),
        replace(files[3], size=11),
        files[5],
        replace(files[6], arrived=NOON + timedelta(hours=1)),
        replace(FILE, location=S3("b", "came later")),
    ]
    assert Manifest({}, tuple(files)).changes(now) == {
        "s3://b/other": "it was changed",
        "s3://b/longer": "it was changed",
        "s3://b/gone": "it is gone",
        "file:///in/touched": "it was changed",
    }
