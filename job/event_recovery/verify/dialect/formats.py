"""The formats that the validator asserts; other names are passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from event_recovery.javaregex import PatternError, compile_pattern
from event_recovery.text.javauri import UriSyntaxError, parse_uri
from event_recovery.verify.dialect.emails import is_email
from event_recovery.verify.dialect.keywords import finder
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check, Report, Reports
from event_recovery.verify.generations import Generation

_BYTE: Final = "([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_LABEL: Final = r"([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])"
_LOOSE_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
_SHADE: Final = r"\b([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\b"
_PERCENT: Final = r"(\d?\d%|100%)+"
_COLOURS: Final = (
    "aqua black blue fuchsia gray green lime maroon navy olive orange purple red silver teal white yellow".split()
)
_URI_TEXT: Final = "A-Za-z0-9._~\\-%!$&'()*+,;=:"


def _ipv6() -> str:
    group, v4 = "[0-9A-Fa-f]{1,4}", r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
    dotted = rf"({v4}(\.{v4}){{3}})"
    parts = [f"(({group}:){{7}}({group}|:))", f"(({group}:){{6}}(:{group}|{dotted}|:))"]
    parts.append(f"(({group}:){{5}}(((:{group}){{1,2}})|:{dotted}|:))")
    for left in (4, 3, 2, 1):
        inner = f"(:{group})?" if left == 4 else f"(:{group}){{0,{5 - left}}}"
        parts.append(f"(({group}:){{{left}}}(((:{group}){{1,{7 - left}}})|({inner}:{dotted})|:))")
    parts.append(f"(:(((:{group}){{1,7}})|((:{group}){{0,5}}:{dotted})|:))")
    return rf"^\s*({'|'.join(parts)})(%.+)?\s*$"


#: The regexes of formats, as reports show them.
REGEXES: Final[Mapping[str, str]] = {
    "time": r"^\d{2}:\d{2}:\d{2}(?:\.\d+)?$",
    "uri": (
        rf"^[A-Za-z][A-Za-z0-9+.-]*:(\/\/([{_URI_TEXT}]*@)?[A-Za-z0-9._~\-!$&'()*+,;=%:\[\]]*(:[0-9]*)?)?"
        rf"[{_URI_TEXT}@\/]*([?][{_URI_TEXT}@\/?]*)?([#][{_URI_TEXT}@\/?]*)?"
    ),
    "ipv4": rf"^({_BYTE}\.){{3}}{_BYTE}$",
    "ip-address": rf"^(?:{_LOOSE_BYTE}\.){{3}}{_LOOSE_BYTE}$",
    "ipv6": _ipv6(),
    "hostname": rf"^{_LABEL}(\.{_LABEL})*$",
    "color": (
        rf"(#?([0-9A-Fa-f]{{3,6}})\b)|{'|'.join(f'({name})' for name in _COLOURS)}"
        rf"|(rgb\(\s*{_SHADE}\s*,\s*{_SHADE}\s*,\s*{_SHADE}\s*\))"
        rf"|(rgb\(\s*{_PERCENT}\s*,\s*{_PERCENT}\s*,\s*{_PERCENT}\s*\))"
    ),
    "alpha": "^[a-zA-Z]+$",
    "alphanumeric": "^[a-zA-Z0-9]+$",
    "phone": r"^\+(?:[0-9] ?){6,14}[0-9]$",
    "utc-millisec": r"^[0-9]+(\.?[0-9]+)?$",
    "style": r"\s*(.+?):\s*([^;]+);?",
}

_NAME: Final = "(?!-)[a-zA-Z0-9-]{1,63}+(?<!-)"
#: What the regex of ``hostname`` says, in time that grows with the text alone.
_HOSTNAME: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*+")
# A day that every year has.
_PLAIN_DAY: Final = (
    "[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
#: Texts that these match surely have the format, and most do; what they do not match the regexes above decide.
_PLAIN: Final[Mapping[str, re.Pattern[str]]] = {
    "uri": re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*+:[{_URI_TEXT}@/]*+(?:[?][{_URI_TEXT}@/?]*+)?(?:#[{_URI_TEXT}@/?]*+)?"),
    "ipv4": re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}"),
    "date": re.compile(_PLAIN_DAY),
    # Without leap seconds, and in UTC.
    "date-time": re.compile(rf"{_PLAIN_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?Z"),
}
_NOT_IN_IPV6: Final = re.compile(r"[%\s]")
_HEX_AS_ZERO: Final = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_UUID: Final = b"00000000-0000-0000-0000-000000000000"
_DATE: Final = re.compile(r"([+-]?)([0-9]{4,10})-([0-9]{2})-([0-9]{2})")
_TIME_PART: Final = "(?:T(?!$)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"
_DURATION: Final = re.compile(f"-?P(?!$)(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?){_TIME_PART}")
_DATE_TIME: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?P<rest>:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{0,9}))?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))"
)
#: Months whose last day had a leap second.
_LEAP_MONTHS: Final = {
    *((year, 6) for year in (1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015)),
    *((year, 12) for year in (*range(1972, 1980), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016)),
}


def format_check(name: Any, generation: Generation, patience: Patience) -> Check | None:
    """Check that a text has a format; None when the validator does not know it."""
    test = _test(name, generation, patience)
    if test is None:
        return None
    shown = REGEXES.get(name)
    plain = _PLAIN.get(name)
    first = test if plain is None else plain.fullmatch

    def check(value: Any) -> Reports:
        if type(value) is not str or first(value) or (plain is not None and test(value)):
            return None
        if shown is not None:
            return [Report("", f": does not match the {name} pattern {shown}", "format", (name, shown))]
        if name in ("email", "duration"):
            return [Report("", f": does not match the {value} pattern {name}", "format", (value, name))]
        keyword = "uuid" if name == "uuid" else "dateTime"
        return [Report("", f": {value} is an invalid {name}", keyword, (value, name))]

    return check


def _test(name: Any, generation: Generation, patience: Patience) -> Callable[[str], object] | None:
    match name:
        case "date":
            return is_date
        case "date-time" if generation.has_the_newest_validator:
            return lambda text: is_date_time(text) and ".Z" not in text.upper()
        case "date-time":
            return is_date_time_to_the_minute if generation.seconds_may_be_missing else is_date_time
        case "uuid":
            return is_uuid
        case "email":
            loose = generation.has_the_newest_validator
            return lambda text: is_email(text, local=loose) and not (loose and text != text.strip())
        case "duration" if generation.checks_durations:
            return _DURATION.fullmatch
        case "hostname":
            return _HOSTNAME.fullmatch
        case "regex" if generation.has_the_newest_validator:
            return _is_regex
        case "uri-reference" if generation.has_the_newest_validator:
            return _is_uri_reference
        case str() if name in REGEXES:
            return _whole(name, patience)
    return None


def _whole(name: str, patience: Patience) -> Callable[[str], bool]:
    matches = finder(rf"^(?:{REGEXES[name]})\z", patience)
    if name == "ipv6":
        return lambda text: not _NOT_IN_IPV6.search(text) and matches(text)
    return matches


def _is_regex(text: str) -> bool:
    try:
        compile_pattern(text)
    except PatternError:
        return False
    return True


def _is_uri_reference(text: str) -> bool:
    try:
        parse_uri(text)
    except UriSyntaxError:
        return False
    return text.isascii()


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID."""
    # Takes less than half of what a regex does.
    return len(text) == len(_UUID) and text.encode("ascii", "replace").translate(_HEX_AS_ZERO) == _UUID


