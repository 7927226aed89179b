"""Read a JSON document given as a command-line argument, in any of the forms that `--config` and `--resolver` take."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

_FORMS = "inline JSON, base64 of JSON, an s3:// URI or the path of a file"
_SHOWN_LENGTH = 60


class SourceError(ValueError):
    """An argument that no document can be read from; the text names the argument and what was expected."""


def read_json_source(value: str, *, what: str, s3_endpoint_url: str | None = None, region: str | None = None) -> bytes:
    """Return the bytes of the document an argument holds or points at.

    `value` is inline JSON, base64 of JSON (standard or URL-safe, line breaks allowed), an `s3://bucket/key` URI or a
    local path; `what` names the argument in errors. S3 is asked in the region given, else in the environment's. The
    content of files and objects is returned as it is: whether it is JSON shows when it is parsed. SourceError when
    nothing can be read.
    """
    text = value.strip()
    if not text:
        raise SourceError(f"{what} is empty, expected {_FORMS}")
    if text[0] in "{[":
        # An argument that is not UTF-8 gets its bytes back, so that parsing can point at the fault.
        return text.encode(errors="surrogateescape")
    if text.startswith("s3://"):
        return _read_s3(text, what, s3_endpoint_url, region)
    path = Path(text.removeprefix("file://"))
    if _exists(path):
        return _read_file(path, what)
    decoded = _decode_base64(text)
    if decoded is None or decoded.lstrip()[:1] not in (b"{", b"["):
        raise SourceError(f"{what}: there is no file {_shown(text)}, nor is it any other of: {_FORMS}")
    return decoded


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # Base64 text is longer than any file name may be.
        return False


def _read_file(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{what}: cannot read {path}: {error.strerror}") from error


def _decode_base64(text: str) -> bytes | None:
    standard = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_s3(uri: str, what: str, endpoint_url: str | None, region: str | None) -> bytes:
    # Keys may hold ? and #, so this is no case for a URL parser.
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise SourceError(f"{what}: {uri} names no object, expected s3://bucket/key")
    # Imported here because loading it takes longer than all the rest, and most configs are not on S3.
    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("s3", region_name=region, endpoint_url=endpoint_url)
        response = client.get_object(Bucket=bucket, Key=key)
        return bytes(response["Body"].read())
    except (BotoCoreError, ClientError) as error:
        raise SourceError(f"{what}: cannot read {uri}: {error}") from error


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…")
