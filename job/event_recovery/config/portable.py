"""See what of a config the Scala job does not know: steps of our own, and what only a schema of our own allows."""

from __future__ import annotations

from collections.abc import Iterator

from event_recovery.config import outline
from event_recovery.config.formats import OWN_RECOVERIES, OWN_STEPS, RECOVERIES, RECOVERIES_WITH_ADD
from event_recovery.config.outline import ConfigNode, Parts
from event_recovery.flows.own_steps import OWN_CASTS, ends_in_pair
from event_recovery.flows.path import PathError, compile_path

_OWN = (RECOVERIES_WITH_ADD.uri, OWN_RECOVERIES.uri)


def own_parts(document: object) -> Iterator[tuple[Parts, str]]:
    """Yield what the Scala job does not know, each with the reason."""
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema in _OWN:
        yield ("schema",), f"jobs of the Scala engine do not know {schema}: they take {RECOVERIES.uri}"
    for step in _own_steps(document):
        operation = step.text("op")
        yield (
            (*step.parts, "op"),
            (
                f"{operation} is run here, but jobs of the Scala engine refuse it: the published schema "
                f"{RECOVERIES.uri} lacks it; name {OWN_RECOVERIES.uri} in `schema` to say that this config is not for "
                "them"
            ),
        )
    for step in _steps(document):
        reason = _own_cast(step) if step.own else None
        if reason is not None:
            yield (*step.parts, "to"), reason


def portability_warnings(document: object) -> Iterator[tuple[Parts, str]]:
    """Yield that of a config that does not say that it is not for the Scala job."""
    if isinstance(document, dict) and document.get("schema") == RECOVERIES.uri:
        yield from own_parts(document)


def _steps(document: object) -> Iterator[ConfigNode]:
    for flow in outline.flows(document):
        yield from outline.steps(flow)


def _own_steps(document: object) -> Iterator[ConfigNode]:
    return (step for step in _steps(document) if step.text("op") in OWN_STEPS)


def _own_cast(step: ConfigNode) -> str | None:
    if step.text("op") != "Cast":
        return None
    source, target = step.text("from"), step.text("to")
    if (source, target) in OWN_CASTS:
        return f"jobs of the Scala engine have no cast from {source} to {target}"
    try:
        path = compile_path(step.text("path") or "")
    except PathError:
        return None
    if target in ("Numeric", "Array") and ends_in_pair(path):
        return f"jobs of the Scala engine cannot cast a parameter to {target}: there it would not stay text"
    return None
