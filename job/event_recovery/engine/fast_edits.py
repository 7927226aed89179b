"""Edits of the named pairs of a payload: Delete, Rename and Set, without the general walk."""

from __future__ import annotations

from typing import Any

from event_recovery.badrows.structs import Pair
from event_recovery.engine.fast_pairs import PairPath
from event_recovery.engine.held import HeldDocuments
from event_recovery.flows.edits import pair_text
from event_recovery.flows.own_steps import Delete, Rename, Set
from event_recovery.flows.steps import EditStep


class PairEdit:
    """An edit of a named pair, or in the document that its value holds.

    :param index: after how many segments the step's path is in that document
    """

    __slots__ = ("index", "operation", "path")

    def __init__(self, path: PairPath, operation: EditStep, index: int) -> None:
        self.path, self.operation, self.index = path, operation, index

    def apply(self, payload: Any, held: HeldDocuments) -> None:
        """Change a normalised payload where it is.

        :raises RowFailure: when the step fails
        :raises ValueError: when it is left to the exact route, as is everything that is made anew in a document
        """
        held.close_all()
        if self.path.rest:
            self._inside(payload, held)
            return
        holder = payload if self.path.holder is None else getattr(payload, self.path.holder)
        pairs: list[Pair] = getattr(holder, self.path.field)
        pair, operation = self._pair(payload), self.operation
        if isinstance(operation, Set):
            codec = self.path.codec
            text = pair_text(operation.value) if codec is None else codec.write(operation.value)
            if pair is None:
                pairs.append(Pair(self.path.name, text))
            else:
                pair.value = text
        elif isinstance(operation, Rename):
            if pair is None or any(other.name == operation.name for other in pairs):
                raise ValueError(operation.name)
            pair.name = operation.name
        elif pair is not None:
            pairs.remove(pair)

    def _pair(self, payload: Any) -> Pair | None:
        found = self.path.pairs(payload)
        return found[0] if found else None

    def _inside(self, payload: Any, held: HeldDocuments) -> None:
        codec, pair = self.path.codec, self._pair(payload)
        if pair is None or pair.value is None or codec is None:
            if isinstance(self.operation, Delete):
                return
            raise ValueError(self.path.name)
        document = held.document(pair, codec)
        changed = self.operation.inside(document, self.index)
        if changed is not document:
            pair.value = codec.write(changed)
