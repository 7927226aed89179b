"""Rows of kinds of failure that are known beforehand, each with its kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from generator import payloads
from generator.badrows import BUILDERS, Drawn
from generator.entities import sound
from generator.kinds import Known
from generator.known import INNER_FAILURE, KNOWN
from generator.slots import Template, values
from generator.stream import START

_VARIANTS = 8
_BUILDERS: Mapping[str, str] = dict.fromkeys(
    ("relay_failure", "snowflake_error", "event_forwarding_error"), "unknown_type"
)
_ARTIFACTS: Mapping[str, str] = {
    "size_violation": "ssc",
    "loader_runtime_error": "snowplow-rdb-loader",
    "loader_recovery_error": "snowplow-rdb-loader",
    "generic_error": "enrich-kinesis",
    **dict.fromkeys(_BUILDERS, "snowbridge"),
}


def known_rows(count: int, *, seed: int, products: int = 2) -> Iterator[tuple[Known, bytes]]:
    """Yield rows with their kinds, the first kinds more often than the last, the same for the same seed.

    :param products: how many entities an event has, of about 300 bytes each
    """
    rng = Random(f"known {seed}")
    weights = [1 / (place + 3) for place in range(len(KNOWN))]
    start_ms = int(START.timestamp() * 1000)
    templates: dict[tuple[int, int], Template] = {}
    for number in range(count):
        kind = number if number < len(KNOWN) else rng.choices(range(len(KNOWN)), weights=weights)[0]
        place = kind, rng.randrange(_VARIANTS)
        if place not in templates:
            templates[place] = _template(KNOWN[kind], Random(f"{seed} {place}"), products)
        yield KNOWN[kind], templates[place].fill(values(rng, start_ms + number * 86_400_000 // max(count, 1)))


def _template(known: Known, rng: Random, products: int) -> Template:
    failure = known.failure(rng)
    if not known.type:
        text = failure if isinstance(failure, str) else json.dumps(failure)
        return Template.of(text.encode())
    drawn = None
    # Of the types that share a builder, and of a recovery error's inner row, it is drawn which one it is.
    while drawn is None or not _fits(known, drawn, failure):
        event = payloads.event(rng, products, lean=False, sparse=False)
        parameters = sound(event.parameters)
        event = replace(event, parameters=known.event(rng, parameters) if known.event else parameters, sound=True)
        drawn = BUILDERS[_BUILDERS.get(known.type, known.type)](rng, event)
    document = drawn.document
    document["data"]["failures" if known.type == "snowflake_error" else "failure"] = failure
    if known.type == "recovery_error":
        document["data"]["payload"]["data"]["failure"] = INNER_FAILURE(rng)
    if known.payload is not None:
        known.payload(rng, document["data"]["payload"])
    if known.type in _ARTIFACTS:
        document["data"]["processor"]["artifact"] = _ARTIFACTS[known.type]
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Template.of(text.encode(), embedded=drawn.embedded, rounds=drawn.rounds)


def _fits(known: Known, drawn: Drawn, failure: object) -> bool:
    document = drawn.document
    if known.type == "recovery_error":
        return "/schema_violations/" in document["data"]["payload"]["schema"]
    if known.type == "collector_payload_format_violation":
        # Only what was encoded twice cannot be read as a struct.
        return (drawn.rounds == 2) == ("Unrecognized type" in str(failure))
    return f"/{known.type}/" in document["schema"]
