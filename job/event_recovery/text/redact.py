"""Values of rows as no more than their type and length, for pages that people may see who must not see the values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_BETWEEN_NAMES: Final = re.compile(r"\.|\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is done to values: all are redacted but those of some fields.

    :param kept: names of these fields, as they are at the end of a path
    """

    kept: frozenset[str] = frozenset()

    @classmethod
    def keeping(cls, names: Iterable[str]) -> Redaction:
        """Return what keeps the fields of these names; blanks around them do not matter."""
        return cls(frozenset(name.strip() for name in names if name.strip()))

    def keeps(self, path: str) -> bool:
        """Tell whether the values of a field are shown, by its name or a path to it."""
        return last_name(path) in self.kept

    def value(self, path: str, value: Any) -> Any:
        """Return a value that is neither object nor array as it is shown."""
        return value if self.keeps(path) else kind_of(value)

    def json(self, path: str, text: str | None) -> str | None:
        """Return a value, which is there as JSON and may be cut off, as it is shown; None where there is none."""
        return text if text is None or self.keeps(path) else kind_of_json(text)


#: Keeps nothing.
ALL: Final = Redaction()


def kind_of(value: Any) -> Any:
    """Return the type of a value, of text with its length in characters, such as ``string(12)``; null is null."""
    if value is None:
        return None
    if isinstance(value, str):
        return f"string({len(value)})"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "number"


def kind_of_json(text: str) -> str:
    """Return the same of a value that is there as JSON; the length of a text that was cut off is not known."""
    try:
        kind = kind_of(json.loads(text))
    except ValueError:
        return "string"
    return "null" if kind is None else str(kind)


def last_name(path: str) -> str:
    """Return the name of the field that a path such as ``$.items[3].price`` or ``$.parameters.aid#2`` ends at."""
    names = [name for name in _BETWEEN_NAMES.split(path) if name and name != "$"]
    return names[-1].partition("#")[0] if names else ""
