"""What it costs to tell whether Enrich would take an event, beside what the recovery of the same event's row costs.

Run by ``make bench``. ``--profile`` shows where the time goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from statistics import median
from typing import Any

from event_recovery import Recovery
from event_recovery._compiled import COMPILED
from event_recovery.verify import Verifier
from generator.badrows import BUILDERS
from generator.configs import realistic
from generator.payloads import event
from generator.slots import Template, values
from generator.values import UNPUBLISHED_CHECKOUT_SCHEMA
from rich.console import Console
from rich.table import Table
from support.verify.payloads import EVENT_ID, TRACKER, compact, contexts, encoded, entity, unstruct
from support.verify.registries import schema, verifier

from benchmarks.bench_engine import microseconds_a_row

SIZES = (2_500, 5_000, 15_000)
ENTITIES = (1, 4, 10)
#: Of a POST, each with one entity.
EVENTS = (1, 10)
_TEXT = {"type": "string", "maxLength": 4096}
#: As wide as what shops and apps send: texts, numbers, an enumeration, a pattern, formats, an object and an array.
_KEYWORDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^SKU-[0-9]{5}$"},
        "name": _TEXT,
        "price": {"type": "number", "minimum": 0},
        "currency": {"type": "string", "enum": ["EUR", "USD", "JPY"]},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 32767},
        "page": {"type": "string", "format": "uri"},
        "session": {"type": "string", "format": "uuid"},
        "seen": {"type": "string", "format": "date-time"},
        "description": {"type": ["string", "null"]},
        "filters": {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
        "tags": {"type": "array", "items": _TEXT, "maxItems": 20},
    },
    "required": ["id", "price", "currency"],
    "additionalProperties": False,
}
PRODUCT = schema("product", **_KEYWORDS)
CHECKOUT = schema("checkout", "1-0-1", **_KEYWORDS)


def product(number: int, description: str) -> dict[str, object]:
    """Make one entity that fits."""
    data = {
        "id": f"SKU-{number:05}",
        "name": f"Pfanne {number}",
        "price": 19.99,
        "currency": "EUR",
        "quantity": number + 1,
        "page": f"https://shop.acme.example/p/{number}",
        "session": EVENT_ID,
        "seen": "2026-01-31T10:00:00.123Z",
        "description": description,
        "filters": {"colour": "red", "sale": True},
        "tags": ["kitchen", "steel"],
    }
    return entity("product", data)


def padded(number: int, size: int, entities: int, padding: int) -> bytes:
    """Make a row of schema_violations: its event has another version of its schema than there is, which a flow mends.

    :param entities: how many there are, the event's own data among them
    :param padding: bytes of text in each entity
    """
    rng = Random(number)
    # What a row of a size has beside its entities, the generator knows.
    base = event(rng, 0, lean=size < 8_000, sparse=size < 3_500)
    own, *others = (product(entities * number + place, "x" * padding) for place in range(entities))
    named = [("e", "ue"), ("ue_pr", unstruct(own | {"schema": UNPUBLISHED_CHECKOUT_SCHEMA}))]
    held: list[tuple[str, str | None]] = [("cx", encoded(contexts(*others)))] if others else []
    kept = [pair for pair in base.parameters if pair[0] not in ("e", "ue_pr", "ue_px", "co", "cx")]
    drawn = BUILDERS["schema_violations"](rng, replace(base, parameters=[*named, *kept, *held]))
    text = json.dumps(drawn.document, ensure_ascii=False, separators=(",", ":"))
    return Template.of(text.encode()).fill(values(rng, 1_780_000_000_000 + number))


def posted(number: int, events: int) -> bytes:
    """Make a row of tracker_protocol_violations, a POST that a flow mends.

    :param events: how many its body has, each with one entity
    """
    rng = Random(number)
    base = event(rng, 0, lean=True, sparse=True)
    kept = {name: value for name, value in base.parameters if name not in ("e", "ue_pr", "ue_px", "co", "cx")}
    batch = [kept | {"e": "ue", "ue_pr": unstruct(product(events * number + place, ""))} for place in range(events)]
    drawn = BUILDERS["tracker_protocol_violations"](rng, replace(base, parameters=[]))
    drawn.data["payload"]["body"] = compact(entity("payload_data", batch, "1-0-4", TRACKER))
    text = json.dumps(drawn.document, ensure_ascii=False, separators=(",", ":"))
    return Template.of(text.encode()).fill(values(rng, 1_780_000_000_000 + number))


def rows(size: int, entities: int, count: int) -> list[bytes]:
    """Make rows of a size, or of as many bytes as their entities take."""

    def mean(padding: int) -> float:
        return sum(len(padded(number, size, entities, padding)) for number in range(20)) / 20

    least = mean(0)
    padding = max(round((size - least) / (mean(300) - least) * 300), 0)
    return [padded(number, size, entities, padding) for number in range(count)]


def recovered(recovery: Recovery, lines: Sequence[bytes]) -> list[bytes]:
    """Return the payloads that rows become, which must be all."""
    found = [payload for line in lines if (payload := recovery.recover(line).payload) is not None]
    if len(found) < len(lines):
        raise SystemExit(f"expected {len(lines)} recovered rows, got {len(found)}")
    return found


def report(console: Console, judge: Verifier, *, count: int, rounds: int) -> None:
    """Print the table of all sizes and numbers of entities, and of POSTs.

    Recovery and verification take turns, so that a slow moment of the machine falls on both.
    """
    table = Table(title=f"Verification of an event, {'compiled' if COMPILED else 'as plain Python'}")
    for heading in ("bytes a row", "bytes a payload", "events", "entities", "µs", "µs of the row's recovery", "share"):
        table.add_column(heading, justify="right")
    recovery = Recovery.from_config(realistic())
    gets = [(1, entities, rows(size, entities, count)) for size in SIZES for entities in ENTITIES]
    posts = [(events, events, [posted(number, events) for number in range(count)]) for events in EVENTS]
    for events, entities, lines in [*gets, *posts]:
        payloads = recovered(recovery, lines)
        outcomes = [one.outcome for data in payloads for one in judge.verify(data)]
        if outcomes != ["passes"] * events * count:
            raise SystemExit(f"expected events that pass, got {json.dumps(sorted(set(outcomes)))}")
        costs, recoveries = [], []
        for _ in range(rounds):
            costs.append(microseconds_a_row(judge.verify, payloads))
            recoveries.append(microseconds_a_row(recovery.recover, lines))
        shares = median(cost / recovery for cost, recovery in zip(costs, recoveries, strict=True))
        row_bytes, payload_bytes = (sum(map(len, made)) / count for made in (lines, payloads))
        table.add_row(
            f"{row_bytes:,.0f}",
            f"{payload_bytes:,.0f}",
            str(events),
            str(entities),
            f"{median(costs):,.0f}",
            f"{median(recoveries):,.0f}",
            f"{shares:.2f}",
            end_section=entities == ENTITIES[-1],
        )
    console.print(table)
    console.print(
        f"{count:,} rows of schema_violations a line, and of tracker_protocol_violations for the POSTs of the last "
        "lines; recovered by a config of nine flows and then verified, schemas in the cache; processor time, medians "
        f"of {rounds} rounds."
    )


def main() -> None:
    """Measure, or profile."""
    parser = argparse.ArgumentParser(description="Measure the cost of verification per event.")
    parser.add_argument("--events", type=int, default=300, help="rows a line (default 300)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds to take the median of (default 7)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    args = parser.parse_args()
    judge = verifier(PRODUCT, CHECKOUT)
    if not args.profile:
        report(Console(width=110), judge, count=args.events, rounds=args.rounds)
        return
    made = recovered(Recovery.from_config(realistic()), rows(5_000, 4, args.events))
    profiler = cProfile.Profile()
    profiler.runcall(lambda: [judge.verify(data) for data in made])
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
