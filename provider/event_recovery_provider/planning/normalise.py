"""Brings a setting that may come in several forms into one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from event_recovery.options.types import check_types
from event_recovery.storage.locations import S3, LocationError, parse_location
from event_recovery.text.shorten import shorten
from event_recovery.text.times import parse_time

from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.declarations import Kind


def normalised(kind: Kind, value: Any) -> Any:
    """Return a setting in its one form.

    What is of a type that the setting never has is returned as it is, for the check of types to refuse.

    :raises ValueError: for text that is in none of the forms, telling what was expected
    """
    return _NORMAL[kind](value) if kind in _NORMAL else value


def json_object(defaults: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    """Read defaults that may come as JSON text from an Airflow Variable."""
    if not isinstance(defaults, str):
        return defaults or {}
    try:
        found = json.loads(defaults) if defaults.strip() else {}
    except ValueError as error:
        raise SettingsError(f"the defaults are not JSON: {error}; given {quoted(defaults)}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"the defaults are no JSON object; given {quoted(defaults)}")
    return found


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have a value: None and an empty text stand for the default."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def quoted(value: Any) -> str:
    """Return a value as an error names it, without the API keys in it."""
    from event_recovery_provider.planning.apikeys import hidden

    return shorten(hidden(repr(value)), 80)


def entries(value: Any) -> Any:
    """Return the entries of a setting that takes one or several: a list, or text with one a line or with commas."""
    parts = value.replace(",", "\n").splitlines() if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        return value
    return tuple(part.strip() for part in parts if part.strip())


def types(value: Any) -> Any:
    """Return the entries of a setting that takes names of bad row types."""
    found = entries(value)
    if isinstance(found, tuple):
        check_types(found)
    return found


def places(value: Any) -> Any:
    """Return the entries of a setting that takes paths in the bucket and S3 URIs, these as ``s3://``."""
    found = entries(value)
    if not isinstance(found, tuple):
        return found
    return tuple(_s3_uri(one, "a path in the bucket or an s3:// URI") if "://" in one else one for one in found)


def json_text(value: Any) -> Any:
    """Return a JSON setting as JSON text, or as the S3 URI it is; it may come as an object or in base64."""
    if isinstance(value, dict):
        return json.dumps(value, indent=2)
    if not isinstance(value, str):
        return value
    # Loaded here, since no DAG file is to load more of the job than it needs.
    from event_recovery.documents.sources import inline_json

    expected = "JSON, base64 of JSON or an s3:// URI"
    text = value.strip()
    try:
        found = inline_json(text)
        if found is not None:
            return found.decode()
    except UnicodeError as error:
        raise ValueError(f"expected {expected}") from error
    return _s3(text, expected).uri if text else text


def time(value: Any) -> Any:
    """Return a time with its offset, as ISO 8601."""
    return parse_time(value.strip()).isoformat() if isinstance(value, str) else value


def s3_uri(value: Any) -> Any:
    """Return an S3 URI as ``s3://``."""
    return _s3_uri(value.strip(), "an s3:// URI") if isinstance(value, str) else value


def _s3_uri(text: str, expected: str) -> str:
    location = _s3(text, expected)
    return f"{location.uri}/" if location.key and text.endswith("/") else location.uri


def _s3(text: str, expected: str) -> S3:
    try:
        location = parse_location(text)
    except LocationError as error:
        raise ValueError(f"expected {expected}") from error
    if not isinstance(location, S3):
        raise ValueError(f"expected {expected}")  # noqa: TRY004 - a wrong text, not a wrong program
    return location


_NORMAL: Final[dict[Kind, Callable[[Any], Any]]] = {
    "several": entries,
    "types": types,
    "places": places,
    "document": json_text,
    "time": time,
    "uri": s3_uri,
}
