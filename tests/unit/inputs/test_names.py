"""What folders and names of files tell of the rows in them."""

from __future__ import annotations

from datetime import datetime

import pytest
from event_recovery.inputs.names import folder_type, written_by

pytestmark = pytest.mark.unit

VENDOR = "com.snowplowanalytics.snowplow.badrows"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"bad/{VENDOR}.schema_violations/2026-11-28-101500-x.gz", "schema_violations"),
        ("bad/partitioned/size_violation/x.gz", "size_violation"),
        ("size_violation/x.gz", "size_violation"),
        (f"size_violation/{VENDOR}.adapter_failures/2026/11/28/x.gz", "adapter_failures"),
        ("bad/x_size_violation/x.gz", None),
        ("bad/size_violations/x.gz", None),
        ("bad/size_violation.old/x.gz", None),
        ("bad/size_violation", None),
        ("x.gz", None),
    ],
)
def test_the_deepest_folder_that_is_named_for_a_type_decides(path: str, named: str | None) -> None:
    assert folder_type(path) == named


@pytest.mark.parametrize(
    ("path", "time"),
    [
        ("bad/2026-11-28-101500-8f-4c.gz", "2026-11-28T10:15:01+00:00"),
        ("bad/2026/11/28/x.gz", "2026-11-29T00:00:00+00:00"),
        ("2026/11/28/10/x.gz", "2026-11-28T11:00:00+00:00"),
        ("bad/2026/11/28/part/x.gz", "2026-11-29T00:00:00+00:00"),
        ("bad/model=1/date=2026-11-28/x.gz", "2026-11-29T00:00:00+00:00"),
        ("bad/2020/01/01/2026/11/28/x.gz", "2026-11-29T00:00:00+00:00"),
        ("bad/date=2026-11-28/2026-11-28-101500-x.gz", "2026-11-28T10:15:01+00:00"),
        ("bad/2026/12/31/23/x.gz", "2027-01-01T00:00:00+00:00"),
        ("bad/2026/13/28/x.gz", None),
        ("bad/2026/11/28/24/x.gz", None),
        ("bad/9999/12/31/x.gz", None),
        ("bad/12026/11/28/x.gz", None),
        ("bad/2026/11/281/x.gz", None),
        ("bad/2026/11/28", None),
        ("bad/date=2026-11-28", None),
        ("bad/2026-11-28-101500.gz", None),
        ("bad/2026-11-28-106000-x.gz", None),
        ("bad/2026-11-28-101500-x/y.gz", None),
        ("bad/run=2026-11-28-10-15-00/x.gz", None),
        ("bad/2026-11/28/x.gz", None),
    ],
)
def test_a_name_or_folder_with_a_time_tells_when_a_file_was_complete(path: str, time: str | None) -> None:
    assert written_by(path) == (None if time is None else datetime.fromisoformat(time))
