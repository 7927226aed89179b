"""Iglu URIs, and how the keys of a config match them."""

from __future__ import annotations

import pytest
from event_recovery.iglu.uris import SchemaUriError, is_criterion, key_matches, parse_uri

pytestmark = pytest.mark.unit

FULL = "iglu:com.acme/foo/jsonschema/1-0-0"


def test_parts() -> None:
    key = parse_uri("iglu:com.acme-x_y/foo-x_y/json-x_y/12-0-345")
    assert (key.vendor, key.name, key.format, key.version) == ("com.acme-x_y", "foo-x_y", "json-x_y", "12-0-345")
    assert key.uri == "iglu:com.acme-x_y/foo-x_y/json-x_y/12-0-345"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("iglu:x", "INVALID_IGLUURI"),
        ("", "INVALID_IGLUURI"),
        ("com.acme/foo/jsonschema/1-0-0", "INVALID_IGLUURI"),
        (f"{FULL}\n", "INVALID_IGLUURI"),
        (f" {FULL}", "INVALID_IGLUURI"),
        ("iglu:com.acme/foo/jsonschema/1-0", "INVALID_IGLUURI"),
        ("iglu:com.acme/foo/jsonschema/1-0-*", "INVALID_IGLUURI"),
        ("iglu:com.acme/foo.bar/jsonschema/1-0-0", "INVALID_IGLUURI"),
        ("iglu:com.acme/foo/jsonschema/--", "INVALID_SCHEMAVER"),
        ("iglu:com.acme/foo/jsonschema/0-0-0", "INVALID_SCHEMAVER"),
        ("iglu:com.acme/foo/jsonschema/01-0-0", "INVALID_SCHEMAVER"),
        ("iglu:com.acme/foo/jsonschema/1-00-0", "INVALID_SCHEMAVER"),
    ],
)
def test_what_is_no_full_uri(uri: str, code: str) -> None:
    with pytest.raises(SchemaUriError) as caught:
        parse_uri(uri)
    assert caught.value.code == code


KEYS = {
    "equal": (FULL, FULL, True),
    "stars": ("iglu:com.acme/foo/jsonschema/*-*-*", FULL, True),
    "one-star": ("iglu:com.acme/foo/jsonschema/1-*-0", FULL, True),
    "star-on-the-other-side": (FULL, "iglu:com.acme/foo/jsonschema/1-0-*", True),
    "other-version": ("iglu:com.acme/foo/jsonschema/1-0-1", FULL, False),
    "star-and-other-version": ("iglu:com.acme/foo/jsonschema/2-*-*", FULL, False),
    "other-name": ("iglu:com.acme/bar/jsonschema/1-0-0", FULL, False),
    "case": ("iglu:com.Acme/foo/jsonschema/1-0-0", FULL, False),
    "vendor-wildcard": ("iglu:com.*/foo/jsonschema/1-0-0", FULL, False),
    "two-parts": ("iglu:com.acme/foo/jsonschema/1-0", FULL, False),
    "single-star": ("iglu:com.acme/foo/jsonschema/*", FULL, False),
    "newline": (f"{FULL}\n", FULL, False),
    "Q64-leading-zero": ("iglu:com.acme/foo/jsonschema/01-0-0", FULL, False),
    "no-uri": ("foo", FULL, False),
    "empty": ("", FULL, False),
}


@pytest.mark.parametrize(("key", "uri", "expected"), KEYS.values(), ids=KEYS)
def test_keys(key: str, uri: str, expected: bool) -> None:
    assert key_matches(key, uri) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(FULL, True), ("iglu:com.acme/foo/jsonschema/1-*-*", True), ("iglu:com.acme/foo/jsonschema/*", False)],
)
def test_criteria(text: str, expected: bool) -> None:
    assert is_criterion(text) is expected
