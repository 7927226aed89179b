"""Streams of generated rows: which kind comes when, at what size, at what time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from generator import payloads
from generator.badrows import BUILDERS, DEFAULT_MIX, Drawn
from generator.slots import Template, values

#: Bytes a row when no size is asked for, with their weights.
SIZES = {2_000: 30, 5_000: 50, 15_000: 20}

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
_HOUR_MS = 3_600_000
_TEMPLATES_PER_KIND = 32
_SPARSE_BELOW = 3_500
# 131 enriched fields, mostly null, take 3 KB: rows that have them keep to fewer parameters for longer.
_LEAN_BELOW = dict.fromkeys(("schema_violations", "enrichment_failures", "recovery_error"), 8_000)
_PLAIN_LINES = (
    b"2026-03-02 06:00:00,000 ERROR could not serialise bad row",
    b"<html><body>503 Service Temporarily Unavailable</body></html>",
    b'{"schema":"iglu:com.snowplowanalytics.snowplow.badrows/generic_error/jsonschema/1-0-0","data":NaN',
)


@dataclass(frozen=True, slots=True)
class Row:
    """One generated line and where it belongs: its kind, its schema's name, and the hour (from START) it failed in."""

    kind: str
    name: str
    hour: int
    line: bytes


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    template: Template


def _print(drawn: Drawn) -> Template:
    text = json.dumps(drawn.document, ensure_ascii=False, separators=(",", ":"))
    return Template.of(text.encode(), embedded=drawn.embedded, rounds=drawn.rounds)


def _pattern(key: str, kind: str, size: int) -> _Pattern:
    """Draw a bad row of about that many bytes: products are added to its contexts until it is that long."""
    sample = values(Random(key), 0)
    lean = size < _LEAN_BELOW.get(kind, _SPARSE_BELOW)
    sparse = size < _SPARSE_BELOW

    def drawn(products: int) -> tuple[Drawn, Template, int]:
        rng = Random(key)
        row = BUILDERS[kind](rng, payloads.event(rng, products, lean=lean, sparse=sparse))
        template = _print(row)
        return row, template, len(template.fill(sample))

    row, template, length = drawn(0)
    per_product = (drawn(8)[2] - length) / 8
    products = round((size - length) / per_product)
    if products > 0:
        row, template, _ = drawn(products)
    return _Pattern(row.name, template)


def _cut_short(line: bytes, rng: Random) -> bytes:
    return line[: rng.randrange(40, len(line) - 1)] if rng.random() < 0.6 else rng.choice(_PLAIN_LINES)


def generate(
    count: int, *, seed: int, size: int | None = None, mix: Mapping[str, float] | None = None, hours: int = 1
) -> Iterator[Row]:
    """Yield ``count`` rows spread evenly over that many hours from START on; see ``rows``."""
    mix = DEFAULT_MIX if mix is None else mix
    if unknown := sorted(set(mix) - set(BUILDERS)):
        raise ValueError(f"mix: no such kind of bad row: {', '.join(unknown)}; there are {', '.join(sorted(BUILDERS))}")
    rng = Random(f"rows {seed}")
    kinds, shares = list(mix), list(accumulate(mix.values()))
    sizes, size_shares = ([size], [1]) if size else (list(SIZES), list(accumulate(SIZES.values())))
    patterns: dict[tuple[str, int, int], _Pattern] = {}
    start_ms = int(START.timestamp() * 1000)
    for number in range(count):
        kind = rng.choices(kinds, cum_weights=shares)[0]
        wanted = rng.choices(sizes, cum_weights=size_shares)[0]
        place = (kind, wanted, int(rng.random() * _TEMPLATES_PER_KIND))
        pattern = patterns.get(place)
        if pattern is None:
            pattern = patterns[place] = _pattern(f"{seed} {place}", kind, wanted)
        hour = number * hours // count
        collected_ms = start_ms + hour * _HOUR_MS + int(rng.random() * _HOUR_MS)
        line = pattern.template.fill(values(rng, collected_ms))
        if kind == "not_json":
            line = _cut_short(line, rng)
        yield Row(kind, pattern.name, hour, line)


def rows(count: int, *, seed: int, size: int | None = None, mix: Mapping[str, float] | None = None) -> Iterator[bytes]:
    """Yield ``count`` lines without line ends, the same ones for the same arguments.

    ``size`` is the aim in bytes a row (about 2,000 at least), a blend of 2, 5 and 15 KB when None; lines that hold
    no event payload may be shorter. ``mix`` maps kinds (the keys of DEFAULT_MIX) to their relative shares.
    """
    for row in generate(count, seed=seed, size=size, mix=mix):
        yield row.line
