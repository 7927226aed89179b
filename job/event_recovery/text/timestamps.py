"""The two kinds of timestamps in a bad row: the failure's instant, and the collector's date-time with its zone.

Instants are read as ``java.time.Instant`` reads them and printed with 0, 3, 6 or 9 fraction digits. Date-times are read
as Joda-Time's generic ISO parser reads them (UTC when no zone is given) and printed with milliseconds and their offset.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from event_recovery._compiled import COMPILED
from event_recovery.text.fixed_forms import utc_millis

_EPOCH: Final = datetime(1970, 1, 1)
_DAY_MILLIS: Final = 86_400_000
# More digits of a fraction than this never change its milliseconds, and Python reads no number of any length.
_FRACTION_DIGITS: Final = 18


class TimestampError(ValueError):
    """A text is not a timestamp; the message is the reference's."""


# Each piece of an instant, in order; an instant that stops fitting is refused at the start of that piece.
_INSTANT_PIECES: Final = tuple(
    re.compile(piece)
    for piece in (
        r"[0-9]{4}",
        "-",
        r"[0-9]{2}",
        "-",
        r"[0-9]{2}",
        "[Tt]",
        r"[0-9]{2}",
        ":",
        r"[0-9]{2}",
        ":",
        r"[0-9]{2}",
        r"(?:\.[0-9]{0,9})?",
        r"[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?",
    )
)
_PLAIN_INSTANT: Final = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z"
)


def normalise_instant(text: str) -> str:
    """Print an instant in UTC with the fewest of 0, 3, 6 or 9 fraction digits that are exact.

    :raises TimestampError: naming the index at which the text stops being an instant
    """
    plain = _PLAIN_INSTANT.fullmatch(text)
    if plain and (plain[1] is None or (len(plain[1]) == 4 and plain[1] != ".000")):
        return text
    position, pieces = 0, []
    for piece in _INSTANT_PIECES:
        match = piece.match(text, position)
        if match is None:
            raise TimestampError(f"Text '{text}' could not be parsed at index {position}")
        pieces.append(match[0])
        position = match.end()
    if position < len(text):
        raise TimestampError(f"Text '{text}' could not be parsed, unparsed text found at index {position}")
    year, month, day, hour, minute, second = (int(pieces[index]) for index in (0, 2, 4, 6, 8, 10))
    midnight_after = (hour, minute, second) == (24, 0, 0)
    try:
        moment = datetime(year, month, day, 0 if midnight_after else hour, minute, second)
        moment += timedelta(days=midnight_after) - _offset(pieces[12])
    except (ValueError, OverflowError):
        raise TimestampError(f"Text '{text}' could not be parsed at index 0") from None
    fraction = pieces[11][1:].ljust(9, "0")
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{moment.isoformat()}{'.' if fraction else ''}{fraction}Z"


def _offset(text: str) -> timedelta:
    if text in ("Z", "z", ""):
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:4] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return sign * timedelta(hours=hours, minutes=minutes)


class DateTime(NamedTuple):
    """A collector timestamp: milliseconds since the epoch (UTC), and the zone offset in minutes it is printed with."""

    millis: int
    offset_minutes: int


