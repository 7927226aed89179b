"""Bytes as text the way the JVM decodes UTF-8.

Malformed bytes become U+FFFD, as Python has it too. But a surrogate that was encoded by itself is one fault to the JVM
and several to Python: three bytes that are well-formed but for what they stand for, or the first two of them.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

AS_JAVA: Final = "java"
"""The name of the error handler, for whatever takes one."""

_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")


def decode(data: bytes) -> str:
    """Decode UTF-8; never raises."""
    return data.decode("utf-8", AS_JAVA)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    surrogate = _SURROGATE.match(error.object, error.start)
    return "\ufffd", surrogate.end() if surrogate else error.end


codecs.register_error(AS_JAVA, _replaced)
