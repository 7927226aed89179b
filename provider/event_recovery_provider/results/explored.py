"""An exploration on a worker: its files chosen, its rows read within bounds, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from event_recovery.explore.brief import Brief, brief, briefs
from event_recovery.explore.compare import Compared, Earlier, compare, document
from event_recovery.explore.page import Told, page
from event_recovery.explore.redacted import redacted
from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.sampling import explore_sample
from event_recovery.explore.told import headline
from event_recovery.inputs.choice import Selection
from event_recovery.inputs.sample_reader import MIB, Sampled, SampleReader
from event_recovery.storage.files import Storage, StoredFile
from event_recovery.text.redact import Redaction

from event_recovery_provider.pages import FILES
from event_recovery_provider.planning.exploration import GROUPS, Exploration

#: What an exploration unpacks, in bytes, and how long it reads, in seconds, at most.
MOST_BYTES: Final = 1024 * MIB
MOST_SECONDS: Final = 600.0
#: How many groups of each sort are told of in an XCom and in the extra of assets, and how many in the log.
_TOLD, _LOGGED = 20, 20


class EarlierError(ValueError):
    """The groups of an earlier exploration cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Exploring:
    """What was found, beside what was found before.

    :param place: S3 URI of the folder of this exploration
    :param time: when it was due
    :param read: what was read
    :param compared_with: S3 URI of the earlier groups; None when there were none
    """

    place: str
    time: datetime
    found: Explored
    read: Sampled
    compared: Compared
    earlier: Earlier | None
    compared_with: str | None

    @property
    def page_uri(self) -> str:
        """Where the page of it is."""
        return f"{self.place}/{FILES['explore']}"

    @property
    def groups_uri(self) -> str:
        """Where the groups of it are."""
        return f"{self.place}/{GROUPS}"

    def page(self) -> bytes:
        """Return it as HTML."""
        marks = {one.key.name: "new" for one in self.compared.new}
        for grown in self.compared.grown:
            marks[grown.group.key.name] = f"grown from {grown.before:,} rows"
        told = (f"{word.partition(' ')[0].capitalize()}: {name}" for name, word in islice(marks.items(), _TOLD))
        return page(self.found, notes=[*self._notes(), *told], about=partial(_about, marks))

    def document(self) -> bytes:
        """Return it as JSON, with examples, for people and for the next exploration."""
        return document(self.found, self.compared, self.earlier, time=self.time.isoformat())

    def to_xcom(self) -> dict[str, Any]:
        """Return it as small JSON without values of rows."""
        total, compared = self.found.total, self.compared
        return {
            "rows": total.rows,
            "events": total.events,
            "bytes": total.bytes,
            "files": self.found.files,
            "unread": len(self.found.unread),
            "whole": self.found.sample is None,
            "group_count": len(self.found.groups),
            "groups": [asdict(one) for one in briefs(self.found.groups, _TOLD)],
            "new": [asdict(one) for one in briefs(compared.new, _TOLD)],
            "grown": [{**asdict(brief(one.group)), "rows_before": one.before} for one in compared.grown[:_TOLD]],
            "told": self.told(),
            "compared_with": self.compared_with,
            "page": self.page_uri,
            "json": self.groups_uri,
        }

    def text(self) -> str:
        """Return it for the log."""
        lines = [headline(self.found), *self._notes(), *(str(one) for one in briefs(self.found.groups, _LOGGED))]
        if len(self.found.groups) > _LOGGED:
            lines.append(f"{'':20}and {len(self.found.groups) - _LOGGED:,} more groups")
        return "\n".join([*lines, f"All of it is in {self.page_uri}"])

    def told(self) -> str:
        """Return what is new and what has grown as Markdown, without values of rows; empty when nothing is."""
        lines = [_line("new", one, f"{one.rows:,}") for one in briefs(self.compared.new, _TOLD)]
        for grown in self.compared.grown[:_TOLD]:
            one = brief(grown.group)
            lines.append(_line("grown", one, f"{grown.before:,} → {one.rows:,}"))
        return "\n".join([*lines, f"- all groups: {self.page_uri}"] if lines else [])

    def _notes(self) -> Iterator[str]:
        if self.read.ended:
            yield f"No more rows were read: {self.read.ended}."
        if self.compared_with is None:
            yield "There is no earlier exploration to compare with."
        else:
            compared = self.compared
            yield f"Beside {self.compared_with}: {len(compared.new):,} new groups, {len(compared.grown):,} grown."


def explore(
    what: Exploration,
    files: tuple[StoredFile, ...],
    client: Any,
    *,
    place: str,
    time: datetime,
    earlier: tuple[str, bytes] | None,
) -> Exploring:
    """Read rows of files, group them, and compare the groups with earlier ones.

    :param client: of boto3, for S3
    :param earlier: URI and content of the earlier groups; None when there are none
    :raises EarlierError: when these are no groups
    """
    uri, before = (None, None) if earlier is None else (earlier[0], _read(*earlier))
    chunks, rows = Storage(client=client).chunks, Selection.asked_by(what).rows
    sample = SampleReader(files, chunks, rows=rows, wanted=what.rows, most_bytes=MOST_BYTES)
    found = explore_sample(sample, seconds=MOST_SECONDS)
    if what.redact:
        found = redacted(found, Redaction.keeping(what.keep))
    compared = compare(found, before, grows_by=what.grows_by)
    return Exploring(place, time, found, sample.read(), compared, before, uri)


def _read(uri: str, content: bytes) -> Earlier:
    try:
        return Earlier.from_json(content)
    except ValueError as error:
        raise EarlierError(f"{uri} cannot be read: {error}") from error


def _about(marks: Mapping[str, str], one: Numbered) -> Iterator[Told]:
    if one.key.name in marks:
        yield Told("since before", marks[one.key.name])


def _line(word: str, one: Brief, rows: str) -> str:
    title = one.title.replace("`", "'")
    return f"- **{word}** `{one.name}` `{title}`: {rows} rows"
