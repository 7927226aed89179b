"""JSON numbers as the reference reads and prints them: source text is kept, doubles print in Java's layout."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import orjson

_INT32: Final = range(-(2**31), 2**31)

# Long.parseLong is never asked for more digits than this; a longer exponent cannot be a small whole number either.
_MAX_WHOLE_DIGITS: Final = 40

_JAVA_DOUBLE: Final = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?)",
)
# String.trim, which the parser applies first, strips every character up to the blank.
_JAVA_TRIM: Final = "".join(map(chr, range(0x21)))


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number whose source text must survive; plain ``int`` and ``float`` stand for canonical text."""

    text: str


JsonNumber = int | float | Number


def is_number(value: object) -> bool:
    """Tell numbers from booleans, which Python counts as integers."""
    kind = type(value)
    return kind is int or kind is float or kind is Number


def number_text(value: JsonNumber) -> str:
    """Return the JSON text of a number, as it was written."""
    if type(value) is Number:
        return value.text
    if type(value) is int:
        return str(value)
    return orjson.dumps(value).decode()


def to_double(value: JsonNumber) -> float:
    """Return the nearest double; overflow makes an infinity, as in Java."""
    return float(value.text) if type(value) is Number else float(value)  # type: ignore[arg-type]


def same_number(left: JsonNumber, right: JsonNumber) -> bool:
    """Compare by numeric value, so that ``1`` equals ``1.0``."""
    left_text, right_text = number_text(left), number_text(right)
    if left_text == right_text:
        return True
    try:
        return Decimal(left_text) == Decimal(right_text)
    except ArithmeticError:  # an exponent beyond all bounds
        return False


def whole_number(text: str, bounds: range) -> int | None:
    """Read a whole number within bounds from JSON number text (``443``, ``443.0``, ``4.43e2``), else ``None``."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    if not value.is_finite():
        return None
    if value == 0:
        return 0
    if value.adjusted() > _MAX_WHOLE_DIGITS or value != value.to_integral_value():
        return None
    whole = int(value)
    return whole if whole in bounds else None


def ceil_int32(value: JsonNumber) -> int:
    """Return the ceiling of the double value, saturating to 32 bits (the ``size`` matcher)."""
    double = to_double(value)
    if double >= _INT32.stop - 1:
        return _INT32.stop - 1
    if double <= _INT32.start:
        return _INT32.start
    return -int(-double // 1)


def parse_java_double(text: str) -> float | None:
    """Read text as ``java.lang.Double.parseDouble`` does, else ``None``."""
    trimmed = text.strip(_JAVA_TRIM)
    if not _JAVA_DOUBLE.fullmatch(trimmed):
        return None
    if "x" in trimmed or "X" in trimmed:
        try:
            return float.fromhex(trimmed.rstrip("fFdD") if trimmed[-1] in "fFdD" else trimmed)
        except OverflowError:
            return float("-inf") if trimmed.startswith("-") else float("inf")
    return float(trimmed[:-1] if trimmed[-1] in "fFdD" else trimmed)


def double_number(value: float) -> Number | None:
    """Make the JSON number of a double; NaN and infinities have none and become null."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return Number(java_layout(repr(value)))


def float32_number(value: float) -> Number | None:
    """Make the JSON number of a value rounded to 32 bits; values beyond that range become null."""
    try:
        rounded = struct.unpack(">f", struct.pack(">f", value))[0]
    except OverflowError:
        return None
    if rounded != rounded or rounded in (float("inf"), float("-inf")):
        return None
    return Number(java_layout(_shortest_float32(rounded)))


def _shortest_float32(value: float) -> str:
    for digits in range(1, 10):
        text = f"{value:.{digits - 1}e}"
        try:
            rounded = struct.unpack(">f", struct.pack(">f", float(text)))[0]
        except OverflowError:  # fewer digits of the largest values round up beyond the range
            continue
        if rounded == value:
            return text
    return repr(value)


def java_layout(text: str) -> str:
    """Lay out shortest decimal digits as ``Double.toString`` does: ``24.0``, ``1.0E-4``, ``1.2345678E7``."""
    sign, digits, exponent = Decimal(text).as_tuple()
    minus = "-" if sign else ""
    figures = "".join(map(str, digits)).lstrip("0")
    if not figures:
        return f"{minus}0.0"
    point = len(figures) + int(exponent)
    figures = figures.rstrip("0") or "0"
    if -3 < point <= 7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{figures}"
        whole, fraction = figures[:point].ljust(point, "0"), figures[point:]
        return f"{minus}{whole}.{fraction or '0'}"
    return f"{minus}{figures[0]}.{figures[1:] or '0'}E{point - 1}"