_DATE_TIME: Final = re.compile(
    r"""
    (?: (?P<year> [+-]?[0-9]{1,9} )
        (?: -W (?P<week> [0-9]{1,2} ) (?: - (?P<weekday> [0-9] ) )?
          | - (?P<ordinal> [0-9]{3} ) (?![0-9])
          | - (?P<month> [0-9]{1,2} ) (?: - (?P<day> [0-9]{1,2} ) )?
        )?
    )?
    (?: [Tt]
        (?: (?P<hour> [0-9]{1,2} ) (?: [.,] (?P<hour_part> [0-9]+ )
          | : (?P<minute> [0-9]{1,2} ) (?: [.,] (?P<minute_part> [0-9]+ )
            | : (?P<second> [0-9]{1,2} ) (?: [.,] (?P<second_part> [0-9]+ ) )? )? )? )?
        (?P<zone> [Zz] | [+-][0-9]{2} (?: :? [0-9]{2} (?: :? [0-9]{2} (?: [.,]? [0-9]{3} )? )? )? )?
    )?
    """,
    re.VERBOSE,
)
_TO_THE_SECOND: Final = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
)
_PLAIN_DATE_TIME: Final = re.compile(_TO_THE_SECOND + r"\.[0-9]{3}Z").fullmatch
# The forms that other collectors and proxies write.
_COMMON_DATE_TIME: Final = re.compile(
    rf"(?P<local>{_TO_THE_SECOND})(?P<fraction>\.[0-9]{{3}})?(?P<zone>Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
).fullmatch
_PLAIN_LENGTH: Final = len("2026-01-31T23:59:59.999Z")
_LOCAL_LENGTH: Final = _PLAIN_LENGTH - len("Z")
_OFFSET_LENGTH: Final = _LOCAL_LENGTH + len("+01:00")
_IN_EVERY_MONTH: Final = "28"
# Years that end before the milliseconds of a 64-bit number do.
_FIRST_YEAR, _LAST_YEAR = -292_275_054, 292_278_993
_MILLIS: Final = range(-(2**63), 2**63)
_RANGES: Final = {
    "month": ("monthOfYear", 1, 12),
    "hour": ("hourOfDay", 0, 23),
    "minute": ("minuteOfHour", 0, 59),
    "second": ("secondOfMinute", 0, 59),
    "weekday": ("dayOfWeek", 1, 7),
}


