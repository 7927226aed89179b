"""From a payload to the raw events in it: which adapter reads it, by vendor and version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from event_recovery.verify.collector import Collected
from event_recovery.verify.failures import ADAPTER_FAILURES, TRACKER_PROTOCOL_VIOLATIONS, Violation, input_data
from event_recovery.verify.generations import Generation
from event_recovery.verify.iglu_webhook import read_iglu_webhook
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.redirect import read_redirect
from event_recovery.verify.schemas import Schemas
from event_recovery.verify.third_party import THIRD_PARTY, check_third_party
from event_recovery.verify.tracker import read_tp1, read_tp2

_TRACKER: Final = "com.snowplowanalytics.snowplow"

Adapter = Callable[[Collected, Schemas, Generation], list[Parameters]]

_ADAPTERS: Final[Mapping[tuple[str, str], Adapter]] = {
    (_TRACKER, "tp1"): read_tp1,
    (_TRACKER, "tp2"): read_tp2,
    ("r", "tp2"): read_redirect,
    ("com.snowplowanalytics.iglu", "v1"): read_iglu_webhook,
    **dict.fromkeys(THIRD_PARTY, check_third_party),
}


def raw_events(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Return the parameters of each event of a payload.

    :raises Violation: when Enrich would write one bad row of the whole payload
    :raises NotCheckable: when it cannot be told what Enrich would read
    """
    pair = (collected.vendor, collected.version)
    adapter = _ADAPTERS.get(pair)
    if adapter is None:
        expectation = "vendor/version combination is not supported"
        raise Violation(input_data("vendor/version", "/".join(pair), expectation))
    return adapter(collected, schemas, generation)


def adapter_bad_row_type(collected: Collected) -> str:
    """Name the bad row that an adapter's failure becomes."""
    of_tracker = collected.version == "tp2" and collected.vendor in (_TRACKER, "r")
    return TRACKER_PROTOCOL_VIOLATIONS if of_tracker else ADAPTER_FAILURES
