"""What it costs to tell whether Enrich would take an event, beside what its row's recovery costs.

Run by ``make bench``. ``--profile`` shows where the time goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from event_recovery import Recovery
from event_recovery._compiled import COMPILED
from event_recovery.verify import Verifier
from generator import RECOVERABLE_MIX, rows
from generator.configs import realistic
from rich.console import Console
from rich.table import Table
from support.verify.payloads import EVENT_ID, contexts, entity, get, unstruct
from support.verify.registries import schema, verifier

SIZES = (2_500, 5_000, 15_000)
ENTITIES = (1, 4, 10)
_TEXT = {"type": "string", "maxLength": 4096}
#: As wide as what shops and apps send: texts, numbers, an enumeration, a pattern, formats, an object and an array.
PRODUCT = schema(
    "product",
    type="object",
    properties={
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
    required=["id", "price", "currency"],
    additionalProperties=False,
)
PARAMETERS = {
    "e": "ue",
    "p": "web",
    "tv": "js-3.24.0",
    "aid": "shop",
    "eid": EVENT_ID,
    "dtm": "1700000000000",
    "stm": "1700000000100",
    "duid": EVENT_ID,
    "sid": EVENT_ID,
    "vid": "3",
    "url": "https://shop.acme.example/de/k%C3%BCche?sort=preis",
    "page": "Küche – Acme",
    "refr": "https://www.google.com/",
    "res": "1920x1080",
    "vp": "1200x800",
    "cs": "UTF-8",
    "lang": "de-DE",
    "tz": "Europe/Berlin",
    "cookie": "1",
    "cd": "24",
}


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


def payloads(size: int, entities: int, count: int) -> list[bytes]:
    """Make payloads of a size, each with so many entities, the event's own among them."""

    def one(number: int, padding: int) -> bytes:
        text = "x" * (padding // entities)
        first, *others = (product(number + place, text) for place in range(entities))
        held = {"co": contexts(*others)} if others else {}
        return get(PARAMETERS | {"ue_pr": unstruct(first)} | held)

    room = max(size - len(one(0, 0)), 0)
    return [one(number, room) for number in range(count)]


def microseconds(work: Callable[[bytes], object], items: Sequence[bytes], rounds: int) -> float:
    """Run the work over all items some times; the median of processor time for one."""
    found = []
    for _ in range(rounds):
        gc.collect()
        begun = process_time()
        for item in items:
            work(item)
        found.append((process_time() - begun) / len(items) * 1e6)
    return median(found)


def report(console: Console, judge: Verifier, *, count: int, rounds: int) -> None:
    """Print the table of all sizes and numbers of entities."""
    table = Table(title=f"Verification per event, {'compiled' if COMPILED else 'as plain Python'}")
    for heading in ("bytes a row", "entities", "µs", "µs of the row's recovery by nine flows", "share"):
        table.add_column(heading, justify="right")
    recovery = Recovery.from_config(realistic())
    for size in SIZES:
        recovered = microseconds(recovery.recover, list(rows(count, seed=11, size=size, mix=RECOVERABLE_MIX)), rounds)
        for entities in ENTITIES:
            made = payloads(size, entities, count)
            outcomes = {one.outcome for data in made for one in judge.verify(data)}
            if outcomes != {"passes"}:
                raise SystemExit(f"expected events that pass, got {json.dumps(sorted(outcomes))}")
            cost = microseconds(judge.verify, made, rounds)
            mean = sum(map(len, made)) / len(made)
            table.add_row(f"{mean:,.0f}", str(entities), f"{cost:,.0f}", f"{recovered:,.0f}", f"{cost / recovered:.2f}")
        table.add_section()
    console.print(table)
    console.print(f"{count:,} events a line, schemas in the cache; processor time, medians of {rounds} rounds.")


def main() -> None:
    """Measure, or profile."""
    parser = argparse.ArgumentParser(description="Measure the cost of verification per event.")
    parser.add_argument("--events", type=int, default=300, help="events a line (default 300)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds to take the median of (default 7)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    args = parser.parse_args()
    judge = verifier(PRODUCT)
    if not args.profile:
        report(Console(width=110), judge, count=args.events, rounds=args.rounds)
        return
    made = payloads(5_000, 4, args.events)
    profiler = cProfile.Profile()
    profiler.runcall(lambda: [judge.verify(data) for data in made])
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
