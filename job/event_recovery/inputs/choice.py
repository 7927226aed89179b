"""Which of the files at some inputs are read: a decision on plain data, whoever listed them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from event_recovery.inputs.given import GivenInput
from event_recovery.inputs.names import folder_type, written_by
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, Location, is_read_by_flink
from event_recovery.text.times import parse_time

#: Why a file is not read.
Reason = Literal[
    "hidden",
    "folder marker",
    "empty",
    "arrived before",
    "arrived after",
    "recovered already",
    "other type",
    "written before",
]

_WORDS: Final[Mapping[Reason, str]] = {
    "arrived before": "arrived before the window",
    "arrived after": "arrived after the window",
    "other type": "in folders of other types",
    "written before": "written before the window of failures",
}
# S3 tells whole seconds.
_SECOND: Final = timedelta(seconds=1)

_FOLDER_MARKER: Final = "_$folder$"
#: Formats of which Flink would read the packed bytes as rows, each with what unpacks it.
CANNOT_UNPACK: Final[Mapping[str, str]] = {
    ".7z": "7z x",
    ".lz4": "lz4 -d",
    ".snappy": "snzip -d",
    ".tar": "tar -x",
    ".xz": "xz -d",
    ".zip": "unzip",
    ".zst": "zstd -d",
}


class Asks(Protocol):
    """Whatever asks for files and rows, by the names that options and settings have for it."""

    @property
    def arrived_from(self) -> str | None:
        """Files that arrived then or later."""

    @property
    def arrived_to(self) -> str | None:
        """Files that arrived before then."""

    @property
    def types(self) -> Iterable[str]:
        """Rows of these types; none for all."""

    @property
    def failed_from(self) -> str | None:
        """Rows that failed then or later."""

    @property
    def failed_to(self) -> str | None:
        """Rows that failed before then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which files are chosen, by the time at which S3 got them (a local file: its last change), and which rows in them.

    Half-open: every file falls into exactly one of two adjacent windows. A file in which there can be no row that is
    chosen is not, either: one in a folder of another type, or one that was complete before its rows would have failed.

    :param arrived_from: files from then on, with a time zone; None for all
    :param arrived_to: files before then
    :param rows: which rows are chosen
    """

    arrived_from: datetime | None = None
    arrived_to: datetime | None = None
    rows: RowSelection = field(default_factory=RowSelection)

    @classmethod
    def of(
        cls,
        *,
        arrived_from: str | None = None,
        arrived_to: str | None = None,
        types: Iterable[str] = (),
        failed_from: str | None = None,
        failed_to: str | None = None,
    ) -> Selection:
        """Read what options and settings give; None and an empty text set no bound.

        :raises ValueError: for text that is no time with its offset
        """
        return cls(
            arrived_from=_time(arrived_from),
            arrived_to=_time(arrived_to),
            rows=RowSelection(types=frozenset(types), failed_from=_time(failed_from), failed_to=_time(failed_to)),
        )

    @classmethod
    def asked_by(cls, asked: Asks) -> Selection:
        """Read what a run's options, its plan or an exploration ask for.

        :raises ValueError: for text that is no time with its offset
        """
        return cls.of(
            arrived_from=asked.arrived_from,
            arrived_to=asked.arrived_to,
            types=asked.types,
            failed_from=asked.failed_from,
            failed_to=asked.failed_to,
        )

    def reason_against(self, file: StoredFile) -> Reason | None:
        """Return why a file is not chosen, None when it is."""
        if self.arrived_from is not None and file.arrived < self.arrived_from:
            return "arrived before"
        if self.arrived_to is not None and file.arrived >= self.arrived_to:
            return "arrived after"
        path = _path(file.location)
        if self.rows.types and folder_type(path) not in {None, *self.rows.types}:
            return "other type"
        complete = (file.arrived + _SECOND, written_by(path))
        if any(self.rows.all_failed_before(end) for end in complete if end is not None):
            return "written before"
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is read.

    :param files: each once, in the order of the inputs and of their listing
    :param passed_over: how many files are not read, by the reason
    :param nothing_in: texts of inputs in which there is nothing to read, with the reason in words
    :param cannot_unpack: files in a format that Flink does not unpack
    """

    files: tuple[StoredFile, ...] = ()
    passed_over: Mapping[Reason, int] = field(default_factory=dict)
    nothing_in: Mapping[str, str] = field(default_factory=dict)
    cannot_unpack: tuple[StoredFile, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files, as they are stored."""
        return sum(file.size for file in self.files)


def choose(listings: Iterable[tuple[GivenInput, Iterable[StoredFile]]], selection: Selection) -> Choice:
    """Choose among what was listed at each input; inputs may overlap.

    :param listings: each input with all files that begin as its ``start`` does, whatever their names
    """
    chosen: dict[str, StoredFile] = {}
    passed_over: Counter[Reason] = Counter()
    seen: set[str] = set()
    nothing_in: dict[str, str] = {}
    for given, listed in listings:
        if given.hidden_name is not None:
            nothing_in[given.text] = (
                f"Flink reads nothing whose name begins with a dot or an underscore, {given.hidden_name!r}"
            )
            continue
        files = [file for file in listed if given.takes(file.location)]
        against = [_reason(given, file, selection) for file in files]
        own = [file for file, reason in zip(files, against, strict=True) if reason is None]
        fresh = [file for file in own if file.location.identity not in chosen]
        for file, reason in zip(files, against, strict=True):
            if reason is not None and file.location.identity not in seen:
                passed_over[reason] += 1
            seen.add(file.location.identity)
        if not own:
            nothing_in[given.text] = _why_nothing(files, against)
        chosen.update((file.location.identity, file) for file in fresh)
    files_chosen = tuple(chosen.values())
    unpackable = tuple(file for file in files_chosen if file.location.name.lower().endswith(tuple(CANNOT_UNPACK)))
    return Choice(files_chosen, dict(passed_over), nothing_in, unpackable)


def refusal(file: StoredFile) -> str:
    """Say why a file in a format that Flink does not unpack is refused, and what to do."""
    suffix = next(suffix for suffix in CANNOT_UNPACK if file.location.name.lower().endswith(suffix))
    return (
        f"{file.location.uri}: Flink does not unpack {suffix} files, and would read their bytes as rows; "
        f"unpack it ({CANNOT_UNPACK[suffix]}), or pack it with gzip"
    )


def described(passed_over: Mapping[Reason, int]) -> str:
    """Say how many files are not read and why; nothing when there are none."""
    return ", ".join(f"{count:,} {_WORDS.get(reason, reason)}" for reason, count in sorted(passed_over.items()))


def _reason(given: GivenInput, file: StoredFile, selection: Selection) -> Reason | None:
    if file.location.name.endswith(_FOLDER_MARKER):
        return "folder marker"
    if not is_read_by_flink(given.names_below(file.location)):
        return "hidden"
    if not file.size:
        return "empty"
    return selection.reason_against(file)


def _path(location: Location) -> str:
    return location.key if isinstance(location, S3) else str(location.path)


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None


def _why_nothing(files: list[StoredFile], against: list[Reason | None]) -> str:
    if not files:
        return "there is no such file, and nothing below it"
    told = described(Counter(reason for reason in against if reason is not None))
    return f"of {len(files):,} files none is to be read: {told}"
