"""What may mend a cause, whatever kind it is of."""

from __future__ import annotations

from typing import Final

from event_recovery.suggest import data_faults, other_faults
from event_recovery.suggest.candidates import Advice, SchemaOf
from event_recovery.suggest.seen import Seen

_ATOMIC: Final = "iglu:com.snowplowanalytics.snowplow/atomic/"


def advise(seen: Seen, schema_of: SchemaOf) -> Advice:
    """Return what may mend a cause, and what to decide when nothing does."""
    other = other_faults.ADVISERS.get(seen.type)
    # What shows later is a fault of the event, whatever the row was for.
    if other is not None and seen.given is None:
        return other(seen, schema_of)
    kind = seen.cause.kind
    if kind == "missing schema":
        return other_faults.missing_schema(seen, schema_of)
    if kind == "invalid schema":
        return other_faults.invalid_schema(seen)
    if kind == "wrong schema":
        return other_faults.wrong_schema(seen, schema_of)
    if seen.schema.startswith(_ATOMIC):
        return other_faults.atomic(seen)
    if kind == "not JSON":
        return Advice((), f"{seen.cause.field} is not JSON: decide by its values whether a Replace makes it so")
    if kind == "not self-describing":
        return Advice((), "decide which schema the data is of, and replace what stands for it")
    if kind == "and more":
        return Advice((), "mend the other faults first: more than six are wrong with these rows")
    if not seen.schema:
        where = seen.cause.field or "the event"
        return Advice((), f"decide what {where} should have been")
    return data_faults.advise(seen, schema_of(seen.schema))
