"""The files of a run: chosen once, written down, and compared with what lies there whenever the run is tried again."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from event_recovery.inputs.choice import Choice
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, parse_location

#: What became of a file since it was chosen.
Change = Literal["it was changed", "it is gone"]

_VERSION: Final = 1


class ManifestError(ValueError):
    """A manifest that cannot be used; the text says why."""


class _Head(msgspec.Struct):
    version: int
    asked: dict[str, Any]


class _Line(msgspec.Struct, array_like=True):
    uri: str
    size: int
    arrived: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run reads, and nothing else.

    :param asked: the inputs and the selection that the files were chosen by, as ``asked`` returns them
    :param files: each once
    """

    asked: Mapping[str, Any]
    files: tuple[StoredFile, ...]

    def to_bytes(self) -> bytes:
        """Return gzipped lines of JSON: what was asked, then ``[URI, bytes, arrival, ETag]`` of each file."""
        head = _Head(_VERSION, dict(self.asked))
        lines = (_Line(file.location.uri, file.size, file.arrived, file.etag) for file in self.files)
        return gzip.compress(msgspec.json.Encoder().encode_lines([head, *lines]), compresslevel=6, mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read what ``to_bytes`` returned.

        :raises ManifestError: when it is something else
        """
        try:
            head, *lines = gzip.decompress(content).splitlines()
            found = msgspec.json.decode(head, type=_Head)
            decoder = msgspec.json.Decoder(_Line)
            listed = [decoder.decode(line) for line in lines]
        except (EOFError, OSError, ValueError) as error:
            raise ManifestError(f"this is no list of a run's files: {error}") from error
        if found.version != _VERSION:
            raise ManifestError(f"this list of a run's files is of version {found.version}, expected {_VERSION}")
        files = (StoredFile(parse_location(one.uri), one.size, one.arrived, one.etag) for one in listed)
        return cls(found.asked, tuple(files))

    def changes(self, listed: Iterable[StoredFile]) -> dict[str, Change]:
        """Tell which files are no longer what they were, by URI.

        :param listed: what lies at the inputs now
        """
        now = {file.location.identity: file for file in listed}
        changes: dict[str, Change] = {}
        for file in self.files:
            found = now.get(file.location.identity)
            if found is None:
                changes[file.location.uri] = "it is gone"
            elif _content(found) != _content(file):
                changes[file.location.uri] = "it was changed"
        return changes


@dataclass(frozen=True, slots=True)
class Settled:
    """What a try of a run reads.

    :param manifest: what the run's first try chose
    :param choice: what is read of it
    :param changed: the other files of the manifest, by URI
    """

    manifest: Manifest
    choice: Choice
    changed: Mapping[str, Change]

    def warnings(self) -> list[str]:
        """Say which files are not read, although the run chose them, a line each."""
        return [f"{uri} is not read: {change} since it was chosen" for uri, change in self.changed.items()]


def settled(
    choice: Choice, listed: Iterable[StoredFile], *, kept: Manifest | None, wanted: Mapping[str, Any]
) -> Settled:
    """Decide what a try of a run reads: what lies there, or what an earlier try has chosen and is still there.

    :param choice: made among what lies at the inputs now
    :param listed: all that lies there now
    :param kept: the manifest of the earlier try, if there was one
    :param wanted: what this try asks for, see ``asked``
    :raises ManifestError: when the earlier try asked for something else
    """
    if kept is None:
        return Settled(Manifest(wanted, choice.files), choice, {})
    if kept.asked != wanted:
        told = ", ".join(
            f"{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in kept.asked.items()
        )
        raise ManifestError(f"this run has begun with {told}; give a run of its own to what is asked for now")
    changed = kept.changes(listed)
    files = tuple(file for file in kept.files if file.location.uri not in changed)
    return Settled(kept, replace(choice, files=files), changed)


def asked(inputs: Iterable[str], **selection: Any) -> dict[str, Any]:
    """Return what files were chosen by, as JSON: the inputs, and each part of the selection that is not empty."""
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in selection.items() if value}
    return {"inputs": list(inputs), **kept}


def _content(file: StoredFile) -> tuple[Any, ...]:
    """Return what differs when the content does. An object that is written again as it was is the same."""
    return (file.size, file.etag) if isinstance(file.location, S3) else (file.size, file.arrived)
