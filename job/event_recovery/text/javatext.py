"""Bytes as text and text as bytes, the way the JVM decodes and encodes UTF-8.

Malformed bytes become U+FFFD, as Python has it too. But a surrogate that was encoded by itself is one fault to the JVM
and several to Python: three bytes that are well-formed but for what they stand for, or the first two of them.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

#: The name of the error handler, for whatever takes one.
AS_JAVA: Final = "java"

_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")


def decode(data: bytes) -> str:
    """Decode UTF-8; never raises."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", AS_JAVA)


def encode(text: str) -> bytes:
    """Encode as the JVM does: a lone surrogate becomes a question mark."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    surrogate = _SURROGATE.match(error.object, error.start)
    return "\ufffd", surrogate.end() if surrogate else error.end


codecs.register_error(AS_JAVA, _replaced)
