"""Opaque tokens: shard iterators and the next page of a list."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from localaws.kinesis.errors import invalid_argument


def seal_token(*parts: object) -> str:
    """Pack JSON values into a token."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


def open_token(token: str, *, field: str, parts: int) -> list[Any]:
    """Unpack a token of that many parts; InvalidArgumentException for one that is not ours."""
    try:
        opened = orjson.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        opened = None
    if not isinstance(opened, list) or len(opened) != parts:
        raise invalid_argument(f"{field} is not valid: it was not issued by this service")
    return opened
