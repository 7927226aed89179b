"""``summary.json``: the account of a run, which job and provider read and write alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from event_recovery.contract.types import told_unknown


@dataclass(frozen=True, slots=True)
class Tally:
    """How much came out one way.

    :param rows: how many
    :param bytes: their size as written; of skipped rows, as read
    :param labels: rows by each label that tells them apart: of failed rows ``{"error": {"CastFailure": 3}, "type": …,
        "flow": …}`` (a type may be one that is not published), of unrecoverable ones ``{"type": …}``, of skipped ones
        ``{"reason": …, "type": …}``. Where there are any: rows on which the fast route had a fault, ``"fault"``; rows
        that Enrich would refuse, by schema and reason, ``"would_fail"``; recovered ones that could not be verified, by
        what was not checked, ``"not_checked"``
    """

    rows: int = 0
    bytes: int = 0
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """An input file that could not be read to its end.

    :param reason: why not, as the end of a sentence about the file
    :param rows: how many could be read of it, and were submitted; None in a summary of a version that did not tell
    """

    reason: str
    rows: int | None = None

    def __str__(self) -> str:
        """Return both in words."""
        return self.reason if self.rows is None else f"{self.reason}; rows read of it: {self.rows:,}"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a finished run did, counted from what it committed. Times are ISO 8601 in UTC.

    :param submitted: rows read, counted apart from what became of them; those that were skipped are among them
    :param started: when the run's first attempt began
    :param restarts: how often the run began again, by Flink or resumed from a checkpoint; None when Flink could not be
        asked
    :param versions: of this package, Flink and Python
    :param first_event: earliest collector timestamp of the recovered events; None when nothing was recovered
    :param last_event: latest collector timestamp of the recovered events
    :param damaged_files: input files that could not be read to their end, by URI; what could be read of them was
        submitted
    :param changed_files: input files that were changed or deleted after the run had chosen them, by URI; a try that
        began after that has not read them, unless it went on from a checkpoint
    :param skipped: rows that were read, but that the run was not to recover
    """

    run_id: str
    submitted: int
    recovered: Tally
    failed: Tally
    unrecoverable: Tally
    started: str
    finished: str
    restarts: int | None
    versions: Mapping[str, str]
    first_event: str | None = None
    last_event: str | None = None
    damaged_files: Mapping[str, DamagedFile] = field(default_factory=dict)
    skipped: Tally = field(default_factory=Tally)
    changed_files: Mapping[str, str] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """Rows that came out, one way or another, and rows that were skipped."""
        return self.recovered.rows + self.failed.rows + self.unrecoverable.rows + self.skipped.rows

    @property
    def balanced(self) -> bool:
        """Whether every row read came out exactly one way, or was skipped."""
        return self.submitted == self.accounted

    @property
    def unknown_types(self) -> str | None:
        """How many rows failed because their type is of Snowplow's vendor and not published, in words, or None."""
        return told_unknown(self.failed.labels.get("type", {}))

    def to_json(self) -> str:
        """Return indented JSON with the fields above and ``balanced``."""
        return json.dumps({**asdict(self), "balanced": self.balanced}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> RunSummary:
        """Read what ``to_json`` wrote.

        :raises ValueError: when a field is missing or of the wrong kind
        """
        document = json.loads(text)
        try:
            return cls(
                run_id=document["run_id"],
                submitted=document["submitted"],
                recovered=Tally(**document["recovered"]),
                failed=Tally(**document["failed"]),
                unrecoverable=Tally(**document["unrecoverable"]),
                started=document["started"],
                finished=document["finished"],
                restarts=document["restarts"],
                versions=document["versions"],
                first_event=document.get("first_event"),
                last_event=document.get("last_event"),
                damaged_files=_damaged(document.get("damaged_files", {})),
                changed_files=document.get("changed_files", {}),
                skipped=Tally(**document.get("skipped", {})),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a run summary: {error!r}") from error


def _damaged(files: Mapping[str, Any]) -> dict[str, DamagedFile]:
    """Read the damaged files; at first a summary had a reason for each and nothing else."""
    return {
        uri: DamagedFile(reason=told) if isinstance(told, str) else DamagedFile(**told) for uri, told in files.items()
    }
