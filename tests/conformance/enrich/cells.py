"""Events with one known fault each: every keyword and check, in every place where an event has it.

What is expected is written beside the fault, and not taken from the verifier.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support.verify.payloads import REQUIRED, TRACKER, contexts, encoded, entity, get, post, unstruct
from support.verify.registries import schema


@dataclass(frozen=True)
class Fault:
    """A schema for a property, a value that it refuses, and the report.

    :param path: below the property
    """

    keyword: str
    schema: dict[str, Any]
    value: Any
    targets: tuple[str, ...]
    path: str = ""
    reported: str = ""


_FORMATS = {
    "date-time": ("2026-01-31", "dateTime"),
    "date": ("2026-02-30", "dateTime"),
    "uuid": ("9e8a7b6c", "uuid"),
    "email": ("nobody", "format"),
}
_REGEX_FORMATS = {
    "ipv4": "1.2.3",
    "ipv6": "1::2::3",
    "hostname": "-a",
    "time": "noon",
    "uri": "no uri",
    "alpha": "1",
    "alphanumeric": "-",
    "phone": "1",
    "utc-millisec": "x",
}


def faults() -> Iterator[Fault]:
    """Yield one fault for each keyword, and for each kind of value that a keyword knows."""
    values = {"string": "x", "integer": 5, "number": 1.5, "boolean": True, "null": None, "array": [], "object": {}}
    for expected in values:
        for found, value in values.items():
            if found != expected and (found, expected) != ("integer", "number"):
                yield Fault("type", {"type": expected}, value, (found, expected))
    yield Fault("unionType", {"type": ["string", "null"]}, 5, ("integer", "[string, null]"))
    yield Fault("enum", {"enum": ["a", 1, None]}, "b", ("[a, 1, null]",))
    yield Fault("minLength", {"minLength": 3}, "é", ("3",))
    yield Fault("maxLength", {"maxLength": 1}, "é😀", ("1",))
    yield Fault("pattern", {"pattern": "^[A-Z]{3}$"}, "eur", ("^[A-Z]{3}$",))
    yield Fault("minimum", {"minimum": 3}, 2, ("3",))
    yield Fault("minimum", {"minimum": 3, "exclusiveMinimum": True}, 3, ("3",))
    yield Fault("maximum", {"maximum": 3}, 4, ("3",))
    yield Fault("maximum", {"maximum": 0.5, "exclusiveMaximum": True}, 0.5, ("0.5",))
    yield Fault("multipleOf", {"multipleOf": 0.1}, 0.15, ("0.1",))
    yield Fault("minItems", {"minItems": 1}, [], ("1",))
    yield Fault("maxItems", {"maxItems": 1}, [1, 2], ("1",))
    yield Fault("uniqueItems", {"uniqueItems": True}, [1, 1], ())
    yield Fault("items", {"items": [{}], "additionalItems": False}, [1, 2], ("1",))
    yield Fault("type", {"items": {"type": "string"}}, ["a", 1], ("integer", "string"), "[1]")
    yield Fault("minProperties", {"minProperties": 1}, {}, ("1",))
    yield Fault("maxProperties", {"maxProperties": 1}, {"a": 1, "b": 2}, ("1",))
    yield Fault("required", {"required": ["a"]}, {}, ("a",))
    yield Fault("additionalProperties", {"additionalProperties": False}, {"a": 1}, ("a",))
    yield Fault("type", {"additionalProperties": {"type": "string"}}, {"a": 1}, ("integer", "string"), ".a")
    yield Fault("type", {"properties": {"a": {"type": "string"}}}, {"a": 1}, ("integer", "string"), ".a")
    yield Fault("type", {"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1}, ("integer", "string"), ".ab")
    yield Fault("dependencies", {"dependencies": {"a": ["b"]}}, {"a": 1}, ("{a=[b]}",))
    yield Fault("not", {"not": {"type": "string"}}, "x", ('"not" : {"type":"string"}',))
    yield Fault("allOf", {"allOf": [{"minLength": 3}]}, "x", ("3",), reported="minLength")
    yield Fault("anyOf", {"anyOf": [{"minLength": 3}]}, "x", ("3",), reported="minLength")
    yield Fault("oneOf", {"oneOf": [{"type": "string"}, {"minLength": 1}]}, "x", ('{"type":"string"}{"minLength":1}',))
    yield Fault("$ref", {"$ref": "#/definitions/short"}, "long", ("2",), reported="maxLength")
    for name, (value, reported) in _FORMATS.items():
        yield Fault("format", {"format": name}, value, (value, name), reported=reported)
    for name, value in _REGEX_FORMATS.items():
        yield Fault("format", {"format": name}, value, (name,))


@dataclass(frozen=True)
class Cell:
    """A payload with one fault.

    :param report: schema, path, keyword and the first targets of the report that Enrich makes of it
    """

    name: str
    payload: bytes
    bad_row_type: str
    report: tuple[str, str, str, tuple[str, ...]]


def schemas() -> dict[str, Any]:
    """Return a schema for each fault, by its URI."""
    found: dict[str, Any] = {}
    for number, fault in enumerate(faults()):
        properties = {"v": fault.schema}
        found |= schema(f"fault_{number}", properties=properties, definitions={"short": {"maxLength": 2}})
    return found


def cells() -> Iterator[Cell]:
    """Yield each fault of a keyword in the event's own data and in its contexts, plain and encoded, and all others."""
    for number, fault in enumerate(faults()):
        bad, good = entity(f"fault_{number}", {"v": fault.value}), entity(f"fault_{number}", {})
        report = (bad["schema"], f"$.v{fault.path}", fault.reported or fault.keyword, fault.targets)
        sent = {
            "unstruct": get({"e": "ue", "ue_pr": unstruct(bad)}),
            "unstruct, encoded": get({"e": "ue", "ue_px": encoded(unstruct(bad))}),
            "context": get({"e": "pv", "co": contexts(good, bad)}),
            "context of a batch": post([REQUIRED | {"cx": encoded(contexts(bad, version="1-0-1"))}]),
        }
        for place, payload in sent.items():
            yield Cell(f"{number} {fault.keyword} in {place}", payload, "schema_violations", report)
    yield from _atomic()
    yield from _payload_data()