def is_date(text: str) -> bool:
    """Tell whether a text is an ISO date; years of more than four digits have a sign."""
    match = _DATE.fullmatch(text)
    if match is None or (match[1] == "+") != (len(match[2]) > 4 and match[1] != "-"):
        return False
    return _is_day(int(match[2]), int(match[3]), int(match[4]))


def _is_day(year: int, month: int, day: int) -> bool:
    # Every 400 years the calendar repeats, and Python's years begin with 1.
    try:
        date(2000 + year % 400, month, day)
    except ValueError:
        return False
    return True


def is_date_time_to_the_minute(text: str) -> bool:
    """Tell whether a text is a date-time; its seconds may be missing."""
    return is_date_time(text, to_the_minute=True)


def is_date_time(text: str, *, to_the_minute: bool = False) -> bool:
    """Tell whether a text is a date-time of RFC 3339, with its offset."""
    match = _DATE_TIME.fullmatch(text)
    if match is None or (match["rest"] is None and not to_the_minute):
        return False
    if not _is_day(int(match["year"]), int(match["month"]), int(match["day"])):
        return False
    offset = 0
    if match["sign"]:
        offset = int(match["hours"]) * 60 + int(match["minutes"])
        if int(match["minutes"]) > 59 or offset > 18 * 60 or (offset == 0 and match["sign"] == "-"):
            return False
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 23 or minute > 59:
        return False
    if second < 60:
        return True
    return second == 60 and _is_leap_second(match, -offset if match["sign"] == "-" else offset)


def _is_leap_second(match: re.Match[str], offset: int) -> bool:
    minutes = int(match["hour"]) * 60 + int(match["minute"]) - offset
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if minutes >= 24 * 60 or minutes < 0:
        # The last minute of a day in UTC is the next day's elsewhere, or the one before.
        return False
    return minutes == 24 * 60 - 1 and (year, month) in _LEAP_MONTHS and day == (30 if month == 6 else 31)
