"""Decoders: plain functions that check a JSON value, and give it back as the reference would print it again.

A decoder takes a value and the path to it, and returns the normalised value; all of them raise ``DecodeError`` for a
value of another shape. A path is a chain of ``(move, parent)`` pairs, latest move first, as the reference prints it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from event_recovery._compiled import COMPILED
from event_recovery.iglu import uris
from event_recovery.text import timestamps
from event_recovery.text.fixed_forms import is_uuid
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.text.numbers import float32_number, is_number, number_text, to_double, whole_number

Cursor: TypeAlias = "tuple[str, Any] | None"
Decoder: TypeAlias = Callable[[Json, Cursor], Json]
Fields: TypeAlias = Mapping[str, Decoder]

_ABSENT: Final = object()

#: Bounds of whole numbers.
INT32: Final = range(-(2**31), 2**31)
INT8: Final = range(-128, 128)
# As many digits always fit 32 bits.
_USUAL_DIGITS: Final = 9

_PLAIN_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_UUID_LENGTH: Final = 36


class DecodeError(ValueError):
    """A value does not have the shape it should have; the message ends with the path to it.

    The message is put together when it is asked for, because most faults only mean that another shape is tried.
    """

    def __init__(self, reason: str, path: Cursor) -> None:
        super().__init__(reason, path)
        self.reason, self.path = reason, path

    def __str__(self) -> str:
        moves, path = [], self.path
        while path is not None:
            move, path = path
            moves.append(move)
        return f"{self.describe()}: {','.join(moves)}"

    def describe(self) -> str:
        """Say what is wrong, without the path."""
        return self.reason


class MissingFieldError(DecodeError):
    """A required field is absent."""


class WrongTypeError(DecodeError):
    """A value is of another JSON type than expected."""

    def __init__(self, value: Json, expected: str, path: Cursor) -> None:
        super().__init__(expected, path)
        self.value = value

    def describe(self) -> str:
        """Show the value and the type expected."""
        return f"Got value '{no_spaces(self.value)}' with wrong type, expecting {self.reason}"


def down(field: str, path: Cursor) -> Cursor:
    """Extend a path by the move to a field."""
    return (f"DownField({field})", path)


def string(value: Json, path: Cursor) -> Json:
    """Accept a JSON string."""
    if type(value) is not str:
        raise WrongTypeError(value, "string", path)
    return value


def anything(value: Json, _path: Cursor) -> Json:
    """Accept any value as it is."""
    return value


def literal(*allowed: str) -> Decoder:
    """Accept one of some strings."""

    def decode(value: Json, path: Cursor) -> Json:
        if value not in allowed:
            raise WrongTypeError(value, " or ".join(allowed), path)
        return value

    return decode


def integer(bounds: range) -> Decoder:
    """Accept a whole number within bounds, or a string holding one."""

    def decode(value: Json, path: Cursor) -> Json:
        if type(value) is int and value in bounds:
            return value
        text = value if type(value) is str else number_text(value) if is_number(value) else None
        whole: int | None = None
        if text is not None and _is_usual(text):
            number = int(text)
            whole = number if number in bounds else None
        elif text is not None and _JSON_NUMBER.fullmatch(text):
            whole = whole_number(text, bounds)
        if whole is None:
            raise DecodeError("Int" if bounds is INT32 else "Byte", path)
        return whole

    return decode


def _is_usual(text: str) -> bool:
    """Tell a whole number as almost all are written, which needs neither a regex nor a decimal to be read."""
    return len(text) <= _USUAL_DIGITS and text.isdigit() and text.isascii() and (text[0] != "0" or len(text) == 1)


_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def float32(value: Json, path: Cursor) -> Json:
    """Accept a number or a string holding one, rounded to 32 bits; beyond that range it becomes null."""
    if is_number(value):
        return float32_number(to_double(value))
    if type(value) is str:
        check_float32(value, path)
        return float32_number(float(value))
    raise DecodeError("Float", path)


def check_float32(text: str, path: Cursor) -> None:
    """Check that a text holds a number; to round it takes twenty times as long."""
    if not _JSON_NUMBER.fullmatch(text):
        raise DecodeError("Float", path)


def uuid(value: Json, path: Cursor) -> Json:
    """Accept a UUID grouped 8-4-4-4-12, and return it in lower case."""
    if type(value) is not str or len(value) != _UUID_LENGTH:
        raise WrongTypeError(value, "string", path)
    text: str = value
    if not is_plain_uuid(text):
        raise DecodeError("Couldn't decode a valid UUID", path)
    return text.lower()


def is_plain_uuid(text: str) -> bool:
    """Tell whether a text is a UUID in its usual form."""
    return is_uuid(text) if COMPILED else _PLAIN_UUID(text) is not None


def instant(value: Json, path: Cursor) -> Json:
    """Accept an ISO-8601 instant, normalised."""
    try:
        return timestamps.normalise_instant(string(value, path))
    except timestamps.TimestampError as error:
        raise DecodeError(str(error), path) from None


def date_time(value: Json, path: Cursor) -> Json:
    """Accept a collector timestamp, normalised."""
    try:
        return timestamps.normalise_date_time(string(value, path))
    except timestamps.TimestampError as error:
        raise DecodeError(str(error), path) from None


def schema_key(value: Json, path: Cursor) -> Json:
    """Accept a full Iglu URI."""
    try:
        return uris.parse_uri(string(value, path)).uri
    except uris.SchemaUriError as error:
        raise DecodeError(f"Cannot decode {value} as SchemaKey, {error}", path) from None


def schema_criterion(value: Json, path: Cursor) -> Json:
    """Accept an Iglu URI whose version parts may be ``*``."""
    if not uris.is_criterion(string(value, path)):
        raise DecodeError(f"Cannot decode {value} as SchemaCriterion", path)
    return value


@dataclass(frozen=True, slots=True)
class Nullable:
    """Accept null, and (inside ``record``) an absent field, as null."""

    decode: Decoder

    def __call__(self, value: Json, path: Cursor) -> Json:
        """Decode anything but null."""
        return None if value is None else self.decode(value, path)


def optional(decode: Decoder) -> Nullable:
    """Make a decoder's field one that may be absent or null."""
    return Nullable(decode)


