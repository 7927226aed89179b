"""Which files the inputs of a command mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from event_recovery.cli.advice import with_advice
from event_recovery.cli.console import UNUSABLE, stop, warn
from event_recovery.inputs.choice import Selection, choose, described, refusal
from event_recovery.inputs.given import GivenInput, parse_input
from event_recovery.storage.files import Storage, StorageError, StoredFile
from event_recovery.storage.locations import LocationError

#: How standard input is named among inputs.
STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command is asked to read.

    :param inputs: as they were typed
    :param selection: which of the files there are read
    :param sample: how many rows at most, spread over the files; None for all
    """

    inputs: tuple[str, ...]
    selection: Selection = field(default_factory=Selection)
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to read.

    :param files: each once
    :param standard_input: whether it is read, too, before the files
    """

    files: tuple[StoredFile, ...]
    standard_input: bool = False

    @property
    def size(self) -> int | None:
        """Bytes of all files, as they are stored; None when nobody knows before the end."""
        return None if self.standard_input else sum(file.size for file in self.files)


def find_files(wanted: Wanted, storage: Storage) -> Found:
    """List the inputs and choose among their files as the job does; what is not read is told.

    The command ends when there is nothing to read, or files that Flink would misread.
    """
    texts = [text for text in wanted.inputs if text != STANDARD_INPUT]
    standard_input = len(texts) < len(wanted.inputs)
    try:
        given = [parse_input(text) for text in texts]
    except LocationError as error:
        stop(f"INPUT {error}", UNUSABLE)
    choice = choose([(one, _listed(one, storage)) for one in given], wanted.selection)
    if choice.cannot_unpack:
        stop("\n".join(refusal(file) for file in choice.cannot_unpack), UNUSABLE)
    nothing = [f"INPUT {text}: {why}" for text, why in choice.nothing_in.items()]
    if not choice.files and not standard_input:
        stop("\n".join(nothing), UNUSABLE)
    for line in nothing:
        warn(line)
    if choice.passed_over:
        warn(f"not read: {described(choice.passed_over)}")
    return Found(choice.files, standard_input)


def _listed(given: GivenInput, storage: Storage) -> Iterator[StoredFile]:
    try:
        yield from storage.all_files(given.start)
    except StorageError as error:
        told = with_advice(error)
        stop(f"INPUT {told}" if told.startswith(given.text) else f"INPUT {given.text}: {told}", UNUSABLE)
