"""What an exploration is told: in which forms, and what is refused with which words."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.exploration import Exploration, exploration

pytestmark = pytest.mark.unit


def read(**changes: Any) -> Exploration:
    given = {"bucket": "acme", "inputdir": "bad", "prefix": "explored/", "rows": 100, "grows_by": 3.0}
    return exploration({**given, **changes})


def test_paths_are_in_the_bucket_and_templates_render_to_text() -> None:
    found = read(
        inputdir="bad/\ns3a://other/bad/*", rows="500", grows_by="2.5", types="schema_violations, size_violation",
        arrived_from="2026-11-28T00:00:00Z", arrived_to=None, failed_from="",
    )  # fmt: skip
    assert found == Exploration(
        inputs=("s3://acme/bad", "s3://other/bad/*"),
        prefix="s3://acme/explored",
        rows=500,
        grows_by=2.5,
        types=("schema_violations", "size_violation"),
        arrived_from="2026-11-28T00:00:00+00:00",
    )
    assert read(bucket="", inputdir=["s3://a/b"], prefix="s3://c/d/").prefix == "s3://c/d"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"inputdir": ""}, "inputdir: expected a path in the bucket or an s3:// URI, given neither"),
        ({"inputdir": "http://a/b"}, "inputdir: expected a path in the bucket or an s3:// URI, given 'http://a/b'"),
        ({"bucket": ""}, "inputdir: expected an s3:// URI, as no bucket is named, given 'bad'"),
        ({"prefix": ""}, "prefix: expected a path in the bucket or an s3:// URI, given neither"),
        ({"prefix": "a, b"}, "prefix: expected one path in the bucket or s3:// URI, given 'a, b'"),
        ({"rows": "many"}, "rows: expected a whole number from 1 to 1,000,000, given 'many'"),
        ({"rows": 0}, "rows: expected a whole number from 1 to 1,000,000, given 0"),
        ({"rows": 1_000_001}, "rows: expected a whole number from 1 to 1,000,000, given 1000001"),
        ({"grows_by": "nan"}, "grows_by: expected a number above 1, given 'nan'"),
        ({"grows_by": 1}, "grows_by: expected a number above 1, given 1"),
        ({"types": "bad_rows"}, "types: "),
        ({"arrived_to": "yesterday"}, "arrived_to: "),
        ({"failed_from": "2026-11-02T00:00:00Z", "failed_to": "2026-11-01T00:00:00Z"}, "failed_from: "),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**changes)
    assert f"\n  - {told}" in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError, match="4 problems"):
        read(inputdir="", prefix="", rows=0, grows_by=0)
