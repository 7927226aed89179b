"""Verdicts counted by what is wrong, for whoever decides over a run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from event_recovery.text.redact import Redaction, kind_of
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, PASSES, Reason, Verdict, VerdictOutcome

_INDEX: Final = re.compile(r"\[[0-9]+\]")


class Group(NamedTuple):
    """What events have in common that do not pass.

    :param path: in the data, with ``[]`` for any element of an array; or the field or parameter
    """

    outcome: VerdictOutcome
    bad_row_type: str
    schema: str
    keyword: str
    path: str


def group_of(verdict: Verdict, reason: Reason) -> Group:
    """Return the group of an event by one of its reasons."""
    path = _INDEX.sub("[]", reason.path)
    return Group(verdict.outcome, verdict.bad_row_type or "", reason.schema, reason.keyword, path)


@dataclass(slots=True)
class Counted:
    """How many events are in a group, and what Enrich would say of the first."""

    events: int
    example: str


@dataclass(slots=True)
class Tally:
    """The verdicts so far. An event is in as many groups as there are things wrong with it, and once in each."""

    payloads: int = 0
    outcomes: dict[VerdictOutcome, int] = field(default_factory=lambda: dict.fromkeys((PASSES, FAILS, NOT_CHECKED), 0))
    groups: dict[Group, Counted] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """Events, and bad rows of whole payloads."""
        return sum(self.outcomes.values())

    @property
    def pass_ratio(self) -> float:
        """The share of events that pass; those that were not checked do not count as passing."""
        return self.outcomes[PASSES] / self.events if self.events else 0.0

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count the verdicts on one payload."""
        self.payloads += 1
        for verdict in verdicts:
            self.outcomes[verdict.outcome] += 1
            seen = set()
            for reason in verdict.reasons:
                group = group_of(verdict, reason)
                if group not in seen:
                    seen.add(group)
                    counted = self.groups.setdefault(group, Counted(0, reason.text))
                    counted.events += 1

    def sorted_groups(self) -> list[tuple[Group, Counted]]:
        """Return the groups, the largest of each outcome first, failures before what was not checked."""
        order = (FAILS, NOT_CHECKED)
        return sorted(self.groups.items(), key=lambda item: (order.index(item[0].outcome), -item[1].events, item[0]))

    def redacted(self, redaction: Redaction) -> Tally:
        """Return the same counts with examples that hold no value but those of the fields that are kept."""
        groups = {
            group: counted
            if group.outcome == NOT_CHECKED or redaction.keeps(group.path)
            else Counted(counted.events, str(kind_of(counted.example)))
            for group, counted in self.groups.items()
        }
        return Tally(self.payloads, self.outcomes, groups)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {
            "payloads": self.payloads,
            "events": self.events,
            "passes": self.outcomes[PASSES],
            "fails": self.outcomes[FAILS],
            "not_checked": self.outcomes[NOT_CHECKED],
            "pass_ratio": self.pass_ratio,
            "groups": [
                {**group._asdict(), "events": counted.events, "example": counted.example}
                for group, counted in self.sorted_groups()
            ],
        }
