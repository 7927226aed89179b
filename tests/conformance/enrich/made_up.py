"""Made-up schemas of the vocabulary that real ones use, with values that nearly fit them, and texts for Java."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

_NAMES = ("id", "name", "price", "tags", "a", "b", "#c", "x y")
_TEXTS = (
    "",
    "a",
    "abc",
    "abcdef",
    "EUR",
    "é😀x",
    "SKU-12345",
    "2026-01-31",
    "2026-02-30",
    "2026-01-31T10:00:00Z",
    "2026-01-31T10:00Z",
    "2026-01-31 10:00:00.123+02:00",
    "2016-12-31T23:59:60Z",
    "2017-01-01T00:59:60+01:00",
    "2026-01-31T10:00:00.Z",
    "2026-01-31T10:00:00-00:00",
    "2026-01-31T10:00:00.1234567891Z",
    "2026-01-31t10:00:00z",
    "10:00:00",
    "25:99:99.5",
    "9e8a7b6c-1234-4abc-8def-001122334455",
    "9E8A7B6C-1234-4abc-8def-001122334455",
    "9e8a7b6c12344abc8def001122334455",
    "https://acme.example/a?b=c#d",
    "https://acme.example/a b",
    "//acme.example",
    "urn:x:y",
    "http://[::1]:80/",
    "info@acme.com",
    "info@acme.invalidtld",
    "a@b",
    '"a b"@acme.com',
    "a.@acme.com",
    " a@acme.com ",
    "jörg@bücher.de",
    "a@[1.2.3.4]",
    "a@[1.2.3.400]",
    "a@acme.com.",
    "1.2.3.4",
    "01.2.3.4",
    "1.2.3.256",
    "::1",
    "2001:db8::1",
    "fe80::1%eth0",
    "::ffff:1.2.3.4",
    "acme.example",
    "-acme.example",
    "acme..example",
    "P1D",
    "P1Y2M3DT4H5M6S",
    "P",
    "#fff",
    "red",
    "+49 301234567",
    "1.5",
)
_FORMATS = (
    *("date-time", "date", "uuid", "uri", "email", "ipv4", "ipv6", "hostname", "time", "duration", "strict-uri"),
    *("ip-address", "color", "alpha", "alphanumeric", "phone", "utc-millisec", "style", "regex", "json-pointer"),
)
_PATTERNS = ("^[A-Z]{3}$", "^SKU-[0-9]{5}$", "b", "^(a|b)+$", r"^\d+$", "(?i)^ABC$", "^.{2,4}$", r"\p{Lu}", "^$")
_NUMBERS = ("0", "1", "2", "3", "-1", "10", "99", "100", "1.0", "0.1", "0.3", "19.99", "1e3", "2.50", "1E-2")
_BIG_NUMBERS = ("9007199254740993", "123456789012345678901234567890", "9223372036854775808", "0.1000000000000001")
_TYPES = ("string", "integer", "number", "boolean", "null", "object", "array")


class Raw(str):
    """A number as it is written."""

    __slots__ = ()


def json_text(value: Any) -> str:
    """Print JSON with numbers as they are written."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(name)}:{json_text(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def pairs(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield schemas with values, both as JSON text."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        schema = _schema(chance, 3)
        for _ in range(chance.randrange(2, 6)):
            yield json_text(schema), json_text(_value(chance, schema, 3))
            made += 1


def _number(chance: random.Random) -> Raw:
    return Raw(chance.choice(_NUMBERS if chance.random() < 0.9 else _BIG_NUMBERS))


def _schema(chance: random.Random, depth: int) -> dict[str, Any]:
    roll = chance.random()
    if depth and roll < 0.08:
        keyword = chance.choice(("anyOf", "oneOf", "allOf"))
        return {keyword: [_schema(chance, depth - 1) for _ in range(chance.randrange(1, 4))]}
    if depth and roll < 0.1:
        return {"not": _schema(chance, depth - 1)}
    if roll < 0.16:
        options = [
            chance.choice(_TEXTS),
            Raw(chance.choice(("0", "2", "0.1", "19.99"))),
            None,
            True,
            [Raw("1")],
            {"a": Raw("1.0")},
        ]
        return {"enum": chance.sample(options, chance.randrange(1, 5))}
    kind = chance.choice(_TYPES if depth else _TYPES[:5])
    if depth == 3 and chance.random() < 0.7:
        kind = "object"
    schema: dict[str, Any] = {"type": kind}
    if chance.random() < 0.2:
        schema["type"] = chance.sample(_TYPES, chance.randrange(1, 4))
    elif chance.random() < 0.15:
        del schema["type"]
    _narrow(chance, kind, schema, depth)
    if chance.random() < 0.05:
        schema["nullable"] = chance.random() < 0.7
    return schema


def _narrow(chance: random.Random, kind: str, schema: dict[str, Any], depth: int) -> None:
    if kind == "string":
        _narrow_text(chance, schema)
    elif kind in ("integer", "number"):
        _narrow_number(chance, schema)
    elif kind == "array":
        _narrow_array(chance, schema, depth)
    elif kind == "object":
        _narrow_object(chance, schema, depth)


def _narrow_text(chance: random.Random, schema: dict[str, Any]) -> None:
    for keyword, share in (("minLength", 0.2), ("maxLength", 0.5)):
        if chance.random() < share:
            schema[keyword] = Raw(str(chance.randrange(7)))
    if chance.random() < 0.3:
        schema["pattern"] = chance.choice(_PATTERNS)
    if chance.random() < 0.4:
        schema["format"] = chance.choice(_FORMATS)