def parse_date_time(text: str) -> DateTime:
    """Read a collector timestamp.

    :raises TimestampError: with Joda-Time's wording
    """
    if _PLAIN_DATE_TIME(text):
        try:
            return DateTime(_plain_millis(text[:-1]), 0)
        except ValueError:
            pass
    match = _DATE_TIME.match(text)
    end = match.end() if match else 0
    if match is None or end < len(text) or not text:
        raise TimestampError(_malformed(text, end))
    fields = match.groupdict()
    for name, (label, low, high) in _RANGES.items():
        if fields[name] is not None and not low <= int(fields[name]) <= high:
            raise TimestampError(_out_of_range(text, fields[name], label, low, high))
    try:
        offset = _offset(fields["zone"] or "")
    except ValueError:
        raise TimestampError(_malformed(text, match.start("zone"))) from None
    offset_minutes = int(offset.total_seconds() // 60)
    millis = _days(text, fields) * _DAY_MILLIS + _millis_of_day(fields) - offset_minutes * 60_000
    if millis not in _MILLIS:
        label = "year" if fields["week"] is None else "weekyear"
        raise TimestampError(_out_of_range(text, fields["year"] or "", label, _FIRST_YEAR, _LAST_YEAR))
    return DateTime(millis, offset_minutes)


def normal_millis(text: str) -> int:
    """Return the milliseconds since the epoch of a timestamp as ``normalise_date_time`` prints it."""
    if COMPILED:
        found = utc_millis(text)
        if found is not None:
            return found
    try:
        if len(text) == _PLAIN_LENGTH and text[-1] == "Z":
            return _plain_millis(text[:-1])
        if len(text) == _OFFSET_LENGTH:
            minutes = int(text[-5:-3]) * 60 + int(text[-2:])
            return _plain_millis(text[:_LOCAL_LENGTH]) + (minutes if text[-6] == "-" else -minutes) * 60_000
    except ValueError:  # a year that Python does not know
        pass
    return parse_date_time(text).millis


def _plain_millis(local: str) -> int:
    since = datetime.fromisoformat(local) - _EPOCH
    return since.days * _DAY_MILLIS + since.seconds * 1000 + since.microseconds // 1000


def _malformed(text: str, position: int) -> str:
    sample = text if len(text) <= position + 35 else f"{text[: position + 32]}..."
    if position <= 0:
        return f'Invalid format: "{sample}"'
    if position >= len(text):
        return f'Invalid format: "{sample}" is too short'
    return f'Invalid format: "{sample}" is malformed at "{sample[position:]}"'


def _out_of_range(text: str, value: str, label: str, low: int, high: int) -> str:
    return f'Cannot parse "{text}": Value {int(value)} for {label} must be in the range [{low},{high}]'


def _millis_of_day(fields: dict[str, str | None]) -> int:
    def part(name: str, unit: int) -> int:
        digits = (fields[f"{name}_part"] or "")[:_FRACTION_DIGITS]
        return int(digits) * unit // 10 ** len(digits) if digits else 0

    hour, minute, second = (int(fields[name] or 0) for name in ("hour", "minute", "second"))
    whole = ((hour * 60 + minute) * 60 + second) * 1000
    return whole + part("hour", 3_600_000) + part("minute", 60_000) + part("second", 1000)


def _days(text: str, fields: dict[str, str | None]) -> int:
    year = int(fields["year"] or 1970)
    if fields["week"] is not None:
        week, weeks = int(fields["week"]), _weeks_in(year)
        if not 1 <= week <= weeks:
            raise TimestampError(_out_of_range(text, fields["week"], "weekOfWeekyear", 1, weeks))
        return _first_week(year) + (week - 1) * 7 + int(fields["weekday"] or 1) - 1
    january_first = _days_from_civil(year, 1, 1)
    if fields["ordinal"] is not None:
        length = _days_from_civil(year + 1, 1, 1) - january_first
        if not 1 <= int(fields["ordinal"]) <= length:
            raise TimestampError(_out_of_range(text, fields["ordinal"], "dayOfYear", 1, length))
        return january_first + int(fields["ordinal"]) - 1
    month, day = int(fields["month"] or 1), int(fields["day"] or 1)
    first = _days_from_civil(year, month, 1)
    length = (_days_from_civil(year, month + 1, 1) if month < 12 else _days_from_civil(year + 1, 1, 1)) - first
    if not 1 <= day <= length:
        raise TimestampError(_out_of_range(text, fields["day"] or "", "dayOfMonth", 1, length))
    return first + day - 1


def _first_week(year: int) -> int:
    """Return the day number of the Monday of ISO week 1: the week that holds 4 January."""
    fourth = _days_from_civil(year, 1, 4)
    return fourth - (fourth + 3) % 7


def _weeks_in(year: int) -> int:
    return (_first_week(year + 1) - _first_week(year)) // 7


# Day numbers in the proleptic Gregorian calendar for any year; Python's dates end at 1 and 9999.
def _days_from_civil(year: int, month: int, day: int) -> int:
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def _civil_from_days(days: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def is_normal_date_time(text: str) -> bool:
    """Tell whether a text is a collector timestamp as it would be printed, in UTC.

    :raises TimestampError: when it looks like one, but its month has no such day
    """
    if COMPILED and utc_millis(text) is not None:
        return True
    plain = _PLAIN_DATE_TIME(text)
    if plain is not None and plain["day"] > _IN_EVERY_MONTH:
        parse_date_time(text)
    return plain is not None


def normalise_date_time(text: str) -> str:
    """Print a collector timestamp as ``yyyy-MM-ddTHH:mm:ss.SSS`` with ``Z`` or its own offset.

    :raises TimestampError: with Joda-Time's wording
    """
    if is_normal_date_time(text):
        return text
    common = _COMMON_DATE_TIME(text)
    if common is not None and common["day"] <= _IN_EVERY_MONTH:
        zone = "Z" if common["zone"] in ("+00:00", "-00:00") else common["zone"]
        return f"{common['local']}{common['fraction'] or '.000'}{zone}"
    moment = parse_date_time(text)
    return print_millis(moment.millis, moment.offset_minutes)


def print_millis(millis: int, offset_minutes: int = 0) -> str:
    """Print milliseconds since the epoch as a collector timestamp."""
    days, in_day = divmod(millis + offset_minutes * 60_000, _DAY_MILLIS)
    seconds, milli = divmod(in_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    clock = f"{_TWO_DIGITS[hour]}:{_TWO_DIGITS[minute]}:{_TWO_DIGITS[second]}.{_THREE_DIGITS[milli]}"
    return f"{_date(days)}T{clock}{_zone(offset_minutes)}"


# To look a number up is quicker than to format it; and most events of a run are of a few days.
_TWO_DIGITS: Final = [f"{number:02}" for number in range(60)]
_THREE_DIGITS: Final = [f"{number:03}" for number in range(1000)]


@lru_cache(maxsize=64)
def _date(days: int) -> str:
    year, month, day = _civil_from_days(days)
    return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"


def _zone(minutes: int) -> str:
    if minutes == 0:
        return "Z"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
