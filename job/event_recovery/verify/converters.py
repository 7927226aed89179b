"""Values of parameters as Enrich converts them, and its words for those that it cannot convert.

The words are those before 4.2; from then on they begin with a capital, and two are others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from event_recovery.text.timestamps import print_millis
from event_recovery.verify.dialect.formats import is_uuid
from event_recovery.verify.generations import Generation

#: Says what is wrong with a value; None when nothing is.
Converter = Callable[[str], str | None]

EVENTS: Final[dict[str, str]] = {
    "se": "struct",
    "ev": "struct",
    "ue": "unstruct",
    "ad": "ad_impression",
    "tr": "transaction",
    "ti": "transaction_item",
    "pv": "page_view",
    "pp": "page_ping",
}
_PLATFORMS: Final = frozenset("web iot app mob pc cnsl tv srv".split())
_SIZES: Final = re.compile("([0-9]+)x([0-9]+)")
_INT32: Final = range(-(2**31), 2**31)
_INT64: Final = range(-(2**63), 2**63)
#: More digits than a 64-bit number has, leading zeros aside.
_MOST_DIGITS: Final = 40
_YEARS: Final = range(-62_167_219_200_000, 253_402_300_800_000)
_CAPITALS: Final = {
    "not recognized as an event type": "Not a valid event type",
    "not recognized as a tracking platform": "Not a valid platform",
}


def worded(text: str, generation: Generation) -> str:
    """Return the words of a generation."""
    if not generation.parameters_are_schema_violations:
        return text
    return _CAPITALS.get(text) or text[0].upper() + text[1:]


def event(value: str) -> str | None:
    """Check the code of an event type."""
    return None if value in EVENTS else "not recognized as an event type"


def platform(value: str) -> str | None:
    """Check a platform."""
    return None if value in _PLATFORMS else "not recognized as a tracking platform"


def platform_or_headset(value: str) -> str | None:
    """Check a platform, with one that came later."""
    return None if value == "headset" else platform(value)


def uuid(value: str) -> str | None:
    """Check a UUID."""
    return None if is_uuid(value) else "not a valid UUID"


def java_whole(value: str, bounds: range) -> int | None:
    """Read a whole number as Java does: decimal digits of any script, leading zeros and a sign."""
    sign, digits = (value[0], value[1:]) if value[:1] in ("+", "-") else ("", value)
    if not digits.isdecimal() or not (digits.isascii() or all(char <= "\uffff" for char in digits)):
        return None
    if len(digits) > _MOST_DIGITS:
        digits = "".join(str(int(char)) for char in digits).lstrip("0") or "0"
        if len(digits) > _MOST_DIGITS:
            return None
    number = -int(digits) if sign == "-" else int(digits)
    return number if number in bounds else None


def millis(value: str) -> str | None:
    """Check milliseconds since the epoch."""
    number = java_whole(value, _INT64)
    if number is None:
        return "not in the expected format: ms since epoch"
    if number not in _YEARS:
        return f"formatting as {timestamp_shown(number)} is not Redshift-compatible"
    return None


def timestamp_shown(number: int) -> str:
    """Write milliseconds as Enrich does."""
    return print_millis(number).replace("T", " ").removesuffix("Z")


def is_storable(number: int) -> bool:
    """Tell whether milliseconds fall into the years 0 to 9999."""
    return number in _YEARS


def integer(value: str) -> str | None:
    """Check a 32-bit number."""
    if java_whole(value, _INT32) is not None or value.lower() == "null":
        return None
    return "cannot be converted to java.lang.Integer"


def decimal(value: str) -> str | None:
    """Check a decimal number."""
    fault = None if value.lower() == "null" else decimal_fault(value)
    return None if fault is None else f"cannot be converted to java.math.BigDecimal. Error : {fault}"


def flag(value: str) -> str | None:
    """Check a flag."""
    return None if value in ("0", "1") else "cannot be converted to Boolean-like java.lang.Byte"


def size(value: str) -> str | None:
    """Check a width and a height."""
    match = _SIZES.fullmatch(value)
    if match is None:
        return r"does not conform to regex (\d+)x(\d+)"
    if java_whole(match[1], _INT32) is None or java_whole(match[2], _INT32) is None:
        return "could not be converted to java.lang.Integer s"
    return None


_COMPACT: Final = 18
_MOST_EXPONENT_DIGITS: Final = 10


def decimal_fault(text: str) -> str | None:
    """Say in the words of Java 17 why a text is no ``BigDecimal``; None when it is one."""
    if not text:
        return "null"
    begin = 1 if text[0] in "+-" else 0
    compact = len(text) - begin <= _COMPACT
    digits = points = 0
    for place in range(begin, len(text)):
        char = text[place]
        if char.isdecimal() and char <= "\uffff":
            digits += 1
        elif char == ".":
            points += 1
            if points > 1:
                return "Character array contains more than one decimal point."
        elif char in "eE":
            fault = _exponent_fault(text[place + 1 :])
            return fault or (None if digits else "No digits found.")
        elif compact:
            expected = 'a decimal digit number, decimal point, nor "e" notation exponential mark.'
            return f"Character {char} is neither {expected}"
        else:
            return 'Character array is missing "e" notation exponential mark.'
    return None if digits else "No digits found."


def _exponent_fault(text: str) -> str | None:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits:
        return "null"
    significant = digits
    while len(significant) > _MOST_EXPONENT_DIGITS and significant[0].isdecimal() and int(significant[0]) == 0:
        significant = significant[1:]
    if len(significant) > _MOST_EXPONENT_DIGITS:
        return "Too many nonzero exponent digits."
    if not significant.isdecimal():
        return "Not a digit."
    exponent = int(significant)
    return None if (-exponent if text[0] == "-" else exponent) in _INT32 else "Exponent overflow."
