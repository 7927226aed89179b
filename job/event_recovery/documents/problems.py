"""Faults and warnings found in a document a person wrote, each pointing at its place by JSON path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SEGMENT = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\['((?:[^'\\]|\\.)*)'\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or suspicious, in a document.

    :param path: JSON path text as ``json_path`` writes it; ``$`` is the whole document
    """

    path: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ConfigError(ValueError):
    """A config that cannot be used; the text has a line for each problem.

    :param problems: everything wrong with it
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        # Exceptions pickle by their args, which here hold the text and not the problems.
        return type(self), (self.problems,)


def json_path(parts: Sequence[str | int]) -> str:
    """Write keys and positions as a JSON path, e.g. ``$.data['iglu:com.acme/x/jsonschema/1-*-*'][0].steps[1].op``."""
    return "$" + "".join(_segment(part) for part in parts)


def parse_json_path(path: str) -> tuple[str | int, ...]:
    """Read back what ``json_path`` wrote.

    :raises ValueError: for any other text
    """
    parts: list[str | int] = []
    end = 1
    while match := _SEGMENT.match(path, end):
        name, position, quoted = match.groups()
        parts.append(name or (int(position) if position else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)))
        end = match.end()
    if not path.startswith("$") or end != len(path):
        raise ValueError(f"not a JSON path as problems carry it: {path!r}")
    return tuple(parts)


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN_NAME.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
