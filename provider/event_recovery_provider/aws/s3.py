"""Conversations with S3. No I/O here: see ``calls``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from event_recovery.storage.files import StoredFile, files_on_page
from event_recovery.storage.locations import S3, parse_location

from event_recovery_provider.aws.calls import MOST_PAGES, Call, Conversation, is_missing, pages

#: A page has a thousand objects; a bucket with more than ten million is no input for one run.
_MOST_INPUT_PAGES = 10_000


def split_uri(uri: str) -> tuple[str, str]:
    """Split an S3 URI into bucket and key, without slashes at the key's ends.

    :raises ValueError: for anything else
    """
    location = parse_location(uri)
    if not isinstance(location, S3):
        raise ValueError(f"{uri!r} is not an S3 URI; expected s3://bucket/key")  # noqa: TRY004 - a wrong text
    return location.bucket, location.key


def list_objects(uri: str) -> Conversation[list[tuple[str, datetime, int]]]:
    """List what lies below an S3 URI as ``(key, last modified, size)``."""
    bucket, prefix = split_uri(uri)
    listed = yield from _pages_of_objects(bucket, f"{prefix}/".lstrip("/"), most=MOST_PAGES)
    return [(one["Key"], one["LastModified"], one["Size"]) for page in listed for one in page.get("Contents") or ()]


def all_files(start: S3) -> Conversation[list[StoredFile]]:
    """List all objects whose key begins so, hidden and empty ones and markers of folders included.

    :param start: bucket and beginning of the key; all of the bucket if that is empty
    """
    listed = yield from _pages_of_objects(start.bucket, start.key, most=_MOST_INPUT_PAGES)
    return [file for page in listed for file in files_on_page(start.bucket, page)]


def read_object(uri: str, *, most: int | None = None) -> Conversation[bytes | None]:
    """Read one object; None when there is none.

    :param most: read no more than so many bytes from its beginning; S3 refuses that of an empty object
    """
    bucket, key = split_uri(uri)
    part = {} if most is None else {"Range": f"bytes=0-{most - 1}"}
    try:
        answer = yield Call("s3", "get_object", {"Bucket": bucket, "Key": key, **part})
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    body: bytes = answer["Body"]
    return body


def object_exists(uri: str) -> Conversation[bool]:
    """Tell whether there is an object at a URI."""
    bucket, key = split_uri(uri)
    try:
        yield Call("s3", "head_object", {"Bucket": bucket, "Key": key})
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def write_object(uri: str, body: bytes, *, content_type: str) -> Conversation[None]:
    """Write one object."""
    bucket, key = split_uri(uri)
    yield Call("s3", "put_object", {"Bucket": bucket, "Key": key, "Body": body, "ContentType": content_type})


def _pages_of_objects(bucket: str, prefix: str, *, most: int) -> Conversation[list[dict[str, Any]]]:
    return pages(
        "s3",
        "list_objects_v2",
        {"Bucket": bucket, "Prefix": prefix},
        cursor=("NextContinuationToken", "ContinuationToken"),
        most=most,
    )
