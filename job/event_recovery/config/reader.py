"""What reading any part of a config needs: its problems, each with its place, and members of the right type."""

from __future__ import annotations

import math
from typing import Any

from event_recovery.documents.problems import Problem, json_path
from event_recovery.flows.path import PathError, Segment, compile_path
from event_recovery.javaregex import JavaPattern, PatternError, compile_pattern
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.text.numbers import Number
from event_recovery.text.shorten import shorten

_SHOWN = 80

#: Where a part of a config stands in it.
Place = tuple[str | int, ...]


class Reader:
    """Collects problems on the way down, so that one run shows them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: Place, message: str) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(json_path(place), message))

    def member(self, owner: dict[str, Any], place: Place, key: str, expected: type, what: str) -> Any:
        """Return a required member of the right type, or report it and return None."""
        if key not in owner:
            self.problem(place, f"{key} is missing, expected {what}")
            return None
        value = owner[key]
        if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
            self.problem((*place, key), f"expected {what}, got {shown(value)}")
            return None
        return value

    def path(self, owner: dict[str, Any], place: Place) -> tuple[Segment, ...] | None:
        """Compile the path of a condition or step."""
        text = self.member(owner, place, "path", str, "a path like $.raw.vendor")
        if text is None:
            return None
        try:
            return compile_path(text)
        except PathError as error:
            self.problem((*place, "path"), str(error))
            return None

    def pattern(self, text: str, place: Place) -> JavaPattern | None:
        """Compile a regex."""
        try:
            return compile_pattern(text)
        except PatternError as error:
            self.problem(place, str(error))
            return None

    def json(self, value: Json, place: Place) -> Json:
        """Report what is not JSON, which only a config built in Python can hold."""
        if isinstance(value, float) and not math.isfinite(value):
            self.problem(place, f"expected a finite number, got {value}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.json(item, (*place, index))
        elif isinstance(value, dict):
            for key, item in value.items():
                self.json(item, (*place, key))
        elif value is not None and not isinstance(value, (str, int, float, Number)):
            self.problem(place, f"expected a JSON value, got {type(value).__name__}")
        return value


def shown(value: Json) -> str:
    """Write a value for a message, not too long."""
    try:
        text = no_spaces(value)
    except (TypeError, ValueError):
        text = repr(value)
    return shorten(text, _SHOWN)
