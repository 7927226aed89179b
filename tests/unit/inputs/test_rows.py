"""Which rows are chosen, by type and by when they failed."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from event_recovery.badrows.types import TYPES_BY_NAME
from event_recovery.contract import TYPE_NAMES
from event_recovery.inputs.rows import RowSelection, Skip

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
BAD_ROWS = "iglu:com.snowplowanalytics.snowplow.badrows"
VIOLATIONS = RowSelection(types=frozenset({"schema_violations"}))
WINDOW = RowSelection(failed_from=NOON, failed_to=NOON + timedelta(hours=1))
BOTH = RowSelection(types=VIOLATIONS.types, failed_from=WINDOW.failed_from, failed_to=WINDOW.failed_to)


def row(schema: object = f"{BAD_ROWS}/schema_violations/jsonschema/2-0-0", at: object = "2026-11-28T12:30:00Z") -> Any:
    return {
        "schema": schema,
        "data": {"processor": {"artifact": "enrich"}, "failure": {"timestamp": at, "messages": []}, "payload": {}},
    }


def line(document: object) -> bytes:
    return json.dumps(document).encode()


def test_the_engine_knows_all_published_types() -> None:
    assert set(TYPES_BY_NAME) == set(TYPE_NAMES)
    assert len(TYPE_NAMES) == 15


@pytest.mark.parametrize(
    ("name", "version", "skipped"),
    [
        ("schema_violations", "1-0-0", False),
        ("schema_violations", "2-0-1", False),
        ("size_violation", "1-0-0", True),
        ("relay_failure", "1-0-0", True),
        ("published_tomorrow", "1-0-0", True),
    ],
)
def test_a_row_is_of_the_type_that_its_envelope_names(name: str, version: str, skipped: bool) -> None:
    given = line(row(f"{BAD_ROWS}/{name}/jsonschema/{version}"))
    assert VIOLATIONS.against(given) == (Skip("other type", name) if skipped else None)
    assert WINDOW.against(given) is None


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2026-11-28T11:59:59.999999999Z", "failed before"),
        ("2026-11-28T12:00:00Z", None),
        ("2026-11-28T13:00:00+01:00", None),
        ("2026-11-28T12:59:59.999999999Z", None),
        ("2026-11-28T13:00:00Z", "failed after"),
        ("2026-11-28T12:59:00-01:00", "failed after"),
        ("0001-01-01T00:00:00+23:00", "failed before"),
    ],
)
def test_a_row_is_in_the_window_by_its_own_time(at: str, reason: Any) -> None:
    assert WINDOW.against(line(row(at=at))) == (None if reason is None else Skip(reason, "schema_violations"))
    assert VIOLATIONS.against(line(row(at=at))) is None


def test_adjacent_windows_have_every_row_exactly_once() -> None:
    lines = [line(row(at=(NOON + timedelta(minutes=minute)).isoformat())) for minute in range(0, 180, 15)]
    bounds = [None, NOON, NOON + timedelta(minutes=30), NOON + timedelta(hours=2), None]
    windows = [RowSelection(failed_from=begin, failed_to=end) for begin, end in pairwise(bounds)]
    assert [sum(window.against(one) is None for window in windows) for one in lines] == [1] * len(lines)


def test_the_type_is_the_first_reason() -> None:
    given = line(row(f"{BAD_ROWS}/size_violation/jsonschema/1-0-0", at="2020-01-01T00:00:00Z"))
    assert BOTH.against(given) == Skip("other type", "size_violation")


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"schema":' * 100_000,
        b'{"schema": "\\ud800"}',
        b'{"schema": 1e99999}',
        b'"text"',
        b"null",
        line({}),
        line({"schema": None, "data": None}),
        line(row(schema=["x"], at=None)),
        line(row(schema="x" * 1_000_000, at=1.5)),
        line(row(schema="iglu:com.acme/schema_violations/jsonschema/1-0-0", at="2026-11-28")),
        line(row(schema=f"{BAD_ROWS}/size_violation/avro/1-0-0", at="2026-11-28T10:00:00")),
        line(row(schema=f"{BAD_ROWS}/size_violation/jsonschema/1-0", at="+12026-11-28T10:00:00Z")),
        line({"schema": 5, "data": [1]}),
        line({"data": {"failure": "Payload failed with a sentence"}}),
        line({"data": {"failure": [{"timestamp": "2020-01-01T00:00:00Z"}]}}),
        line({"data": {"failure": {"timestamp": {"deep": ["x"]}}}}),
    ],
    ids=lambda given: repr(given[:30]),
)
def test_a_row_that_cannot_be_judged_is_chosen(given: bytes) -> None:
    assert [one.against(given) for one in (VIOLATIONS, WINDOW, BOTH)] == [None, None, None]


def test_a_row_without_a_type_is_judged_by_its_time() -> None:
    assert BOTH.against(line(row(schema=None, at="2020-01-01T00:00:00Z"))) == Skip("failed before", None)


def test_nothing_selected_is_false_and_skips_nothing() -> None:
    assert not RowSelection()
    assert RowSelection().against(line(row())) is None
    assert VIOLATIONS
    assert WINDOW


def test_a_selection_reaches_the_workers() -> None:
    assert pickle.loads(pickle.dumps(BOTH)) == BOTH


def test_a_selection_says_what_it_chooses() -> None:
    assert str(BOTH) == (
        "of schema_violations, failed from 2026-11-28T12:00:00+00:00, failed before 2026-11-28T13:00:00+00:00"
    )
    assert str(RowSelection()) == ""