def _narrow_number(chance: random.Random, schema: dict[str, Any]) -> None:
    for keyword, switch in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if chance.random() < 0.4:
            schema[keyword] = Raw(chance.choice(("0", "1", "5", "10", "0.5", "-1", "9223372036854775807")))
            if chance.random() < 0.3:
                schema[switch] = chance.random() < 0.7
    if chance.random() < 0.2:
        schema["multipleOf"] = Raw(chance.choice(("1", "2", "3", "0.1", "0.01", "2.5")))


def _narrow_array(chance: random.Random, schema: dict[str, Any], depth: int) -> None:
    for keyword in ("minItems", "maxItems"):
        if chance.random() < 0.3:
            schema[keyword] = Raw(str(chance.randrange(4)))
    if chance.random() < 0.2:
        schema["uniqueItems"] = chance.random() < 0.8
    if depth and chance.random() < 0.7:
        schema["items"] = _schema(chance, depth - 1)
    elif depth and chance.random() < 0.5:
        schema["items"] = [_schema(chance, depth - 1) for _ in range(chance.randrange(1, 3))]
        if chance.random() < 0.6:
            schema["additionalItems"] = chance.choice((False, True, {"type": "string"}))


def _narrow_object(chance: random.Random, schema: dict[str, Any], depth: int) -> None:
    names = chance.sample(_NAMES, chance.randrange(1, 5))
    if depth:
        schema["properties"] = {name: _schema(chance, depth - 1) for name in names}
    if chance.random() < 0.5:
        schema["required"] = chance.sample(names, chance.randrange(1, len(names) + 1))
    if chance.random() < 0.5:
        schema["additionalProperties"] = chance.choice((False, False, True, {"type": "string", "maxLength": Raw("2")}))
    if chance.random() < 0.1:
        schema["patternProperties"] = {"^[ab]$": _schema(chance, 0)}
    for keyword, share in (("minProperties", 0.1), ("maxProperties", 0.1)):
        if chance.random() < share:
            schema[keyword] = Raw(str(chance.randrange(1, 4)))
    if chance.random() < 0.1:
        schema["dependencies"] = {names[0]: chance.choice((["a"], ["a", "b"], {"required": ["b"]}))}


def _value(chance: random.Random, schema: dict[str, Any], depth: int) -> Any:
    """Make a value that the schema may well take."""
    if chance.random() < 0.12:
        return _any_value(chance, depth)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema:
            return _value(chance, chance.choice(schema[keyword]), depth)
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kind = schema.get("type", "string" if "pattern" in schema or "format" in schema else "object")
    if isinstance(kind, list):
        kind = chance.choice(kind)
    if kind == "object":
        properties = schema.get("properties", {})
        value = {name: _value(chance, child, depth - 1) for name, child in properties.items() if chance.random() < 0.8}
        if chance.random() < 0.25:
            value[chance.choice(_NAMES)] = _any_value(chance, 0)
        return value
    if kind == "array":
        items = schema.get("items", {})
        kinds = items if isinstance(items, list) else [items] * chance.randrange(4)
        made = [_value(chance, one, depth - 1) for one in kinds]
        return made + made[:1] if chance.random() < 0.2 else made
    return _of_kind(chance, kind)


def _of_kind(chance: random.Random, kind: str) -> Any:
    if kind == "string":
        return chance.choice(_TEXTS)
    if kind == "integer":
        return Raw(str(chance.randrange(-2, 12))) if chance.random() < 0.8 else _number(chance)
    if kind == "number":
        return _number(chance)
    return chance.random() < 0.5 if kind == "boolean" else None


def _any_value(chance: random.Random, depth: int) -> Any:
    kind = chance.choice(_TYPES if depth > 0 else _TYPES[:5])
    if kind == "object":
        return {name: _any_value(chance, depth - 1) for name in chance.sample(_NAMES, chance.randrange(3))}
    if kind == "array":
        return [_any_value(chance, depth - 1) for _ in range(chance.randrange(3))]
    return _of_kind(chance, kind)


_URI_PIECES = (
    *"http:// https:// // / ? # : @ [ ] % %2 %41 %zz ; , = & + $ ! * ' ( ) . .. - _ ~ a acme.example 1 80 :80".split(),
    *("localhost", "1.2.3.4", "1.2.3.400", "[::1]", "[::1%eth0]", "[x]", "urn:", "mailto:", "1a:", ":99999999999", " "),
    *(
        "é",
        "日",
        "😀",
        "\u00a0",
        "\u2028",
        "\u200e",
        "|",
        "{",
        "}",
        '"',
        "<",
        ">",
        "\\",
        "^",
        "`",
        "\t",
        "\x01",
        "a-",
        "x.y.",
    ),
)
_DIGITS = (
    "0",
    "1",
    "9",
    "00",
    "12",
    ".",
    "-",
    "+",
    "e",
    "E",
    "e5",
    "E-3",
    " ",
    "x",
    ",",
    "٣",
    "1" * 19,
    "f",
    "e99999999999",
)


def formats() -> Iterator[tuple[str, str]]:
    """Yield a schema for each format with each text, both as JSON text."""
    for name in _FORMATS:
        for text in _TEXTS:
            yield json_text({"format": name}), json_text(text)


def texts(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield kinds of texts with texts of that kind, or nearly."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.choice(("uri", "uri", "uri", "decimal", "integer", "uuid"))
        if kind == "uri":
            text = "".join(chance.choices(_URI_PIECES, k=chance.randrange(8)))
            yield kind, text if chance.random() < 0.4 else f"http://acme.example/{text}"
        elif kind == "uuid":
            parts = ["".join(chance.choices("0123456789abcdefABCDEFgx+", k=chance.randrange(14))) for _ in range(5)]
            yield kind, "-".join(parts[: chance.choice((4, 5, 5, 5, 5))])
        else:
            yield kind, "".join(chance.choices(_DIGITS, k=chance.randrange(5)))
