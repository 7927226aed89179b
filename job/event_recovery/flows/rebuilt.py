"""A step on a place in a document that names and filters lead to, without the general walk and its words for faults."""

from __future__ import annotations

from typing import Any

from event_recovery.flows.path import Field, Filter, Index, Segment
from event_recovery.flows.steps import ValueStep
from event_recovery.flows.walk import MISSING, NotApplicable
from event_recovery.text.jsontext import Json


def is_simple(path: tuple[Segment, ...]) -> bool:
    """Tell whether no segment of a path enters text or lists of pairs, so that ``rebuilt`` can follow it."""
    return not any(
        segment.kind if isinstance(segment, Field) else isinstance(segment, Filter) and segment.context
        for segment in path
    )


def rebuilt(node: Json, path: tuple[Segment, ...], index: int, step: ValueStep) -> Json:
    """Return a document with a step applied, of which what lies on the path is new; see ``flows.walk``.

    :param index: how many segments lead to the node
    :raises NotApplicable: when the path leads nowhere, or the step cannot change what is there
    :raises RowFailure: when the step fails
    """
    if index == len(path):
        return step.result(node)
    segment = path[index]
    if isinstance(segment, Field):
        if type(node) is not dict:
            raise NotApplicable
        members: dict[str, Any] = node
        child = members.get(segment.name, MISSING)
        if child is MISSING:
            raise NotApplicable
        renewed = members.copy()
        renewed[segment.name] = rebuilt(child, path, index + 1, step)
        return renewed
    if isinstance(segment, Index):
        if type(node) is not list or segment.position >= len(node):
            raise NotApplicable
        changed = node.copy()
        changed[segment.position] = rebuilt(node[segment.position], path, index + 1, step)
        return changed
    if type(node) is not list or not node:
        return rebuilt(node, path, index + 1, step)
    elements: list[Any] = node
    changed, found = elements.copy(), False
    for place, element in enumerate(elements):
        if segment.takes(element):
            found = True
            changed[place] = rebuilt(element, path, index + 1, step)
    if not found:
        raise NotApplicable
    return changed
