"""Lines with holes: a row is built once in full, then repeated with other ids and times in it.

Building a bad row with its contexts costs a millisecond, filling the holes of a built one ten microseconds.
All placeholders have the width of what replaces them, so lengths inside Thrift structs stay true.
"""

from __future__ import annotations

import re
import struct
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

EVENT_ID = "e0000000-0000-4000-8000-00000000000e"
DOMAIN_USER_ID = "d0000000-0000-4000-8000-00000000000d"
NETWORK_USER_ID = "a0000000-0000-4000-8000-00000000000a"
SESSION_ID = "50000000-0000-4000-8000-000000000005"
COLLECTED_MS = 1_111_111_111_111
CREATED_MS = 1_222_222_222_222
SENT_MS = 1_333_333_333_333
COLLECTED_I64 = struct.pack(">q", COLLECTED_MS)
COLLECTED = "1111-11-11T11:11:11.111Z"
FAILED = "1222-12-12T22:22:22.222Z"
COLLECTED_SQL = "1111-11-11 11:11:11.111"
CREATED_SQL = "1222-12-12 22:22:22.222"
#: Stands where base64 of the embedded bytes goes; ``json.dumps`` prints it as an escape, which is looked for instead.
EMBEDDED = "\x00embedded\x00"

_PLACEHOLDERS: tuple[bytes, ...] = (
    EVENT_ID.encode(),
    DOMAIN_USER_ID.encode(),
    NETWORK_USER_ID.encode(),
    SESSION_ID.encode(),
    str(COLLECTED_MS).encode(),
    str(CREATED_MS).encode(),
    str(SENT_MS).encode(),
    COLLECTED_I64,
    COLLECTED.encode(),
    FAILED.encode(),
    COLLECTED_SQL.encode(),
    CREATED_SQL.encode(),
    b"\\u0000embedded\\u0000",
)
_ANY_PLACEHOLDER = re.compile(b"(" + b"|".join(map(re.escape, _PLACEHOLDERS)) + b")")


def _uuid(rng: Random) -> bytes:
    digits = b"%032x" % rng.getrandbits(128)
    return b"%b-%b-4%b-8%b-%b" % (digits[:8], digits[8:12], digits[13:16], digits[17:20], digits[20:])


def _iso(milliseconds: int) -> bytes:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")[:23].encode()


def values(rng: Random, collected_ms: int) -> tuple[bytes, ...]:
    """Return one row's ids and times, in the order of the placeholders, for an event collected at that epoch time."""
    draw = rng.getrandbits(32)
    created_ms = collected_ms - 200 - draw % 4_000
    failed = _iso(collected_ms + 1_000 + draw % 60_000)
    collected = _iso(collected_ms)
    return (
        _uuid(rng),
        _uuid(rng),
        _uuid(rng),
        _uuid(rng),
        b"%d" % collected_ms,
        b"%d" % created_ms,
        b"%d" % (created_ms + 150),
        struct.pack(">q", collected_ms),
        collected + b"Z",
        failed + b"Z",
        collected.replace(b"T", b" "),
        _iso(created_ms).replace(b"T", b" "),
    )


@dataclass(frozen=True, slots=True)
class Template:
    """Literal bytes with holes; ``embedded``, when given, is filled too and put in as base64, ``rounds`` times over."""

    parts: tuple[bytes, ...]
    holes: tuple[tuple[int, int], ...]
    embedded: Template | None = None
    rounds: int = 1

    @classmethod
    def of(cls, data: bytes, *, embedded: bytes | None = None, rounds: int = 1) -> Template:
        """Cut the bytes at their placeholders."""
        pieces = _ANY_PLACEHOLDER.split(data)
        numbers = {placeholder: number for number, placeholder in enumerate(_PLACEHOLDERS)}
        return cls(
            parts=tuple(pieces),
            holes=tuple((at, numbers[piece]) for at, piece in enumerate(pieces) if at % 2),
            embedded=None if embedded is None else cls.of(embedded),
            rounds=rounds,
        )

    def fill(self, row_values: Sequence[bytes]) -> bytes:
        """Return the bytes with one row's ``values`` in the holes."""
        if self.embedded is not None:
            data = self.embedded.fill(row_values)
            for _ in range(self.rounds):
                data = b64encode(data)
            row_values = (*row_values, data)
        parts = list(self.parts)
        for at, number in self.holes:
            parts[at] = row_values[number]
        return b"".join(parts)
