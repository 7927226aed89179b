"""Check a JSON value against a draft-4 JSON Schema, and say what is wrong in words a config's author can act on."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from event_recovery.documents.problems import Problem, json_path
from event_recovery.text.shorten import shorten

_SHOWN_LENGTH = 80
_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} elements",
    "maxItems": "at most {} elements",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "minimum": "a number of at least {}",
    "maximum": "a number of at most {}",
    "multipleOf": "a multiple of {}",
    "format": "text in the format {}",
    "pattern": "text that matches {}",
}


class UnusableSchemaError(ValueError):
    """The schema itself is at fault: not a draft-4 schema, or one that refers to a schema outside itself."""


def schema_problems(schema: Mapping[str, Any], value: object, *, at: Sequence[str | int] = ()) -> list[Problem]:
    """List everything in a value that the schema refuses. Nothing is fetched.

    :param at: where the value stands in its document
    :raises UnusableSchemaError: when the schema is invalid, or refers to a schema outside itself
    """
    try:
        Draft4Validator.check_schema(schema)
        errors = list(Draft4Validator(schema, registry=Registry()).iter_errors(value))
    except SchemaError as error:
        raise UnusableSchemaError(f"not a draft-4 JSON Schema: at {error.json_path}: {error.message}") from error
    except Unresolvable as error:
        raise UnusableSchemaError(f"refers to {error.ref}, which is not part of it") from error
    # `required` is reported once per missing key, each time with all of them.
    return list(dict.fromkeys(problem for error in errors for problem in _explain(error, tuple(at))))


def shown(value: object) -> str:
    """Write a value as JSON text, cut when it is long."""
    return shorten(json.dumps(value, ensure_ascii=False, separators=(",", ":")), _SHOWN_LENGTH)


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """Write a hint when one of the known words looks like the one given, and nothing otherwise."""
    by_folded = {text.casefold(): text for text in known if isinstance(text, str)}
    close = get_close_matches(word.casefold(), by_folded, n=1) if isinstance(word, str) else []
    return f"; did you mean {shown(by_folded[close[0]])}?" if close else ""


def _explain(error: ValidationError, at: tuple[str | int, ...]) -> Iterator[Problem]:
    path = json_path((*at, *error.absolute_path))
    # Each of these may be left unset in errors made by hand, never in those of a validator.
    instance: Any = error.instance
    expected: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "required":
            for name in expected:
                if name not in instance:
                    yield Problem(path, f"the key `{name}` is missing")
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            for name in _unknown_keys(instance, schema):
                hint = did_you_mean(name, known)
                yield Problem(path, f"unknown key {shown(name)}, expected {_either(f'`{key}`' for key in known)}{hint}")
        case "enum":
            hint = did_you_mean(instance, expected) if len(expected) > 1 else ""
            yield Problem(
                path, f"expected {_either(shown(option) for option in expected)}, got {shown(instance)}{hint}"
            )
        case "type":
            yield Problem(path, f"expected {_kind(schema)}, got {shown(instance)}")
        case "anyOf" | "oneOf" if error.context:
            yield from _explain_alternatives(error, at)
        case "oneOf":
            yield Problem(path, f"fits more than one of the forms it may have, expected exactly one: {shown(instance)}")
        case "not":
            description = expected.get("description", "something else")
            yield Problem(path, f"expected a value {description}, got {shown(instance)}")
        case str(keyword) if keyword in _LIMITS:
            limit = _LIMITS[keyword].format(expected)
            limit = limit.removesuffix("s") if expected == 1 else limit
            yield Problem(path, f"expected {limit}{_described(schema)}, got {shown(instance)}")
        case _:
            yield Problem(path, f"{shorten(error.message, 300)}{_described(schema)}")


def _explain_alternatives(error: ValidationError, at: tuple[str | int, ...]) -> Iterator[Problem]:
    """Speak of the alternative the author most likely meant: one of the right type, with the least wrong at its top."""
    groups: dict[object, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        groups[inner.relative_schema_path[0]].append(inner)
    of_the_type = [group for group in groups.values() if not any(_is_top(inner, "type") for inner in group)]
    path = json_path((*at, *error.absolute_path))
    if not of_the_type:
        kinds = [_kind(_schema(inner)) for group in groups.values() for inner in group if _is_top(inner, "type")]
        yield Problem(path, f"expected {_either(dict.fromkeys(kinds))}, got {shown(error.instance)}")
        return
    if all(_is_top(inner, "required") for group in of_the_type for inner in group):
        required: list[Any] = [inner.validator_value for group in of_the_type for inner in group]
        names = dict.fromkeys(name for listed in required for name in listed)
        yield Problem(path, f"expected the key {_either(f'`{name}`' for name in names)}, got {_keys(error)}")
        return
    for inner in min(of_the_type, key=lambda group: sum(not each.relative_path for each in group)):
        yield from _explain(inner, at)


def _is_top(error: ValidationError, keyword: str) -> bool:
    return error.validator == keyword and not error.relative_path


def _unknown_keys(instance: Mapping[str, object], schema: Mapping[str, Any]) -> Iterator[str]:
    patterns = list(schema.get("patternProperties", {}))
    for name in instance:
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns):
            yield name


def _keys(error: ValidationError) -> str:
    # Only the names: the values of a repository's connection include its API key.
    instance: Any = error.instance
    return ", ".join(f"`{name}`" for name in instance) or "no keys"


def _schema(error: ValidationError) -> Any:
    return error.schema


def _kind(schema: Mapping[str, Any]) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    names = ("null" if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in types)
    return _either(names) + _described(schema)


def _described(schema: Mapping[str, Any]) -> str:
    # What a whole schema says of itself does not help with one value.
    return f" ({schema['description']})" if "description" in schema and "self" not in schema else ""


def _either(options: Iterable[str]) -> str:
    listed = list(options)
    return " or ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
