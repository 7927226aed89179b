"""A bundle that would not do is refused before a cluster is paid for, and the refusal says what and how to mend it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from event_recovery.bundle import BundleFile, Manifest
from event_recovery.bundle.manifest import NEEDED
from event_recovery_provider.checks.bundle import check_bundle
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

URI = "s3://artefacts/bundles/1.2.3"
MEND = f"event-recovery bundle upload {URI}"


def entry(path: str) -> BundleFile:
    return BundleFile(path, len(path), hashlib.sha256(path.encode()).hexdigest())


MANIFEST = Manifest(
    version="1.2.3",
    flink="1.20.0",
    architectures=("x86_64",),
    jars=(),
    files=tuple(map(entry, (*NEEDED, "checksums-x86_64.txt"))),
)


def head(path: str, **changes: Any) -> dict[str, Any]:
    checksum = base64.b64encode(hashlib.sha256(path.encode()).digest()).decode()
    return {"ContentLength": len(path), "ChecksumSHA256": checksum, **changes}


def check(
    manifest: Manifest = MANIFEST, *, version: str = "1.2.3", **heads: dict[str, Any] | Exception
) -> tuple[list[str], list[Any]]:
    """Check a bundle whose every object is as it should be, but for those named by `heads` (a dot written `__`)."""
    own = {name.replace("__", "."): answer for name, answer in heads.items()}
    answers = [own.get(file.path, head(file.path)) for file in manifest.files]
    return talk(check_bundle(URI, version=version), [{"Body": manifest.to_json().encode()}, *answers])


def test_a_whole_bundle_of_the_version_fits_at_one_call_a_file() -> None:
    problems, calls = check()
    assert problems == []
    assert len(calls) == 1 + len(MANIFEST.files)
    assert calls[1].arguments == {"Bucket": "artefacts", "Key": "bundles/1.2.3/bootstrap.sh", "ChecksumMode": "ENABLED"}


def test_a_bundle_of_another_version_is_refused() -> None:
    problems, _ = check(version="1.3.0")
    assert problems == [
        f"bundle {URI}: the bundle has version 1.2.3, expected 1.3.0",
        f"to mend the bundle, with event-recovery 1.3.0: event-recovery bundle build, then {MEND}",
    ]


def test_every_file_that_is_missing_cut_or_changed_is_named_with_what_was_found_and_expected() -> None:
    found, expected = hashlib.sha256(b"x" * 15).hexdigest(), entry("flink-conf.json").sha256
    problems, _ = check(
        bootstrap__sh=refused("404", status=404), job__py={"ContentLength": 3}, **{"flink-conf__json": head("x" * 15)}
    )
    assert problems[:-1] == [
        f"bundle {URI}: bootstrap.sh: missing",
        f"bundle {URI}: job.py: 3 bytes, expected 6",
        f"bundle {URI}: flink-conf.json: SHA-256 is {found}, expected {expected}",
    ]
    assert problems[-1].endswith(MEND)
    parts = head("job.py", ChecksumSHA256=f"{head('other')['ChecksumSHA256']}-2")
    problems, _ = check(job__py=parts)
    assert problems == [], "a file sent in parts has no SHA-256 of its own: its size must do"


def test_a_bundle_without_a_file_that_every_bundle_has_is_refused() -> None:
    problems, _ = check(replace(MANIFEST, files=MANIFEST.files[1:]))
    assert problems[0] == f"bundle {URI}: bootstrap.sh: not in manifest.json"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (refused("NoSuchKey", status=404), "manifest.json: missing, so there is no bundle here"),
        ({"Body": b"<html>"}, "manifest.json is not the manifest of a bundle"),
        ({"Body": json.dumps({"files": [{}]}).encode()}, "manifest.json is not the manifest of a bundle"),
    ],
)
def test_what_has_no_manifest_is_no_bundle(answer: dict[str, Any] | Exception, problem: str) -> None:
    problems, calls = talk(check_bundle(URI, version="1.2.3"), [answer])
    assert problems[0].startswith(f"bundle {URI}: {problem}")
    assert problems[-1].endswith(MEND)
    assert len(calls) == 1


def test_a_bundle_that_may_not_be_read_is_no_verdict_on_it() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        talk(check_bundle(URI, version="1.2.3"), [refused("AccessDenied", status=403)])
