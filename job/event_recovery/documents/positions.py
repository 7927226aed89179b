"""Parse JSON a person wrote, and find the line and column of a value in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from event_recovery.documents.problems import Problem, json_path, parse_json_path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_MOST_DIGITS = 4300
_NO_JSON_NUMBER = ("NaN", "Infinity", "-Infinity")

Parts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column, counted from 1, the column in characters."""

    line: int
    column: int

    @classmethod
    def of(cls, text: str, offset: int) -> Position:
        """Turn an offset in characters into a position."""
        return cls(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class JsonSyntaxError(ValueError):
    """Text that is not JSON.

    :param position: where it stops being JSON
    """

    def __init__(self, message: str, position: Position) -> None:
        self.message = message
        self.position = position
        super().__init__(f"{message} at line {position.line}, column {position.column}")


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the values of one JSON text stand, and the keys that it has more than once in one object."""

    text: str
    offsets: Mapping[Parts, int]
    repeated: tuple[Parts, ...] = field(default=())

    def position(self, path: str | Sequence[str | int]) -> Position:
        """Find a value by JSON path text or by its parts; for one that is missing, its nearest ancestor."""
        parts = parse_json_path(path) if isinstance(path, str) else tuple(path)
        while parts and parts not in self.offsets:
            parts = parts[:-1]
        return Position.of(self.text, self.offsets[parts])

    def repeated_keys(self) -> list[Problem]:
        """Warn of every repeated key, of which only the last value is read."""
        message = "the key stands more than once in this object: only the last value is used, the others are lost"
        return [Problem(json_path(parts), message, "warning") for parts in self.repeated]


def parse_json(content: str | bytes) -> Any:
    """Parse strict JSON: UTF-8 with no byte order mark, no NaN, no infinity.

    :raises JsonSyntaxError: when it is anything else
    """
    text = _decode(content) if isinstance(content, bytes) else content
    if text.startswith("\ufeff"):
        raise JsonSyntaxError("a byte order mark, expected plain UTF-8", Position(1, 1))
    try:
        return json.loads(text, parse_int=_integer, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(error.msg, Position(error.lineno, error.colno)) from error
    except _ConstantError as error:
        offset = next(token.start() for token in _TOKEN.finditer(text) if token[0] in _NO_JSON_NUMBER)
        raise JsonSyntaxError(f"{error} is not a JSON number", Position.of(text, offset)) from error
    except RecursionError as error:
        raise JsonSyntaxError("nested too deeply", Position(1, 1)) from error


def map_source(content: str | bytes) -> SourceMap:
    """Map every value of a JSON text to its place.

    :raises JsonSyntaxError: when the text is not JSON
    """
    parse_json(content)
    text = _decode(content) if isinstance(content, bytes) else content
    offsets: dict[Parts, int] = {}
    repeated: dict[Parts, None] = {}
    open_containers: list[_Container] = []
    for token in _TOKEN.finditer(text):
        mark = token[0][0]
        inside = open_containers[-1] if open_containers else None
        if mark in "}]":
            open_containers.pop()
        elif mark == "," and inside:
            inside.next()
        elif inside and inside.step is None:
            inside.step = json.loads(token[0])
        elif mark != ":":
            parts: Parts = () if inside is None or inside.step is None else (*inside.parts, inside.step)
            if parts in offsets:
                repeated[parts] = None
            offsets[parts] = token.start()
            if mark in "{[":
                open_containers.append(_Container(parts, 0 if mark == "[" else None))
    return SourceMap(text, offsets, tuple(repeated))


@dataclass(slots=True)
class _Container:
    """An object or array being read."""

    parts: Parts
    #: Leads to the current value; None where an object's next key is expected.
    step: str | int | None

    def next(self) -> None:
        self.step = self.step + 1 if isinstance(self.step, int) else None


class _ConstantError(ValueError):
    """A number that JSON does not have."""


def _integer(text: str) -> int | float:
    # Python reads no more digits than this at once. The value is only looked at: the loader keeps the text of numbers.
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise JsonSyntaxError("not UTF-8", Position.of(before, len(before))) from error
