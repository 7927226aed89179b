"""``event-recovery duplicates``: which events were sent by more than one run, by what the runs have written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import click
import orjson
from rich.table import Table

from event_recovery.cli.console import UNUSABLE, out, stop
from event_recovery.cli.inputs import Wanted, find_files
from event_recovery.cli.options import s3_options
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.reading import file_rows
from event_recovery.contract import layout
from event_recovery.storage.files import Storage
from event_recovery.text.shorten import shorten

#: How many events are named.
_EXAMPLES: Final = 5
_COLUMNS: Final = 4


@dataclass(slots=True)
class Sends:
    """Which runs have sent which events, by lines of their ``recovered-index``.

    :param without_id: payloads sent that hold no event with an id of its own, and cannot be compared
    """

    runs: list[str] = field(default_factory=list)
    without_id: int = 0
    # A number of 128 bits and a bit for each run: a day has millions of events.
    _senders: dict[int, int] = field(default_factory=dict)

    def add(self, run: str, lines: Iterable[bytes]) -> None:
        """Count the lines of a run.

        :raises ValueError: for a line that no index has
        """
        if run not in self.runs:
            self.runs.append(run)
        bit = 1 << self.runs.index(run)
        for line in lines:
            ids, *rest = line.decode().split("\t")
            if len(rest) < _COLUMNS - 1:
                raise ValueError(f"expected {_COLUMNS} columns by tabs, not {shorten(repr(line), 80)}")
            if ids == "-":
                self.without_id += 1
                continue
            for text in ids.split(","):
                event = UUID(text).int
                self._senders[event] = self._senders.get(event, 0) | bit

    @property
    def events(self) -> int:
        """How many events there are, each counted once."""
        return len(self._senders)

    def by_run(self) -> dict[str, tuple[int, int]]:
        """Return of each run how many events it has sent, and how many of these another run has sent, too."""
        sent: Counter[int] = Counter(self._senders.values())
        return {
            run: (
                sum(events for senders, events in sent.items() if senders >> place & 1),
                sum(events for senders, events in sent.items() if senders >> place & 1 and senders & ~(1 << place)),
            )
            for place, run in enumerate(self.runs)
        }

    def repeated(self) -> list[tuple[str, list[str]]]:
        """Return the events that more than one run has sent, each with its runs."""
        return [
            (str(UUID(int=event)), [run for place, run in enumerate(self.runs) if senders >> place & 1])
            for event, senders in self._senders.items()
            if senders & (senders - 1)
        ]


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the table.")
@s3_options
def duplicates(runs: tuple[str, ...], as_json: bool, storage: Storage) -> None:
    """Count the events that more than one run has sent.

    RUN is the prefix of a run, such as s3://bucket/event-recovery/runs/RUN-ID, or a pattern of several; what was sent
    is told by the files below recovered-index of each. It takes some 100 MB of memory for a million events.
    """
    wanted = Wanted(tuple(f"{run.rstrip('/')}/{layout.RECOVERED_INDEX}" for run in runs))
    found, sends = find_files(wanted, storage), Sends()
    with reading_progress("counting", wanted, found) as progress:
        for file in found.files:
            try:
                sends.add(_run_of(file.location.uri), file_rows(file, storage, progress.read))
            except ValueError as error:
                stop(f"{file.location.uri} is no index of recovered events: {error}", UNUSABLE)
    _show(sends, as_json=as_json)


def _run_of(uri: str) -> str:
    """Return the prefix of the run that a file of its index lies below."""
    return uri.rpartition(f"/{layout.RECOVERED_INDEX}/")[0]


def _show(sends: Sends, *, as_json: bool) -> None:
    by_run, repeated = sends.by_run(), sends.repeated()
    if as_json:
        document: dict[str, Any] = {
            "runs": {run: {"events": events, "sent_by_others": others} for run, (events, others) in by_run.items()},
            "events": sends.events,
            "sent_by_several": len(repeated),
            "payloads_without_id": sends.without_id,
            "examples": [{"event_id": event, "runs": names} for event, names in repeated[:_EXAMPLES]],
        }
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        return
    table = Table("run", "events", "sent by another run, too")
    for run, (events, others) in by_run.items():
        table.add_row(_name(run), f"{events:,}", f"{others:,}")
    out.print(table)
    share = f" ({len(repeated) / sends.events:.1%})" if sends.events else ""
    out.print(f"{len(repeated):,} of {sends.events:,} events{share} were sent by more than one run", highlight=False)
    _show_examples(repeated)
    if sends.without_id:
        out.print(f"payloads whose events have no id, which cannot be compared: {sends.without_id:,}", highlight=False)


def _show_examples(repeated: Sequence[tuple[str, list[str]]]) -> None:
    for event, runs in repeated[:_EXAMPLES]:
        out.print(f"  {event} by {', '.join(map(_name, runs))}", highlight=False, markup=False)
    if len(repeated) > _EXAMPLES:
        out.print(f"  and {len(repeated) - _EXAMPLES:,} more", highlight=False)


def _name(run: str) -> str:
    return run.rpartition("/")[2]
