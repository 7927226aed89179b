"""A JSON document in any of the forms that people give it in: as it is, as base64, or by where it is stored."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from event_recovery.storage.files import Storage, StorageError
from event_recovery.storage.locations import S3, LocationError, parse_location
from event_recovery.text.shorten import shorten

_FORMS = "inline JSON, base64 of JSON, an s3:// URI or the path of a file"
_SHOWN_LENGTH = 60


class SourceError(ValueError):
    """An argument from which no document can be read; the text names it and says what was expected."""


def read_json_source(value: str, *, what: str, storage: Storage | None = None) -> bytes:
    """Return the bytes of the document that an argument holds or points at.

    The content of files and objects is returned as it is: whether it is JSON shows when it is parsed.

    :param value: JSON, base64 of JSON, the URI of an object in S3 or a local path
    :param what: names the argument in errors
    :param storage: reads from S3; by default with the region and credentials of the environment
    :raises SourceError: when nothing can be read
    """
    text = value.strip()
    if not text:
        raise SourceError(f"{what} is empty, expected {_FORMS}")
    if _is_json(text):
        # An argument that is not UTF-8 gets its bytes back, so that parsing can point at the fault.
        return text.encode(errors="surrogateescape")
    try:
        location = parse_location(text)
        if isinstance(location, S3) and not location.key:
            raise SourceError(f"{what}: {text} names no object, expected s3://bucket/key")
        if isinstance(location, S3) or _exists(location.path):
            return (storage or Storage()).read(location)
    except (StorageError, LocationError) as error:
        raise SourceError(f"{what}: {error}") from error
    decoded = decode_base64_json(text)
    if decoded is None:
        raise SourceError(
            f"{what}: there is no file {shorten(text, _SHOWN_LENGTH)!r}, nor is it any other of: {_FORMS}"
        )
    return decoded


def decode_base64_json(text: str) -> bytes | None:
    """Return the JSON object or array that base64 text holds; None when it holds neither.

    Both alphabets, padded or not, on one line or wrapped: command lines, Variables and old templates have all of them.
    """
    standard = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded.lstrip()[:1] in (b"{", b"[") else None


def inline_json(text: str) -> bytes | None:
    """Return the JSON that a text holds as it is or as base64; None when it can only be a path or URI."""
    stripped = text.strip()
    return stripped.encode() if _is_json(stripped) else decode_base64_json(stripped)


def _is_json(text: str) -> bool:
    return text[:1] in ("{", "[")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Base64 text is longer than any file name may be.
        return False
