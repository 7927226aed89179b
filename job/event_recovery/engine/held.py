"""The documents that texts of one row hold: each is read once, and written when all steps on it are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson

from event_recovery.badrows.structs import Pair
from event_recovery.flows.codecs import Codec
from event_recovery.text.jsontext import Json, parse_utf8

_BACKSLASH: Final = 0x5C
# All bytes but the first ones of characters that UTF-16 has two units for, which a regex may part.
_NO_PAIRS: Final = bytes(set(range(256)) - set(range(0xF0, 0xF8)))


class HeldDocuments:
    """The documents that texts of one row hold."""

    __slots__ = ("_known", "_open")

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, Codec, Json, bytes]] = {}
        self._open: dict[int, tuple[Pair, Codec, Json]] = {}

    def document(self, pair: Pair, codec: Codec) -> Json:
        """Read the document that a pair's value holds, unless it was read before.

        :raises RowFailure: when the text is not base64
        :raises ValueError: when it holds no document
        """
        return self._read(pair, codec)[2]

    def _read(self, pair: Pair, codec: Codec) -> tuple[str, Codec, Json, bytes]:
        text = pair.value
        known = self._known.get(id(pair))
        if known is not None and known[0] is text and known[1] is codec:
            return known
        if text is None:
            raise ValueError(pair.name)
        content = codec.content(text)
        read = text, codec, parse_utf8(content, explain=False), content
        self._known[id(pair)] = read
        return read

    def change(self, pair: Pair, codec: Codec, step: Callable[[Json], Json], *, plain: bool) -> None:
        """Apply a step to the document that a pair's value holds.

        The text is written at once, or by ``close`` where the next step would read from it just what was written: where
        neither text nor step bring anything that changes on the way.

        :param plain: whether that is true of the step
        :raises RowFailure: when the step fails, or the text is not base64
        :raises NotApplicable: when the step cannot change the document
        :raises ValueError: when there is no document
        """
        held = self._open.get(id(pair))
        if held is not None and held[1] is codec and plain:
            self._open[id(pair)] = pair, codec, step(held[2])
            return
        self.close(pair)
        _, _, document, content = self._read(pair, codec)
        changed = step(document)
        if plain and is_plain(content):
            self._open[id(pair)] = pair, codec, changed
        else:
            pair.value = codec.write(changed)

    def close(self, pair: Pair) -> None:
        """Write what steps have made of the document in a pair."""
        held = self._open.pop(id(pair), None)
        if held is not None:
            pair.value = held[1].write(held[2])

    def close_all(self) -> None:
        """Write what steps have made of all documents."""
        if self._open:
            for pair, codec, changed in self._open.values():
                pair.value = codec.write(changed)
            self._open.clear()


def is_plain(content: bytes) -> bool:
    """Tell whether JSON text reads the same after any number of steps on its document, whether printed between or not.

    Characters beyond U+FFFF need not: a regex can leave half of one, and base64 of it is another character. As escapes
    all that are halves begin with a D.
    """
    # Most text has no escapes at all, which is told more quickly.
    return (_BACKSLASH not in content or (b"\\ud" not in content and b"\\uD" not in content)) and (
        content.isascii() or not content.translate(None, _NO_PAIRS)
    )


def is_plain_value(value: Json) -> bool:
    """Tell the same of a value that a step brings.

    Objects and arrays are the config's own, which the next step must not change where they are.
    """
    if isinstance(value, dict | list):
        return False
    try:
        return is_plain(orjson.dumps(value, default=str))
    except TypeError:
        return False
