"""Faults that show only when the first one is mended, as Enrich would tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl

from event_recovery.engine.recovery import Recovery
from event_recovery.explore.causes import Cause
from event_recovery.explore.failures import causes_of
from event_recovery.explore.row import Row
from event_recovery.suggest.candidates import Flow, Step
from event_recovery.text.thrift import read_payload
from event_recovery.verify import Verifier
from event_recovery.verify.verdicts import FAILS

#: The types whose steps work on the parameters of one event; a body holds several.
_OF_ONE_EVENT: Final = ("schema_violations", "enrichment_failures")
_REFUSED: Final = "schema_violations"


def still_refused(
    row_type: str, lines: Sequence[bytes], recovery: Recovery, verifier: Verifier
) -> dict[Cause, list[Row]]:
    """Return what the rows would be refused for once they are recovered, the most frequent cause first.

    Each row is as it would come back: with the parameters that are sent, and the failure that Enrich would write.
    """
    found: dict[Cause, list[Row]] = {}
    for line in lines if row_type in _OF_ONE_EVENT else ():
        payload = recovery.recover(line).payload
        verdicts = [] if payload is None else verifier.verify(payload)
        if payload is None or len(verdicts) != 1 or verdicts[0].outcome != FAILS:
            continue
        verdict = verdicts[0]
        if verdict.bad_row_type == _REFUSED:
            causes = causes_of(_REFUSED, verdict.failure, "")
            pairs = parse_qsl(read_payload(payload).querystring or "", keep_blank_values=True)
            parameters = [{"name": name, "value": value} for name, value in pairs]
            row = Row(_REFUSED, causes, row_type, verdict.failure, {"raw": {"parameters": parameters}})
            for cause in causes:
                found.setdefault(cause, []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def given(flows: Iterable[Flow]) -> tuple[Step, ...]:
    """Return the conditions that flows share: what the rows were refused for at first is all that they tell."""
    each = [flow.conditions for flow in flows]
    return tuple(one for one in each[0] if all(one in other for other in each)) if each else ()
