"""Types, equality and order of JSON values, with numbers as they were written."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Final

from event_recovery.text.numbers import Number, java_layout

# Below what Java's decimals hold as an exponent, a number is read as text.
_EXPONENTS: Final = range(-(2**31) + 1, 2**31)
# Beyond this many digits the remainder of a division is not computed.
_MOST_DIGITS: Final = 1_000

_TYPES: Final = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def type_name(value: Any) -> str:
    """Name the type of a value; ``1.0``, ``1e3`` and ``-0`` are no integers."""
    if value is None:
        return "null"
    name = _TYPES.get(type(value))
    return _number_type(value.text) if name is None else name


def _number_type(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    if exponent:
        # More digits than an exponent of Java's has say enough.
        written = exponent.lstrip("+-").lstrip("0") or "0"
        if len(written) > 10 or int(exponent) - len(mantissa.partition(".")[2]) not in _EXPONENTS:
            return "string"
        return "number"
    return "number" if "." in text or text == "-0" else "integer"


def is_a_number(value: Any) -> bool:
    """Tell whether keywords for numbers apply to a value."""
    kind = type(value)
    return kind is int or kind is float or (kind is Number and type_name(value) != "string")


def exact(value: int | float | Number) -> Decimal:
    """Return the number that was written."""
    if type(value) is Number:
        return Decimal(value.text)
    return Decimal(value) if type(value) is int else Decimal(repr(value))


def is_multiple(value: int | float | Number, divisor: Decimal) -> bool:
    """Tell whether a number is a multiple. A whole number is rounded to a double first, as the validator does.

    :raises OverflowError: when the number is too large to tell
    """
    if divisor == 0:
        return True
    number = Decimal(repr(float(exact(value)))) if type_name(value) == "integer" else exact(value)
    if number == 0:
        return True
    lowest = min(_exponent(number), _exponent(divisor))
    if not number.is_finite() or max(number.adjusted(), divisor.adjusted()) - lowest > _MOST_DIGITS:
        raise OverflowError(f"too many digits to divide {value} by {divisor}")
    return _scaled(number, lowest) % _scaled(divisor, lowest) == 0


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _scaled(number: Decimal, lowest: int) -> int:
    digits = int("".join(map(str, number.as_tuple().digits)) or "0")
    scale: int = 10 ** (_exponent(number) - lowest)
    return digits * scale


def number_shown(value: int | float) -> str:
    """Write a number of a schema as Java does."""
    return str(value) if type(value) is int else plain_double(value)


def plain_double(value: float) -> str:
    """Write a double as Java does."""
    return java_layout(repr(value))


def identity(value: Any) -> Hashable:
    """Return what equal values share: ``1`` and ``1.0`` are different, ``1.0`` and ``1.00`` are not."""
    if type(value) is dict:
        return ("object", frozenset((key, identity(child)) for key, child in value.items()))
    if type(value) is list:
        return ("array", tuple(map(identity, value)))
    name = type_name(value)
    if name in ("integer", "number"):
        return (name, exact(value))
    return (name, value)


def loose_identity(value: Any) -> Hashable:
    """Return what values share that are equal at the top of an enumeration, where ``1`` is ``1.0``."""
    return ("number", exact(value)) if is_a_number(value) else identity(value)
