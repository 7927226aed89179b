"""What Java said of made-up schemas, values and texts: the validator that Enrich uses, and the JDK."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from event_recovery.text.javauri import UriSyntaxError, parse_uri
from event_recovery.text.jsontext import parse
from event_recovery.verify.collector import is_java_uuid
from event_recovery.verify.converters import decimal_fault, java_whole
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.shapes import shape_of
from event_recovery.verify.generations import Generation

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
SHOWN = 5


def lines(name: str) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress((HERE / name).read_bytes()).splitlines()]


@pytest.mark.parametrize(("version", "enrich", "count"), [("1.0.70", "3.9", 6_000), ("1.0.76", "4.0", 3_000)])
def test_values_are_refused_in_the_words_of_the_validator(version: str, enrich: str, count: int) -> None:
    generation = Generation.parse(enrich)
    cases = lines(f"schemas-{version}.jsonl.gz")
    assert len(cases) > count
    different = []
    short, good = 0, 0
    for schema_text, value, answer in cases:
        schema = json.loads(schema_text)
        compiler = Compiler(schema, generation, Patience())
        reports = compiler.compile(schema)(parse(value))
        ours = {json.dumps(report.as_json(), sort_keys=True) for report in reports or ()}
        theirs = {json.dumps(report, sort_keys=True) for report in answer["reports"]}
        good += not theirs
        if (shape := shape_of(compiler)) is not None and shape.fits(value.encode()):
            short += 1
            assert not theirs, (schema_text, value)
        if ours != theirs:
            different.append((schema_text, value, sorted(ours - theirs), sorted(theirs - ours)))
    assert not different[:SHOWN], f"{len(different)} of {len(cases)} differ"
    assert short > good * 0.3, "the short cut is hardly ever taken"


def read(kind: str, text: str) -> str:
    """Answer as TextOracle does, without the words where ours are never shown."""
    match kind:
        case "uri":
            try:
                uri = parse_uri(text)
            except UriSyntaxError as error:
                return f"!{error}"
            parts = (uri.scheme, uri.host, uri.path, uri.query, uri.fragment)
            return "=" + "".join("-\n" if part is None else f"+{part}\n" for part in parts)
        case "decimal":
            fault = decimal_fault(text)
            return "=" if fault is None else f"!{fault}"
        case "integer":
            number = java_whole(text, range(-(2**31), 2**31))
            return "!" if number is None else f"={number}"
        case _:
            return "=" if is_java_uuid(text) else "!"


def test_texts_are_read_as_java_reads_them() -> None:
    cases = lines("texts.jsonl.gz")
    assert len(cases) > 4_000
    different = []
    for kind, text, answer in cases:
        expected = answer if kind in ("uri", "decimal") or (kind == "integer" and answer[0] == "=") else answer[0]
        if read(kind, text) != expected:
            different.append((kind, text, read(kind, text), expected))
    assert not different[:SHOWN], f"{len(different)} of {len(cases)} differ"
