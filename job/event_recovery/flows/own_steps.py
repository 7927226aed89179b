"""The steps that the reference does not know: Delete, Rename, Set, Truncate, and further casts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from event_recovery.errors import CastFailure, RenameFailure, SetFailure, TruncationFailure
from event_recovery.flows.codecs import codec_for
from event_recovery.flows.edits import edit, pair_text, pairs_depth
from event_recovery.flows.operations import Cast
from event_recovery.flows.path import Field, Filter, Segment, path_text
from event_recovery.flows.walk import Action, walk
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.text.numbers import is_number, number_text, whole_number

OwnJsonType = Literal["String", "Numeric", "Boolean", "Array", "Integer"]

#: The pairs of types that are cast here and by no cast of the reference.
OWN_CASTS: Final = (("String", "Boolean"), ("String", "Integer"), ("Numeric", "Integer"))

_WORDS: Final = {"true": True, "1": True, "false": False, "0": False}
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
# What columns of warehouses hold.
_INT64: Final = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away a member of an object, an element of an array, or a parameter; nothing to do where there is none."""

    path: tuple[Segment, ...]

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when a text on the way does not hold what its name promises
        """
        return self.inside(document, 0)

    def inside(self, document: Json, index: int) -> Json:
        """Apply the step to a document that the path enters after ``index`` segments."""
        return edit(document, self.path, index)


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a member of an object, or a parameter, another name; its value and its place among the others stay."""

    path: tuple[Segment, ...]
    name: str

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when there is nothing to rename, or the new name is taken
        """
        return self.inside(document, 0)

    def inside(self, document: Json, index: int) -> Json:
        """Apply the step to a document that the path enters after ``index`` segments."""
        return edit(document, self.path, index, name=self.name, failure=self._failure)

    def _failure(self, reason: str) -> RenameFailure:
        return RenameFailure(path=path_text(self.path), name=self.name, reason=reason)


@dataclass(frozen=True, slots=True)
class Set:
    """Give a place a value, whatever it holds; it is made where it is missing, and the objects around it, too."""

    path: tuple[Segment, ...]
    value: Json

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when something else than an object or array is on the way
        """
        return self.inside(document, 0)

    def inside(self, document: Json, index: int) -> Json:
        """Apply the step to a document that the path enters after ``index`` segments."""
        return edit(document, self.path, index, value=self.value, makes=True, failure=self._failure)

    def _failure(self, reason: str) -> SetFailure:
        return SetFailure(path=path_text(self.path), value=self.value, reason=reason)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Cut a text to so many characters, counted as Unicode code points, as schemas count them."""

    path: tuple[Segment, ...]
    length: int

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when the path leads nowhere, or to something else than a string
        """
        return walk(document, self.path, Action(self.result, self._failure))

    def _failure(self, data: str) -> TruncationFailure:
        return TruncationFailure(data=data, length=self.length)

    def result(self, target: Json) -> Json:
        """Return what takes the place of a node that the path leads to.

        :raises RowFailure: when nothing can
        """
        if type(target) is not str:
            raise self._failure(no_spaces(target))
        return target[: self.length]


@dataclass(frozen=True, slots=True)
class OwnCast:
    """A Cast that can do more than the reference's, and all that that one can.

    :param in_pair: whether the path ends at the value of a parameter, which stays text: a number is written as one
    """

    path: tuple[Segment, ...]
    source: OwnJsonType
    target: OwnJsonType
    in_pair: bool

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when the path leads nowhere, or the value cannot be cast
        """
        return walk(document, self.path, Action(self.result, self._failure))

    def _failure(self, data: str) -> CastFailure:
        return CastFailure(data=data, source=self.source, target=self.target)

    def result(self, value: Json) -> Json:
        """Return what takes the place of a node that the path leads to.

        :raises RowFailure: when nothing can
        """
        changed = self._cast(value)
        return pair_text(changed) if self.in_pair else changed

    def _cast(self, value: Json) -> Json:
        casts = (self.source, self.target)
        if casts not in OWN_CASTS:
            source: Any = self.source
            target: Any = self.target
            return Cast(self.path, source, target).result(value)
        changed: Json = None
        if casts == ("String", "Boolean"):
            changed = _WORDS.get(value.strip().lower()) if type(value) is str else None
        elif casts == ("String", "Integer"):
            changed = _whole(value.strip()) if type(value) is str else None
        elif is_number(value):
            changed = _whole(number_text(value))
        if changed is None:
            raise self._failure(no_spaces(value))
        return changed


def _whole(text: str) -> int | None:
    return whole_number(text, _INT64) if _NUMBER.fullmatch(text) else None


def ends_in_pair(path: tuple[Segment, ...]) -> bool:
    """Tell whether a path from the payload's root ends at the value of a parameter that is plain text."""
    depth = pairs_depth(path)
    if not depth or len(path) <= depth:
        return False
    named, below = path[depth], path[depth + 1 :]
    if isinstance(named, Field):
        return not below and codec_for(named.kind) is None
    return below == (Field("value"),) and not (isinstance(named, Filter) and codec_for(named.context))


def is_own_cast(source: str, target: str) -> bool:
    """Tell whether the reference has no such cast, and there is one here."""
    return (source, target) in OWN_CASTS
