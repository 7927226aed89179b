"""What is told of groups where many can read it: what is wrong and how much of it, and no value of any row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from event_recovery.explore import Cause, Explored, Groups, Source, explored
from event_recovery.explore.brief import MOST_IN_SHORT, briefs
from event_recovery.explore.names import name_of, plain_title, title
from generator.known import KNOWN
from generator.known_rows import known_rows
from support.engine.rows import ADAPTER, SCHEMA, bad_row, line_of

pytestmark = pytest.mark.unit

#: In letters alone, so that no folding of numbers, addresses and the like takes it out.
NAME = "Zebedeus Quill"


def of(*lines: bytes) -> Explored:
    groups = Groups()
    for number, line in enumerate(lines, 1):
        groups.add(line, Source(1, "s3://b/rows"), number)
    return explored(groups)


def quoting() -> Iterator[bytes]:
    """Rows of each known kind whose messages quote a person's name wherever they hold free text."""
    for known, line in known_rows(len(KNOWN), seed=3, products=1):
        if known.type:
            document = json.loads(line)
            told = "failures" if known.type == "snowflake_error" else "failure"
            document["data"][told] = _with_name(document["data"][told])
            yield json.dumps(document).encode()


def _with_name(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _with_name(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_name(one, name) for one in value]
    free = ("message", "error", "errorMessage", "expectation", "value", "actual", "errors", "payload", "failure")
    forms = ("ValidationError", "ResolutionError", "RepoFailure", "NotFound")
    return f"{value} {NAME}" if isinstance(value, str) and name in free and value not in forms else value


def test_no_value_that_a_message_quotes_is_told() -> None:
    found = of(*quoting())
    assert len(found.groups) > 20
    titles = " ".join(one.key.title for one in found.groups)
    assert titles.count(NAME) > 10, "which titles in full may hold"
    told = json.dumps([asdict(one) for one in briefs(found.groups, 1000)]).lower()
    for word in NAME.lower().split():
        assert word not in told


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause("wrong type", "", "iglu:a/b/jsonschema/1-0-0", "$.x", "string, not number or null"), None),
        (
            Cause("wrong type", "", "iglu:a/b/jsonschema/1-0-0", "$.x", "Ada, not null"),
            "a/b/jsonschema/1-0-0: wrong type at $.x",
        ),
        (Cause("format", field="$.at", detail="date-time"), None),
        (Cause("format", field="$.at", detail="ada"), "format at $.at"),
        (Cause("length", field="$.note", detail="maxLength"), None),
        (Cause("missing schema", schema="a/b", detail="a registry gave no answer"), None),
        (Cause("property not allowed", field="$.ada@acme.example"), "property not allowed at $<email>"),
        (Cause("error", "snowbridge", detail="no account of Ada"), "snowbridge: error"),
    ],
)
def test_a_title_keeps_what_can_be_no_value(cause: Cause, told: str | None) -> None:
    assert plain_title([cause]) == (title([cause]) if told is None else told)


def test_names_hold_no_values_and_still_differ() -> None:
    one, other = (name_of("enrichment_failures", (Cause("error", "api", detail=text),)) for text in ("Ada", "Bob"))
    assert one != other
    assert one.startswith("enrichment-api-error-")
    assert "ada" not in one
    mail = name_of(SCHEMA, (Cause("property not allowed", field="$.ada@acme.example"),))
    assert mail.startswith("schema-property-not-allowed-email-")


def test_groups_are_told_with_the_place_of_a_row_and_in_bounds() -> None:
    (one, *_) = briefs(of(line_of(bad_row(SCHEMA)), line_of(bad_row(ADAPTER)), line_of(bad_row(SCHEMA))).groups)
    assert (one.type, one.rows, one.share, one.file, one.line) == (SCHEMA, 2, 2 / 3, "s3://b/rows", 1)
    assert f"{one.name}\n" in str(one)
    kinds = [b'{"schema":"iglu:com.acme/x%d/jsonschema/1-0-0"}' % number for number in range(MOST_IN_SHORT + 5)]
    assert len(briefs(of(*kinds).groups)) == MOST_IN_SHORT
    (no_bad_row,) = briefs(of(b"x").groups)
    assert no_bad_row.type is None
