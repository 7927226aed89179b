"""A schema as a type that a library reads JSON as.

What can be read so surely fits, and takes no longer than any reading. What cannot be is checked as ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

import msgspec

from event_recovery.verify.dialect.combining import texts_check
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.reports import Check, UnusableSchema

#: Keywords of which no type is made.
_UNSHAPED: Final = frozenset(
    "$ref allOf anyOf oneOf not dependencies patternProperties minProperties maxProperties multipleOf uniqueItems "
    "nullable".split()
)
#: Those of which one is.
_SHAPED: Final = frozenset(
    "type enum minLength maxLength pattern format minimum maximum minItems maxItems items properties required "
    "additionalProperties".split()
)
#: Those that texts are still checked by. The library has patterns of its own, but frees what it should not where a text
#: with one may also be an array or an object.
_BY_CHECKS: Final = frozenset({"pattern", "format"})
# With the envelopes around them, less than any depth at which JSON is refused.
_DEEPEST: Final = 20
_MOST_BRACKETS: Final = 30
# Up to these, numbers are the same as doubles.
_LIMITS: Final = range(-(2**53), 2**53 + 1)
_MINUS_ZERO: Final = re.compile(rb"-0(?:[\s,\]}]|\Z)")


class _NoShape(Exception):  # noqa: N818 - not a fault
    """There is no type that only takes what the schema does."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of JSON text surely fits a schema."""

    _decoder: msgspec.json.Decoder[Any]
    _is_open: bool
    _may_be_zero: bool

    def fits(self, data: bytes) -> bool:
        """Tell whether a text is surely JSON, of no more than some levels, that fits."""
        try:
            self._decoder.decode(data)
        # Besides what the library says, a text may nest too deeply, and the pattern of a property take too long.
        except (msgspec.DecodeError, ValueError, RecursionError, TimeoutError):
            return False
        if self._may_be_zero and _MINUS_ZERO.search(data):
            return False  # to the validator that is no integer
        return not (self._is_open and is_maybe_deep(data))


def is_maybe_deep(data: bytes) -> bool:
    """Tell whether a JSON text may nest deeper than some levels, few enough for any Enrich."""
    return data.count(b"[") + data.count(b"{") > _MOST_BRACKETS


def shape_of(compiler: Compiler) -> Shape | None:
    """Make the shape of the schema that a compiler is for; None when there is none."""
    made = _Shaper(compiler)
    try:
        decoder = msgspec.json.Decoder(made.of(compiler.root, 0))
    # The library refuses some names of properties and numbers beyond 64 bits.
    except (_NoShape, UnusableSchema, ValueError, TypeError, OverflowError, TimeoutError):
        return None
    return Shape(decoder, made.is_open, made.may_be_zero)


@dataclass(slots=True)
class _Shaper:
    compiler: Compiler
    #: Whether there is a place that may hold anything.
    is_open: bool = field(default=False, init=False)
    #: Whether there is a place for an integer that may be 0.
    may_be_zero: bool = field(default=False, init=False)

    def of(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, Mapping) or depth > _DEEPEST or not _UNSHAPED.isdisjoint(schema):
            raise _NoShape
        if _SHAPED.isdisjoint(schema):
            self.is_open = True
            return msgspec.Raw
        if "enum" in schema:
            return self._option(schema)
        named = schema.get("type", ())
        kinds = {named} if isinstance(named, str) else set(named)
        if "number" in kinds:
            kinds.discard("integer")
        types = [self._of_kind(kind, schema, depth) for kind in sorted(kinds)]
        if not types:
            raise _NoShape
        return reduce(or_, types)

    def _option(self, schema: Mapping[str, Any]) -> Any:
        check = self.compiler.compile(schema)
        options = [one for one in schema["enum"] if (one is None or type(one) is str) and not check(one)]
        if not options:
            raise _NoShape
        return Literal[tuple(options)]

    def _of_kind(self, kind: str, schema: Mapping[str, Any], depth: int) -> Any:
        match kind:
            case "null":
                return None
            case "boolean":
                return bool
            case "string" if _BY_CHECKS.isdisjoint(schema):
                return Annotated[str, _sizes(schema, "minLength", "maxLength")]
            case "integer":
                self.may_be_zero = self.may_be_zero or not schema.get("minimum", 0) > 0
                return _bounded(int, schema)
            case "number":
                return _bounded(int, schema) | _bounded(float, schema)
            case "array":
                return self._array(schema, depth)
            case "object":
                return self._object(schema, depth)
        raise _NoShape

    def _array(self, schema: Mapping[str, Any], depth: int) -> Any:
        element = self.of(schema.get("items", {}), depth + 1)
        return Annotated[list[element], _sizes(schema, "minItems", "maxItems")]  # type: ignore[valid-type]

    def _object(self, schema: Mapping[str, Any], depth: int) -> Any:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        others = schema.get("additionalProperties", True)
        if not properties.keys() >= set(required):
            raise _NoShape
        if isinstance(others, Mapping):
            if properties:
                raise _NoShape
            return dict[str, self.of(others, depth + 1)]  # type: ignore[misc]
        self.is_open = self.is_open or others is True
        fields, names, checks = [], {}, []
        for place, (name, child) in enumerate(properties.items()):
            attribute = f"p{place}"
            kind, check = self._property(child, depth + 1)
            names[attribute] = name
            fields.append((attribute, kind) if name in required else (attribute, kind, None))
            if check is not None:
                checks.append((attribute, check))
        return msgspec.defstruct(
            "Object",
            fields,
            rename=names,
            forbid_unknown_fields=others is False,
            kw_only=True,
            gc=False,
            namespace={"__post_init__": texts_check(checks)} if checks else None,
        )

    def _property(self, schema: Any, depth: int) -> tuple[Any, Check | None]:
        """Return the type of a property, and what its texts are still held to."""
        if not isinstance(schema, Mapping) or "enum" in schema or _BY_CHECKS.isdisjoint(schema):
            return self.of(schema, depth), None
        if "type" not in schema:
            raise _NoShape
        others = {name: value for name, value in schema.items() if name not in _BY_CHECKS}
        return self.of(others, depth), self.compiler.compile_by_type(schema, {})[str]


def _sizes(schema: Mapping[str, Any], least: str, most: str) -> msgspec.Meta:
    return msgspec.Meta(min_length=schema.get(least), max_length=schema.get(most))


def _bounded(kind: type, schema: Mapping[str, Any]) -> Any:
    """Make the type of numbers within bounds.

    What is written of a number may be rounded to a bound from beyond it, so no double may be one.
    """
    bounds: dict[str, Any] = {}
    for keyword, exclusive, within, inside in (
        ("minimum", "exclusiveMinimum", "ge", "gt"),
        ("maximum", "exclusiveMaximum", "le", "lt"),
    ):
        limit = schema.get(keyword)
        if limit is not None:
            if type(limit) is not int or limit not in _LIMITS:
                raise _NoShape
            bounds[inside if kind is float or schema.get(exclusive) is True else within] = kind(limit)
    return Annotated[kind, msgspec.Meta(**bounds)]
