"""Texts of a fixed form, told byte by byte: UUIDs, and timestamps as Enrich writes them.

That is quick as machine code. Plain Python has regexes for both, and does not come here.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from event_recovery.text.javatext import encode

# Numbers, and each by itself, since that is what compiles to constants.
_DASH: Final = 0x2D
_DOT: Final = 0x2E
_ZERO: Final = 0x30
_COLON: Final = 0x3A
_T: Final = 0x54
_Z: Final = 0x5A
_UUID_LENGTH: Final = 36
_IS_HEX: Final = bytes(code in b"0123456789abcdefABCDEF" for code in range(256))
_UTC_LENGTH: Final = len("2026-01-31T23:59:59.999Z")
#: Days from the first of March of the year 0 to the first day of 1970.
_EPOCH_DAY: Final = 719_468


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID grouped 8-4-4-4-12."""
    data = encode(text)
    is_hex = _IS_HEX
    if len(data) != _UUID_LENGTH:
        return False
    place: i64 = 0
    while place < _UUID_LENGTH:
        if place == 8 or place == 13 or place == 18 or place == 23:
            if data[place] != _DASH:
                return False
        elif is_hex[i64(data[place])] == 0:
            return False
        place += 1
    return True


def utc_millis(text: str) -> int | None:
    """Return the milliseconds since the epoch of a timestamp in the form ``2026-01-28T23:59:59.999Z``.

    None for any other text, and for days that not every month has, which are left to whoever knows the calendar.
    """
    data = encode(text)
    if len(data) != _UTC_LENGTH or data[4] != _DASH or data[7] != _DASH or data[10] != _T or data[13] != _COLON:
        return None
    if data[16] != _COLON or data[19] != _DOT or data[23] != _Z:
        return None
    year, month, day = _number(data, 0, 4), _number(data, 5, 7), _number(data, 8, 10)
    hour, minute, second = _number(data, 11, 13), _number(data, 14, 16), _number(data, 17, 19)
    millis = _number(data, 20, 23)
    if year < 1 or month < 1 or month > 12 or day < 1 or day > 28 or hour < 0 or hour > 23:
        return None
    if minute < 0 or minute > 59 or second < 0 or second > 59 or millis < 0:
        return None
    # A year that begins in March ends with the day that it may lack.
    from_march: i64 = month - 3
    if month < 3:
        year -= 1
        from_march = month + 9
    days: i64 = year * 365 + year // 4 - year // 100 + year // 400 + (153 * from_march + 2) // 5 + day - 1 - _EPOCH_DAY
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + millis


def _number(data: bytes, start: i64, end: i64) -> i64:
    """Read digits; -1 where something else is there."""
    value: i64 = 0
    while start < end:
        digit: i64 = i64(data[start]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
        start += 1
    return value
