"""Flows tried on rows: recovered, and judged as Enrich would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from event_recovery.badrows.types import BAD_ROW_TYPES
from event_recovery.config.formats import OWN_RECOVERIES, RECOVERIES
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.folding import cut, fold_text
from event_recovery.iglu.uris import BAD_ROWS_VENDOR
from event_recovery.suggest.candidates import Flow
from event_recovery.verify import Verifier
from event_recovery.verify.tally import group_of
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, Reason, Verdict

#: So many reasons are told.
_MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of rows.

    :param passing: rows of which Enrich would take every event
    :param unchecked: rows of which nothing was refused, but something could not be looked at
    :param reasons: why rows did not pass, those of the most rows first, and of how many rows; a row may have several
    """

    rows: int = 0
    passing: int = 0
    unchecked: int = 0
    reasons: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: Tried) -> Tried:
        """Count the rows of both."""
        return Tried(
            self.rows + other.rows,
            self.passing + other.passing,
            self.unchecked + other.unchecked,
            _most(Counter(dict(self.reasons)) + Counter(dict(other.reasons))),
        )

    @property
    def reason(self) -> str:
        """Why most of those rows did not pass that did not; the empty text when all passed."""
        return self.reasons[0][0] if self.reasons else ""

    def is_better_than(self, other: Tried) -> bool:
        """Tell whether more of the same rows pass."""
        return (self.passing, self.unchecked) > (other.passing, other.unchecked)

    @property
    def failing(self) -> int:
        """Rows that were not recovered, or of which Enrich would refuse an event."""
        return self.rows - self.passing - self.unchecked

    @property
    def share(self) -> float:
        """The share of rows that pass; those that were not checked do not."""
        return self.passing / self.rows if self.rows else 0.0


def config_of(flows: Iterable[Flow], *, portable: bool) -> dict[str, Any]:
    """Return a recovery config of flows, in the order of the bad row types."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for flow in flows:
        lists.setdefault(flow.type, []).append(flow.as_json())
    schema = RECOVERIES if portable else OWN_RECOVERIES
    return {
        "schema": schema.uri,
        "data": {
            f"iglu:{BAD_ROWS_VENDOR}/{one.schema_name}/jsonschema/*-*-*": lists[one.schema_name]
            for one in BAD_ROW_TYPES
            if one.schema_name in lists
        },
    }


def recovery_of(flows: Iterable[Flow], *, portable: bool, clean: bool) -> Recovery:
    """Compile flows.

    :param clean: whether querystrings are written clean
    :raises ConfigError: when one of them cannot be run
    """
    return Recovery.from_config(config_of(flows, portable=portable), clean=clean)


def try_on(lines: Iterable[bytes], recovery: Recovery, verifier: Verifier) -> Tried:
    """Recover rows and judge what would be sent of them."""
    rows = passing = unchecked = 0
    reasons: Counter[str] = Counter()
    for line in lines:
        rows += 1
        result = recovery.recover(line)
        verdicts = [] if result.payload is None else verifier.verify(result.payload)
        outcomes = {one.outcome for one in verdicts}
        if result.payload is None:
            reasons[fold_text(f"{result.error}: {result.message}")] += 1
        elif FAILS in outcomes:
            reasons.update(_reasons(verdicts, FAILS))
        elif NOT_CHECKED in outcomes:
            unchecked += 1
            reasons.update(_reasons(verdicts, NOT_CHECKED))
        else:
            passing += 1
    return Tried(rows, passing, unchecked, _most(reasons))


def _reasons(verdicts: Iterable[Verdict], outcome: str) -> set[str]:
    """Say what is wrong with the events of a payload, each thing once."""
    return {_told(verdict, reason) for verdict in verdicts if verdict.outcome == outcome for reason in verdict.reasons}


def _told(verdict: Verdict, reason: Reason) -> str:
    group = group_of(verdict, reason)
    place = f" at {group.path}" if group.path else ""
    what = f"{group.keyword}{place}" if verdict.outcome == FAILS else reason.text
    return cut(": ".join(filter(None, (group.schema.removeprefix("iglu:") or group.bad_row_type, what))))


def _most(reasons: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:_MOST_REASONS])
