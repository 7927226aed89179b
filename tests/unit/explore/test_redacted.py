"""Groups, their examples and their page without values of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pytest
from event_recovery.explore import Explored, Groups, Source, explored
from event_recovery.explore.page import page
from event_recovery.explore.redacted import redacted, redacted_row
from event_recovery.explore.report import as_json
from event_recovery.text.redact import ALL, Redaction, kind_of, kind_of_json, last_name
from generator import rows
from generator.known_rows import known_rows
from generator.values import PAGES, PRODUCTS, USER_AGENTS
from support.engine.evil import EVIL, evil_rows
from support.leaks import PERSON, leaks_in
from support.provider.rows import ROW

pytestmark = pytest.mark.unit

#: What generated rows are made of that could be anybody's.
VALUES = (
    *(name for name, _, _ in PRODUCTS),
    *(text for _, _, text in PRODUCTS),
    *USER_AGENTS,
    *(one for one_page in PAGES for one in (one_page.path, one_page.title) if len(one) > 4),
    *PERSON.values(),
)


def of(lines: Iterable[bytes]) -> Explored:
    groups = Groups()
    for number, line in enumerate(lines, 1):
        groups.add(line, Source(0, "rows"), number)
    return explored(groups, files=1)


def every_kind() -> Iterator[bytes]:
    yield from (line for _, line in known_rows(200, seed=5))
    yield from rows(150, seed=6)
    yield ROW


def test_no_value_of_any_kind_of_row_is_left_and_the_groups_keep_their_names() -> None:
    found = of(every_kind())
    shown = redacted(found, ALL)
    assert list(leaks_in("page", page(found), VALUES)), "there is something to hide"
    assert list(leaks_in("page", page(shown), VALUES)) == []
    assert list(leaks_in("JSON", orjson.dumps(as_json(shown)), VALUES)) == []
    for before, after in zip(found.groups, shown.groups, strict=True):
        assert (before.key.name, before.key.type, before.group.rows) == (
            after.key.name,
            after.key.type,
            after.group.rows,
        )
        assert before.group.values.total == after.group.values.total
        assert [cause.kind for cause in before.key.causes] == [cause.kind for cause in after.key.causes]


def test_names_schemas_and_what_a_schema_says_stay() -> None:
    line = next(line for known, line in known_rows(65, seed=5) if b"dataReports" in line and known.type)
    before, after = orjson.loads(line), orjson.loads(redacted_row(line, ALL))
    assert after["schema"] == before["schema"]
    assert after["data"]["processor"] == before["data"]["processor"]
    assert after["data"].keys() == before["data"].keys()
    for told in ("schemaKey", "keyword", "path", "timestamp"):
        assert list(_values(after["data"]["failure"], told)) == list(_values(before["data"]["failure"], told))


def test_the_values_of_kept_fields_are_shown() -> None:
    shown = redacted_row(ROW, Redaction.keeping(["uid", " email "])).decode()
    assert {leak.value for leak in leaks_in("row", shown)} == {PERSON["uid"], PERSON["email"]}
    found = redacted(of(rows(50, seed=6)), Redaction.keeping(["aid"]))
    assert {value for one in found.groups for value, _ in one.group.app_ids.most_common()} == {"acme-shop"}
    assert all(value.startswith("string(") for one in found.groups for value, _ in one.group.platforms.most_common())


def test_rows_that_are_made_to_break_things_do_not() -> None:
    lines = [*evil_rows(), b"", b"[]", b"7", b"\xff\xfe", b'{"schema": 5, "data": {}}', b'{"data": "juliet"}']
    shown = redacted(of(lines), ALL)
    assert EVIL not in page(shown).decode()
    assert b"juliet" not in redacted_row(lines[-1], ALL)
    assert redacted_row(b"juliet", ALL) == b'"string(6)"'


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("töpfe", "string(5)"),
        ("", "string(0)"),
        (7, "number"),
        (0.5, "number"),
        (True, "boolean"),
        ([], "array"),
        ({}, "object"),
        (None, None),
    ],
)
def test_a_value_is_its_type_and_length(value: Any, kind: str | None) -> None:
    assert kind_of(value) == kind
    assert kind_of_json(json.dumps(value)) == (kind or "null")


def test_of_a_value_that_is_cut_off_the_length_is_not_known() -> None:
    assert kind_of_json('"Juliet Capu…') == "string"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("$.items[3].price", "price"),
        ("$.parameters.cx.data.[0].data.email", "email"),
        ("$.parameters.aid#2", "aid"),
        ("$.names[*]", "names"),
        ("p", "p"),
        ("$", ""),
    ],
)
def test_a_field_has_the_last_name_of_its_path(path: str, name: str) -> None:
    assert last_name(path) == name


def _values(document: Any, wanted: str) -> Iterator[Any]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name == wanted:
                yield value
            else:
                yield from _values(value, wanted)
    elif isinstance(document, list):
        for value in document:
            yield from _values(value, wanted)
