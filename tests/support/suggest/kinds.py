"""What is suggested for each known kind of failure, as a table: ``PYTHONPATH=tests python -m support.suggest.kinds``.

The rows are recovered by the whole config, all of them and not only those that the suggestions were tried on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from event_recovery import Recovery
from event_recovery.explore import Groups, Source, explored, key_of
from event_recovery.iglu.registries import JsonObject
from event_recovery.iglu.resolver import Resolver
from event_recovery.suggest import Suggestions, schemas_of, suggest
from event_recovery.suggest.told import does, percent
from event_recovery.verify import Verifier
from generator.kinds import Known
from generator.known_rows import known_rows
from generator.schemas import SCHEMAS

from support.verify.registries import InMemory

_ROWS = 900


@dataclass(frozen=True, slots=True)
class Registry:
    """The schemas that Enrich has: looked up by a verifier, and one by one."""

    resolver: Resolver

    @classmethod
    def of(cls, schemas: Mapping[str, JsonObject | str]) -> Registry:
        return cls(Resolver([InMemory(schemas=dict(schemas))], cache_size=500))

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.resolver)


KNOWN_SCHEMAS = Registry.of(SCHEMAS)


def suggested(lines: Iterable[bytes], registry: Registry = KNOWN_SCHEMAS, *, portable: bool = False) -> Suggestions:
    """Suggest for rows."""
    groups = Groups(holds=True)
    for number, line in enumerate(lines, 1):
        groups.add(line, Source(1, "rows"), number)
    return suggest(explored(groups, files=1), registry.verifier, schemas_of(registry.resolver), portable=portable)


def passing(lines: Iterable[bytes], suggestions: Suggestions, registry: Registry = KNOWN_SCHEMAS) -> dict[str, float]:
    """Return the share of rows of each group, by its name, whose events pass by the config."""
    recovery, verifier = Recovery.from_config(suggestions.config), registry.verifier
    passed: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for line in lines:
        name, result = key_of(line).name, recovery.recover(line)
        rows[name] += 1
        verdicts = verifier.verify(result.payload) if result.payload is not None else []
        passed[name] += bool(verdicts) and all(one.outcome == "passes" for one in verdicts)
    return {name: passed[name] / count for name, count in rows.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """A known kind of failure, and what became of its rows."""

    name: str
    title: str
    type: str
    verdict: str
    does: str
    passes: float
    portable: str
    portable_passes: float


@cache
def known_lines() -> tuple[tuple[Known, bytes], ...]:
    """Return rows of all kinds, each with its kind."""
    return tuple(known_rows(_ROWS, seed=11))


@cache
def known_suggestions(*, portable: bool = False) -> Suggestions:
    """Suggest for them."""
    return suggested((line for _, line in known_lines()), portable=portable)


def kinds() -> list[Kind]:
    """Return all kinds, in the order in which they were made."""
    lines = [line for _, line in known_lines()]
    ours, theirs = known_suggestions(), known_suggestions(portable=True)
    shares, portable_shares = passing(lines, ours), passing(lines, theirs)
    portable = {one.of.key.name: one for one in theirs.groups}
    by_name = {one.of.key.name: one for one in ours.groups}
    names = dict.fromkeys(key_of(line).name for line in lines)
    found = []
    for name in names:
        one = by_name[name]
        key = one.of.key
        told = does(portable[name])
        found.append(Kind(name, key.title, key.type, one.verdict, does(one), shares[name], told, portable_shares[name]))
    return found


def _table() -> str:
    lines = ["| kind | type | mechanical? | suggested | passes | portable |", "| --- | --- | --- | --- | --- | --- |"]
    counts: dict[str, int] = defaultdict(int)
    for one in kinds():
        counts[one.verdict] += 1
        mended = one.verdict == "mended"
        words = {"mended": "yes", "decide": "a decision", "nothing": "no"}[one.verdict]
        passes = percent(one.passes) if mended else "-"
        portable = percent(one.portable_passes) if one.portable_passes else one.portable if mended else "-"
        cells = (one.title, one.type or "not a bad row", words, one.does, passes, portable)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    lines += ["", ", ".join(f"{verdict}: {count}" for verdict, count in counts.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    print(_table())
