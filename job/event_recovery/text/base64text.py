"""Base64 as the reference reads it: both alphabets, padding optional but right, nothing else tolerated."""

from __future__ import annotations

import binascii
import re
from typing import Final

from librt.base64 import b64decode, b64encode

_ALPHABET: Final = re.compile(rb"[A-Za-z0-9+/]*")


class Base64Error(ValueError):
    """A text is not base64; the message is the JVM's."""


def decode(text: str) -> bytes:
    """Decode standard or URL-safe base64.

    :raises Base64Error: naming the illegal character (in signed hex) or the fault in the ending
    """
    standard = text.replace("-", "+").replace("_", "/")
    padded = standard if "=" in standard else standard + "=" * (-len(standard) % 4)
    if len(padded) % 4 == 0:
        try:
            data = b64decode(padded)
            # The quick decoder skips what is not base64, and then has less than there is in so many letters.
            padding = 0 if not padded.endswith("=") else 2 if padded.endswith("==") else 1
            if len(data) == len(padded) // 4 * 3 - padding:
                return data
            return binascii.a2b_base64(padded, strict_mode=True)
        except (ValueError, RuntimeError):
            pass
    raise Base64Error(_fault(standard.encode("utf-8", "replace")))


def encode(data: bytes) -> str:
    """Encode as standard base64 with padding."""
    return b64encode(data).decode()


def _fault(source: bytes) -> str:
    if len(source) == 1:
        return "Input byte[] should at least have 2 bytes for base64 bytes"
    letters = _ALPHABET.match(source)
    position = letters.end() if letters else 0
    loose = position % 4
    if position == len(source):
        return "Last unit does not have enough valid bits"
    if source[position] != ord("="):
        signed = source[position] - 256 if source[position] > 127 else source[position]
        return f"Illegal base64 character {'-' if signed < 0 else ''}{abs(signed):x}"
    if loose == 0 or (loose == 2 and source[position + 1 : position + 2] != b"="):
        return "Input byte array has wrong 4-byte ending unit"
    if loose == 1:
        return "Last unit does not have enough valid bits"
    return f"Input byte array has incorrect ending byte at {position + (2 if loose == 2 else 1)}"
