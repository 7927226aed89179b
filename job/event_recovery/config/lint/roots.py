"""See when a path starts where its condition or step does not: the two look at different parts of a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from event_recovery.badrows.types import COLLECTOR_PAYLOAD_FIELDS, RAW_FIELDS, BadRowType, PayloadKind
from event_recovery.config.lint.paths import compiled
from event_recovery.documents.json_schema import did_you_mean
from event_recovery.flows.path import Field

_ROW = ("processor", "failure", "payload")
_ENRICHMENT_PAYLOAD = ("raw", "enriched")
_ANY_PAYLOAD = (*_ENRICHMENT_PAYLOAD, *COLLECTOR_PAYLOAD_FIELDS)
_WHOLE_ROW = ("data", "schema")


def condition_root_warning(path: str, row_type: BadRowType | None) -> Iterator[str]:
    """Tell when a condition is always false because its path starts with a field that its root does not have."""
    names = _leading_names(path)
    if not names:
        return
    start = "the condition is never true: a path starts below the row's `data`"
    if names[0] in _WHOLE_ROW:
        below = ".".join(names[1:]) if names[0] == "data" else ""
        yield f"{start}, which has no `{names[0]}`; " + (f"write $.{below}" if below else "the key selects the schema")
    elif names[0] not in _ROW:
        prefix = "payload.raw" if names[0] in RAW_FIELDS and names[0] not in COLLECTOR_PAYLOAD_FIELDS else "payload"
        hint = f"; write $.{prefix}.{names[0]}" if names[0] in {*_ANY_PAYLOAD, *RAW_FIELDS} else ""
        yield f"{start}, which has {_listed(_ROW)} and no `{names[0]}`{hint or did_you_mean(names[0], _ROW)}"
    elif names[0] == "payload" and len(names) > 1 and row_type is not None:
        if row_type.kind is PayloadKind.THRIFT:
            yield "the condition is never true: the payload is base64 text here, conditions cannot look into it"
        else:
            yield from _missing_field(names[1:], row_type, "the condition is never true")


def step_root_warning(path: str, row_type: BadRowType | None, *, makes_or_deletes: bool = False) -> Iterator[str]:
    """Tell when a step is in vain because its path starts with a field that the payload does not have.

    :param makes_or_deletes: whether the step then fails not, but changes nothing that is sent
    """
    effect = "the step has no effect" if makes_or_deletes else "the step always fails"
    names = _leading_names(path)
    if not names:
        return
    if names[0] in (*_ROW, *_WHOLE_ROW):
        below = ".".join(names[names.index("payload") + 1 :]) if "payload" in names[:2] else ""
        hint = f"; write $.{below}" if below else ""
        yield f"{effect}: a path starts below the row's payload, which has no `{names[0]}`{hint}"
    elif row_type is not None:
        yield from _missing_field(names, row_type, effect)


def _missing_field(names: tuple[str, ...], row_type: BadRowType, effect: str) -> Iterator[str]:
    whole = f"the payload of {row_type.schema_name}"
    if row_type.kind is PayloadKind.ENRICHMENT:
        if names[0] not in _ENRICHMENT_PAYLOAD:
            hint = f"; write raw.{names[0]}" if names[0] in RAW_FIELDS else ""
            yield f"{effect}: {whole} has `raw` and `enriched`, and no `{names[0]}`{hint}"
        elif names[0] == "raw" and len(names) > 1 and names[1] not in RAW_FIELDS:
            yield f"{effect}: `raw` has no `{names[1]}`{_hint(names[1], RAW_FIELDS)}"
    elif row_type.kind in {PayloadKind.COLLECTOR, PayloadKind.THRIFT} and names[0] not in COLLECTOR_PAYLOAD_FIELDS:
        hint = _hint(names[0], COLLECTOR_PAYLOAD_FIELDS)
        if names[0] == "raw" and len(names) > 1:
            hint = f"; its fields need no `raw` before them{_hint(names[1], COLLECTOR_PAYLOAD_FIELDS)}"
        yield f"{effect}: {whole} has no `{names[0]}`{hint}"


# Collector and enrichment payloads call the same thing by different names.
_OTHER_NAMES = {
    "parameters": "querystring",
    "querystring": "parameters",
    "collector": "loaderName",
    "loaderName": "collector",
    "networkUserId": "userId",
    "userId": "networkUserId",
}


def _hint(name: str, fields: Collection[str]) -> str:
    other = _OTHER_NAMES.get(name)
    if name not in fields and other in fields:
        return f"; it is called `{other}` there"
    return "" if name in fields else did_you_mean(name, fields)


def _leading_names(path: str) -> tuple[str, ...]:
    """Return the field names that a path starts with, up to the first position or filter."""
    names = []
    for segment in compiled(path) or ():
        if not isinstance(segment, Field):
            break
        names.append(segment.name)
    return tuple(names)


def _listed(names: Collection[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}"