class record:  # noqa: N801 - used like the other decoders, which are functions
    """Accept an object with these fields; unknown ones are dropped, and the declared order is kept.

    :param finish: makes of the decoded object what it is to be
    """

    __slots__ = ("_finish", "_items", "_required")

    def __init__(self, fields: Fields, finish: Callable[[dict[str, Json]], Json] | None = None) -> None:
        self._finish = finish
        self._items: list[tuple[str, Decoder, bool, bool, str]] = []
        for name, decode in fields.items():
            may_lack = isinstance(decode, Nullable)
            inner = decode.decode if isinstance(decode, Nullable) else decode
            self._items.append((name, inner, may_lack, inner is string, f"DownField({name})"))
        self._required = [name for name, _, may_lack, _, _ in self._items if not may_lack]

    def __call__(self, value: Json, path: Cursor) -> Json:
        """Decode every field."""
        if type(value) is not dict:
            raise WrongTypeError(value, "object", path)
        result: dict[str, Json] = {}
        for name, decode, may_lack, is_text, move in self._items:
            child = value.get(name, _ABSENT)
            if is_text and type(child) is str:  # almost always, and then without a path to it
                result[name] = child
            elif may_lack and (child is None or child is _ABSENT):
                result[name] = None
            elif child is _ABSENT:
                raise MissingFieldError("Missing required field", (move, path))
            else:
                result[name] = decode(child, (move, path))
        return result if self._finish is None else self._finish(result)

    def may_fit(self, value: Json) -> bool:
        """Tell at little cost whether a value has the required fields."""
        if type(value) is not dict:
            return False
        for name in self._required:  # noqa: SIM110 - compiled, a loop takes a third of the time
            if name not in value:
                return False
        return True


def list_of(decode: Decoder, *, non_empty: bool = False) -> Decoder:
    """Accept an array of one kind of element."""

    def decode_list(value: Json, path: Cursor) -> Json:
        if type(value) is not list or (non_empty and not value):
            raise WrongTypeError(value, "array", path)
        result, position = [], ("DownArray", path)
        for element in value:
            result.append(decode(element, position))
            position = ("MoveRight", position)
        return result

    return decode_list


def mapping_of(decode: Decoder) -> Decoder:
    """Accept an object of any keys with one kind of value."""

    def decode_mapping(value: Json, path: Cursor) -> Json:
        if type(value) is not dict:
            raise WrongTypeError(value, "object", path)
        return {key: decode(child, down(key, path)) for key, child in value.items()}

    return decode_mapping


def first_of(*alternatives: Decoder) -> Decoder:
    """Accept the first shape that fits; report the fault of the last."""

    def decode_first(value: Json, path: Cursor) -> Json:
        for decode in alternatives[:-1]:
            if isinstance(decode, record) and not decode.may_fit(value):
                continue
            try:
                return decode(value, path)
            except DecodeError:
                continue
        return alternatives[-1](value, path)

    return decode_first


_pair = record({"name": string, "value": optional(string)})


def name_value_pairs(value: Json, path: Cursor) -> Json:
    """Accept a list of pairs, or an object of scalars, and return a list of ``{"name", "value"}``.

    Faults inside a pair are reported by the pair's own key alone, as the reference does.
    """
    if type(value) is list:
        if all(map(_is_normal_pair, value)):
            return value
        return [_pair(pair if type(pair) is dict else {}, None) for pair in value]
    if type(value) is not dict:
        raise WrongTypeError(value, "array", path)
    return [{"name": name, "value": _scalar_text(scalar, down(name, path))} for name, scalar in value.items()]


def _is_normal_pair(value: Json) -> bool:
    """Tell whether a value already is a pair as it would be printed, which is the common case by far."""
    return (
        type(value) is dict
        and len(value) == 2
        and type(value.get("name")) is str
        and (type(value.get("value", _ABSENT)) is str or value.get("value", _ABSENT) is None)
        and next(iter(value)) == "name"
    )


def _scalar_text(value: Json, path: Cursor) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) in (dict, list):
        raise WrongTypeError(value, "string", path)
    return no_spaces(value)
