"""Whether the rows of a group can be recovered, and what kind of change it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from event_recovery.badrows.types import BAD_ROW_TYPES, TYPES_BY_NAME, PayloadKind
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.causes import Cause
from event_recovery.explore.folding import cut
from event_recovery.explore.row import NO_BAD_ROW
from event_recovery.iglu.uris import BAD_ROWS_VENDOR


@dataclass(frozen=True, slots=True)
class Mend:
    """What can be done about the rows of a group.

    :param recoverable: whether the engine can make a payload of a row such as these; None when there was none to try
    :param kinds: what it takes, in the order of the causes, each once: ``publish``, ``send again``, ``add``,
        ``delete``, ``cast``, ``replace`` or ``decide``; empty when nothing can be done
    :param why: why it is not recoverable, in the engine's words
    """

    recoverable: bool | None
    kinds: tuple[str, ...] = ()
    why: str = ""


#: What a kind of cause takes. Whatever is not here, a person must look at.
_KINDS: Final[Mapping[str, str]] = {
    "missing schema": "publish",
    "invalid schema": "publish",
    "missing property": "add",
    "property not allowed": "delete",
    "wrong type": "cast",
    "wrong schema": "replace",
    "pattern": "replace",
    "format": "replace",
    "not self-describing": "replace",
    "not JSON": "replace",
    "unknown event type": "replace",
    "enum": "decide",
    "length": "decide",
    "range": "decide",
    "invalid value": "replace",
    "no flow for it": "replace",
    "step failed": "replace",
}
#: What each kind of mend means, for a reader.
MEANING: Final[Mapping[str, str]] = {
    "publish": "publish the schema and send the events again, or replace the schema's name or version",
    "send again": "send the events again once the cause is gone",
    "add": "add the property",
    "delete": "delete the property, by the step Delete: Remove would leave it empty",
    "cast": "cast the value to the other type",
    "replace": "replace the value, or a part of it",
    "decide": "decide which value it should have had",
}
_NULL: Final = "null, not "


def mend_of(type_name: str, causes: tuple[Cause, ...], example: bytes | None) -> Mend:
    """Tell what can be done about the rows of a group.

    :param example: a whole row of the group, which the engine is asked about; None when there is none
    """
    if type_name == NO_BAD_ROW:
        return Mend(recoverable=False, why="it is not a bad row")
    if example is None:
        known = TYPES_BY_NAME.get(type_name)
        return (
            Mend(recoverable=None)
            if known is not None and known.kind is not PayloadKind.NONE
            else Mend(recoverable=False)
        )
    result = _as_it_came().recover(example)
    if result.payload is None:
        return Mend(recoverable=False, why=_in_short(result.message or ""))
    return Mend(recoverable=True, kinds=tuple(dict.fromkeys(_kind(cause, type_name) for cause in causes)))


def _kind(cause: Cause, type_name: str) -> str:
    if cause.kind == "wrong type" and cause.detail.startswith(_NULL):
        # There is nothing to cast.
        return "delete"
    if cause.kind == "error" and type_name == "enrichment_failures":
        return "send again"
    if cause.kind == "missing schema" and cause.detail:
        return "send again"
    return _KINDS.get(cause.kind, "decide")


@cache
def _as_it_came() -> Recovery:
    """Make the recovery that sends every payload as it came."""
    flow: list[dict[str, Any]] = [{"name": "as it came", "conditions": [], "steps": []}]
    keys = (f"iglu:{BAD_ROWS_VENDOR}/{one.schema_name}/jsonschema/*-*-*" for one in BAD_ROW_TYPES)
    schema = "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0"
    return Recovery.from_config({"schema": schema, "data": dict.fromkeys(keys, flow)})


def _in_short(message: str) -> str:
    """Leave out the row that some of the engine's messages quote."""
    if message.startswith("Failed to create object from JSON string"):
        return "Failed to read it as a bad row of its type"
    return cut(message)