_WRONG = {
    **dict.fromkeys(("tid", "vid", "ti_qu", "pp_mix", "pp_max", "pp_miy", "pp_may"), "1.5"),
    **dict.fromkeys(("se_va", "ev_va", "tr_tt", "tr_tx", "tr_sh", "ti_pr"), "1,5"),
    **dict.fromkeys(("eid", "sid"), "1-2-3"),
    **dict.fromkeys(("dtm", "stm", "ttm"), "now"),
    **dict.fromkeys(("res", "vp", "ds"), "1x"),
    **dict.fromkeys("cookie f_pdf f_fla f_java f_dir f_qt f_realp f_wma f_gears f_ag".split(), "yes"),
    "e": "click",
    "p": "phone",
}
_TOO_LONG = {
    "aid": ("app_id", 255),
    "uid": ("user_id", 255),
    "duid": ("domain_userid", 128),
    "tnuid": ("network_userid", 128),
    "ua": ("useragent", 1000),
    "fp": ("user_fingerprint", 128),
    "ip": ("user_ipaddress", 128),
    "tna": ("name_tracker", 128),
    "tv": ("v_tracker", 100),
    "cv": ("v_collector", 100),
    "page": ("page_title", 2000),
    "cs": ("doc_charset", 128),
    "cd": ("br_colordepth", 12),
    "tz": ("os_timezone", 255),
    "lang": ("br_lang", 255),
    "se_ca": ("se_category", 1000),
    "se_la": ("se_label", 4096),
    "tr_cu": ("tr_currency", 3),
    "tr_id": ("tr_orderid", 255),
    "ti_cu": ("ti_currency", 3),
    "ti_nm": ("ti_name", 255),
}
#: Parameters that payload_data does not have.
_ONLY_IN_GET = ("cv", "ev_va")
_ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"


def _atomic() -> Iterator[Cell]:
    for name, value in _WRONG.items():
        report = (_ATOMIC, name, "atomic_field_parse_error", ())
        for how, payload in _sent(name, value):
            yield Cell(f"{name} that cannot be converted, {how}", payload, "schema_violations", report)
    for name, (field, most) in _TOO_LONG.items():
        report = (_ATOMIC, field, "atomic_field_length_exceeded", ())
        for how, payload in _sent(name, "x" * (most + 1)):
            yield Cell(f"{name} that is too long, {how}", payload, "schema_violations", report)


def _sent(name: str, value: str) -> Iterator[tuple[str, bytes]]:
    yield "GET", get({"e": "pv"} | {name: value})
    if name not in _ONLY_IN_GET:
        yield "POST", post([REQUIRED | {name: value}])


def _payload_data() -> Iterator[Cell]:
    for version in ("1-0-0", "1-0-1", "1-0-2", "1-0-3", "1-0-4"):
        key = f"iglu:{TRACKER}/payload_data/jsonschema/{version}"
        cases: dict[str, tuple[Any, tuple[str, str, tuple[str, ...]]]] = {
            "no array": ({}, ("$", "type", ("object", "array"))),
            "no event": ([], ("$", "minItems", ("1",))),
            "no object": ([5], ("$[0]", "type", ("integer", "object"))),
            "unknown parameter": ([REQUIRED | {"foo": "x"}], ("$[0]", "additionalProperties", ("foo",))),
            "null": ([REQUIRED | {"aid": None}], ("$[0].aid", "type", ("null", "string"))),
            "number": ([REQUIRED, REQUIRED | {"dtm": 1}], ("$[1].dtm", "type", ("integer", "string"))),
        }
        for name in REQUIRED:
            rest = {other: value for other, value in REQUIRED.items() if other != name}
            cases[f"no {name}"] = ([rest], ("$[0]", "required", (name,)))
        later = {"1-0-0": "ua", "1-0-1": "tnuid", "1-0-2": "sid", "1-0-3": "ttm"}
        if version in later:
            name = later[version]
            cases["a later parameter"] = ([REQUIRED | {name: "x"}], ("$[0]", "additionalProperties", (name,)))
        for what, (data, (path, keyword, targets)) in cases.items():
            report = (key, path, keyword, targets)
            yield Cell(f"payload_data {version}, {what}", post(data, version), "tracker_protocol_violations", report)


def recorded(cell: Cell) -> str:
    """Print a cell as a line of the recording."""
    schema_key, path, keyword, targets = cell.report
    return json.dumps([cell.name, cell.payload.hex(), cell.bad_row_type, schema_key, path, keyword, list(targets)])
