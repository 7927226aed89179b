"""Flows tried on rows: recovered, and judged as Enrich would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from event_recovery.badrows.types import BAD_ROW_TYPES
from event_recovery.config.formats import OWN_RECOVERIES, RECOVERIES
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.folding import cut
from event_recovery.iglu.uris import BAD_ROWS_VENDOR
from event_recovery.suggest.candidates import Flow
from event_recovery.verify import Verifier
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, Verdict


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of rows.

    :param passing: rows of which Enrich would take every event
    :param unchecked: rows of which nothing was refused, but something could not be looked at
    :param reason: of the first row that did not pass
    """

    rows: int = 0
    passing: int = 0
    unchecked: int = 0
    reason: str = ""

    def __add__(self, other: Tried) -> Tried:
        """Count the rows of both."""
        return Tried(
            self.rows + other.rows,
            self.passing + other.passing,
            self.unchecked + other.unchecked,
            self.reason or other.reason,
        )

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
    reason = ""
    for line in lines:
        rows += 1
        result = recovery.recover(line)
        verdicts = [] if result.payload is None else verifier.verify(result.payload)
        outcomes = {one.outcome for one in verdicts}
        if result.payload is None or FAILS in outcomes:
            reason = reason or _reason(verdicts) or f"{result.error}: {result.message}"
        elif NOT_CHECKED in outcomes:
            unchecked += 1
            reason = reason or _reason(verdicts)
        else:
            passing += 1
    return Tried(rows, passing, unchecked, cut(reason))


def _reason(verdicts: Sequence[Verdict]) -> str:
    """Say in one line why the first event that does not pass does not."""
    refused = sorted((one for one in verdicts if one.reasons), key=lambda one: one.outcome != FAILS)
    if not refused:
        return ""
    first = refused[0].reasons[0]
    schema = first.schema.removeprefix("iglu:")
    return " ".join(" ".join(filter(None, (schema, first.keyword, first.path, first.text))).split())
