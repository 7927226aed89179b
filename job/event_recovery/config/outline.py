"""The well-formed parts of a config document, with their places: what checks look at before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from event_recovery.config.formats import OWN_RECOVERIES

Parts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ConfigNode:
    """A flow, condition or step as written, and where: below which schema key pattern, at which place.

    :param own: whether the config names the schema of our own, which has more casts
    """

    key: str
    parts: Parts
    body: dict[str, Any]
    own: bool

    def text(self, name: str) -> str | None:
        """Return the value of a key when it is a string."""
        value = self.body.get(name)
        return value if isinstance(value, str) else None


def flows(document: object) -> Iterator[ConfigNode]:
    """Yield all flows in document order, leaving out whatever is not shaped like one."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(data, dict):
        return
    own = document.get("schema") == OWN_RECOVERIES.uri
    for key, listed in data.items():
        yield from _objects(key, ("data", key), listed, own=own)


def conditions(flow: ConfigNode) -> Iterator[ConfigNode]:
    """Yield the conditions of a flow."""
    return _members(flow, "conditions")


def steps(flow: ConfigNode) -> Iterator[ConfigNode]:
    """Yield the steps of a flow."""
    return _members(flow, "steps")


def _members(flow: ConfigNode, name: Literal["conditions", "steps"]) -> Iterator[ConfigNode]:
    return _objects(flow.key, (*flow.parts, name), flow.body.get(name), own=flow.own)


def _objects(key: str, parts: Parts, listed: object, *, own: bool) -> Iterator[ConfigNode]:
    if isinstance(listed, list):
        for position, body in enumerate(listed):
            if isinstance(body, dict):
                yield ConfigNode(key, (*parts, position), body, own)
