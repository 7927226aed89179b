"""Base64 as Enrich reads it: whatever is not of its alphabet is passed over, and nothing is an error."""

from __future__ import annotations

import binascii
import re
from typing import Final

from event_recovery.text import base64text
from event_recovery.text.javatext import decode

_OTHERS: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def decode_text(text: str) -> str:
    """Decode as UTF-8; see ``decode_bytes``."""
    return decode(decode_bytes(text))


def decode_bytes(text: str) -> bytes:
    """Decode either alphabet up to the first ``=``. A single character left over is dropped."""
    letters = text.partition("=")[0]
    try:
        return base64text.decode(letters)
    except base64text.Base64Error:
        data = letters.encode("ascii", "ignore").translate(_TO_STANDARD)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        data = _OTHERS.sub(b"", data)
        return binascii.a2b_base64(data[: len(data) - len(data) % 4])
