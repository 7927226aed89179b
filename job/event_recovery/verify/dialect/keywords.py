"""The keywords that look at one value alone: its type, its size, its text, its number."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from event_recovery.javaregex import MatchTimeout, PatternError, compile_pattern
from event_recovery.text.jsontext import no_spaces
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check, Report, Reports, UnusableSchema
from event_recovery.verify.dialect.values import (
    exact,
    identity,
    is_a_number,
    is_multiple,
    loose_identity,
    number_shown,
    plain_double,
    type_name,
)

Schema = Mapping[str, Any]

_PYTHON_TYPES: Final = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def type_check(expected: Any, *, nullable: bool, union_is_type: bool) -> Check:
    """Check the type; an ``integer`` is a ``number`` too.

    :param nullable: whether null is of every type
    :param union_is_type: whether a list of types is reported as the keyword ``type``, as younger validators do
    """
    if isinstance(expected, list):
        return _union_check(expected, nullable=nullable, union_is_type=union_is_type)
    kind = _PYTHON_TYPES.get(expected)

    def check(value: Any) -> Reports:
        if kind is not None:
            if type(value) is kind:
                return None
        elif fits(type_name(value), expected):
            return None
        if value is None and nullable:
            return None
        found = type_name(value)
        return [Report("", f": {found} found, {expected} expected", "type", (found, expected))]

    return check


def fits(name: str, expected: str) -> bool:
    """Tell whether a value of one type is also of another."""
    return name == expected or (expected == "number" and name == "integer")


def _union_check(expected: list[Any], *, nullable: bool, union_is_type: bool) -> Check:
    names = frozenset(expected)
    shown = f"[{', '.join(map(str, expected))}]"

    def check(value: Any) -> Reports:
        found = type_name(value)
        if found in names or (found == "integer" and "number" in names) or (value is None and nullable):
            return None
        if union_is_type:
            return [Report("", f": {found} found, {shown} expected", "type", (found, shown))]
        return [Report("", f": {found} found, but {shown} is required", "unionType", (found, shown))]

    return check


def enum_check(options: Any, schema: Schema) -> Check | None:
    """Check that the value is one of some."""
    nullable = schema.get("nullable") is True
    allowed = frozenset(map(loose_identity, options)) | (frozenset(map(loose_identity, [None])) if nullable else set())
    shown = f"[{', '.join([*map(_shown, options), *(['null'] if nullable else [])])}]"
    texts = frozenset(option for option in options if type(option) is str)

    def check(value: Any) -> Reports:
        if (value in texts) if type(value) is str else (loose_identity(value) in allowed):
            return None
        return [Report("", f": does not have a value in the enumeration {shown}", "enum", (shown,))]

    return check


def _shown(option: Any) -> str:
    if type(option) is str:
        return option
    return "" if isinstance(option, dict | list) else no_spaces(option)


def most_length_check(limit: Any, schema: Schema) -> Check | None:
    """Check that a text is not too long, in code points."""
    report = Report("", f": may only be {limit} characters long", "maxLength", (str(limit),))

    def check(value: Any) -> Reports:
        return [report] if type(value) is str and len(value) > limit else None

    return check


def least_length_check(limit: Any, schema: Schema) -> Check | None:
    """Check that a text is not too short, in code points."""
    report = Report("", f": must be at least {limit} characters long", "minLength", (str(limit),))

    def check(value: Any) -> Reports:
        return [report] if type(value) is str and len(value) < limit else None

    return check


def pattern_check(pattern: Any, patience: Patience) -> Check | None:
    """Check that a Java pattern is found in a text.

    :raises UnusableSchema: when the pattern is none
    """
    found_in = finder(pattern, patience)
    report = Report("", f": does not match the regex pattern {pattern}", "pattern", (pattern,))

    def check(value: Any) -> Reports:
        return None if type(value) is not str or found_in(value) else [report]

    return check


def finder(pattern: str, patience: Patience) -> Callable[[str], bool]:
    """Return what tells whether a Java pattern is found in a text.

    :raises UnusableSchema: when the pattern is none
    """
    try:
        compiled = compile_pattern(pattern)
    except PatternError as error:
        raise UnusableSchema(f"its pattern cannot be used: {error}") from error

    # Schema URIs and codes come again and again.
    known: dict[str, bool] = {}

    def found_in(text: str) -> bool:
        found = known.get(text)
        if found is None:
            if len(text) > _SHORT:
                return patience.spend(lambda: compiled.found_in(text))
            if len(known) >= _KEPT:
                known.clear()
            try:
                found = known[text] = compiled.found_in(text)
            except MatchTimeout as expired:
                patience.lose(expired.seconds)
                raise
        return found

    return found_in


# For a short text a clock costs more than most patterns; one that its own limit ends is counted all the same.
_SHORT: Final = 80
_KEPT: Final = 256


def _limit_check(keyword: str, limit: Any, schema: Schema, refused: Callable[[Any, Any], bool]) -> Check:
    shown = number_shown(limit)
    report = Report("", f": must have a {keyword} value of {shown}", keyword, (shown,))
    written = exact(limit)
    # Where the schema wants whole numbers, the validator compares without what is behind the point.
    whole = schema.get("type") == "integer" and type(limit) is int

    def check(value: Any) -> Reports:
        kind = type(value)
        if kind is int or (kind is float and not whole):
            return [report] if refused(value, limit) else None
        if not is_a_number(value):
            return None
        number = exact(value)
        return [report] if refused(number.to_integral_value(ROUND_DOWN) if whole else number, written) else None

    return check


def minimum_check(limit: Any, schema: Schema) -> Check | None:
    """Check that a number is not too small."""
    if schema.get("exclusiveMinimum") is True:
        return _limit_check("minimum", limit, schema, operator.le)
    return _limit_check("minimum", limit, schema, operator.lt)


def maximum_check(limit: Any, schema: Schema) -> Check | None:
    """Check that a number is not too large."""
    if schema.get("exclusiveMaximum") is True:
        return _limit_check("maximum", limit, schema, operator.ge)
    return _limit_check("maximum", limit, schema, operator.gt)


def multiple_check(divisor: Any, schema: Schema) -> Check | None:
    """Check that a number is a multiple."""
    double = float(divisor)
    shown = plain_double(double)
    written = Decimal(repr(double))
    report = Report("", f": must be multiple of {shown}", "multipleOf", (shown,))

    def check(value: Any) -> Reports:
        return None if not is_a_number(value) or is_multiple(value, written) else [report]

    return check


def _count_check(keyword: str, kind: type[list[Any]] | type[dict[str, Any]], limit: Any, text: str) -> Check:
    report = Report("", text, keyword, (str(limit),))
    at_least = keyword.startswith("min")

    def check(value: Any) -> Reports:
        if type(value) is not kind:
            return None
        size = len(value)
        return [report] if (size < limit if at_least else size > limit) else None

    return check


def least_items_check(limit: Any, schema: Schema) -> Check | None:
    """Check that an array has enough elements."""
    return _count_check("minItems", list, limit, f": there must be a minimum of {limit} items in the array")


def most_items_check(limit: Any, schema: Schema) -> Check | None:
    """Check that an array has not too many elements."""
    return _count_check("maxItems", list, limit, f": there must be a maximum of {limit} items in the array")


def least_properties_check(limit: Any, schema: Schema) -> Check | None:
    """Check that an object has enough keys."""
    return _count_check("minProperties", dict, limit, f": should have a minimum of {limit} properties")


def most_properties_check(limit: Any, schema: Schema) -> Check | None:
    """Check that an object has not too many keys."""
    return _count_check("maxProperties", dict, limit, f": may only have a maximum of {limit} properties")


def unique_check(wanted: Any, schema: Schema) -> Check | None:
    """Check that no element of an array is there twice."""
    if wanted is not True:
        return None
    report = Report("", ": the items in the array must be unique", "uniqueItems")

    def check(value: Any) -> Reports:
        return [report] if type(value) is list and len(set(map(identity, value))) < len(value) else None

    return check


#: Builders that need nothing but the keyword's value and the schema that it stands in.
PLAIN: Final[Mapping[str, Callable[[Any, Schema], Check | None]]] = {
    "enum": enum_check,
    "maxLength": most_length_check,
    "minLength": least_length_check,
    "minimum": minimum_check,
    "maximum": maximum_check,
    "multipleOf": multiple_check,
    "minItems": least_items_check,
    "maxItems": most_items_check,
    "minProperties": least_properties_check,
    "maxProperties": most_properties_check,
    "uniqueItems": unique_check,
}
