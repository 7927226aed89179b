"""A config suggested for groups of bad rows, and for each of them what it makes of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from event_recovery.badrows.types import TYPES_BY_NAME, PayloadKind
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.failures import causes_of
from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.row import read_row
from event_recovery.suggest.candidates import Candidate, Flow, SchemaOf
from event_recovery.suggest.choosing import Chooser, RowCauses
from event_recovery.suggest.trying import Tried, config_of, recovery_of, try_on
from event_recovery.verify import Verifier

#: Whether flows mend a group, or a person has to decide something first, or nothing can be done.
Verdict = Literal["mended", "decide", "nothing"]
_NO_PAYLOAD: Final = "rows of this type hold no payload that could be sent again"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is suggested for a group.

    :param mends: what mends it; empty when nothing does
    :param tried: its rows, by the whole config if there are mends, else by the best candidates
    :param alone: its rows by its own mends
    :param questions: what a person has to decide, or to do elsewhere
    :param places: where steps go for what is decided, as paths
    :param why: why nothing can be recovered, or why what was tried is not suggested; the empty text for neither
    """

    of: Numbered
    mends: tuple[Candidate, ...] = ()
    tried: Tried = field(default_factory=Tried)
    questions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    why: str = ""
    alone: Tried = field(default_factory=Tried)

    @property
    def verdict(self) -> Verdict:
        """What there is to say of the group in a word."""
        if self.mends:
            return "mended"
        if self.questions:
            return "decide"
        return "nothing"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for all groups.

    :param flows: of the config, in its order
    :param found: what was suggested for
    :param portable: whether the flows are for the Scala job as well
    """

    groups: tuple[Suggestion, ...]
    flows: tuple[Flow, ...]
    found: Explored
    portable: bool

    @property
    def config(self) -> dict[str, Any]:
        """The recovery config."""
        return config_of(self.flows, portable=self.portable)

    @property
    def share(self) -> float:
        """About which share of all rows passes by the config: each group's share counts as often as it has rows."""
        return self._share(lambda tried: tried.passing)

    @property
    def unchecked_share(self) -> float:
        """About which share of all rows is recovered, and could not be checked to the end."""
        return self._share(lambda tried: tried.unchecked)

    def _share(self, counted: Callable[[Tried], int]) -> float:
        rows = sum(
            one.of.group.rows * counted(one.tried) / one.tried.rows
            for one in self.groups
            if one.mends and one.tried.rows
        )
        return rows / max(self.found.total.rows, 1)

    def names(self, mend: Candidate) -> list[str]:
        """Return the names that the flows of a mend have in the config."""
        by_purpose = {flow.purpose: flow.name for flow in self.flows}
        return [by_purpose[flow.purpose] for flow in mend.flows]


def suggest(
    found: Explored, verifier: Verifier, schema_of: SchemaOf, *, portable: bool = False, clean: bool = False
) -> Suggestions:
    """Suggest flows for groups whose rows were kept, each tried on them.

    A flow mends one cause, and all rows that have it: those with several causes take part in several flows. Each
    group's causes are so mended together, and a cause is mended once however many groups have it.

    :param found: of ``Groups`` that hold rows
    :param portable: whether only what the Scala job knows is suggested
    :param clean: whether querystrings are written clean, as ``Recovery`` has it
    """
    chooser = Chooser(verifier, schema_of, portable=portable, clean=clean)
    suggested: dict[int, Suggestion] = {}
    # What mends a cause alone is tried first where it has company.
    for one in sorted(found.groups, key=lambda one: (len(one.key.causes), one.number)):
        suggested[one.number] = _suggest(one, chooser)
    flows = _named(flow for one in found.groups for mend in suggested[one.number].mends for flow in mend.flows)
    recovery = recovery_of(flows, portable=portable, clean=clean) if flows else None
    groups = tuple(_with_all(suggested[one.number], recovery, verifier) for one in found.groups)
    return Suggestions(groups, flows, found, portable)


def _suggest(one: Numbered, chooser: Chooser) -> Suggestion:
    if one.mend.recoverable is False:
        known = TYPES_BY_NAME.get(one.key.type)
        no_payload = known is not None and known.kind is PayloadKind.NONE
        return Suggestion(one, why=_NO_PAYLOAD if no_payload else one.mend.why)
    if not len(one.group.held):
        return Suggestion(one, why="no row of it is short enough to be tried")
    choices = [chooser.choose(causes, lines) for causes, lines in _alike(one).items()]
    mends: list[Candidate] = []
    for choice in choices:
        mends += (mend for mend in choice.mends if mend not in mends)
    return Suggestion(
        one,
        tuple(mends),
        sum((choice.tried for choice in choices), Tried()),
        tuple(dict.fromkeys(question for choice in choices for question in choice.questions)),
        tuple(dict.fromkeys(place for choice in choices for place in choice.places)),
        next((choice.why for choice in choices if choice.why), ""),
    )


def _with_all(suggestion: Suggestion, recovery: Recovery | None, verifier: Verifier) -> Suggestion:
    """Try the whole config on a group's rows: flows of other groups may take part in them."""
    if not suggestion.mends or recovery is None:
        return suggestion
    tried = try_on(suggestion.of.group.held, recovery, verifier)
    return replace(suggestion, tried=tried, alone=suggestion.tried)


def _named(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Return flows, each once and under a name of its own, so that they do not disturb each other.

    Two groups may have brought one mend by different steps, of which the second would meet a mended value. A property
    has to be renamed before another flow deletes it from rows that have the right one as well.
    """
    unique: dict[tuple[str, str, str], Flow] = {}
    for flow in flows:
        known = unique.setdefault(flow.purpose, flow)
        if _on_text(flow) and not _on_text(known):
            # What works on the text does nothing where there is nothing to do; a cast fails there.
            unique[flow.purpose] = flow
    ordered = sorted(unique.values(), key=lambda flow: not any(step["op"] == "Rename" for step in flow.steps))
    names: Counter[tuple[str, str]] = Counter()
    named = []
    for flow in ordered:
        names[flow.type, flow.name] += 1
        count = names[flow.type, flow.name]
        named.append(flow if count == 1 else replace(flow, name=f"{flow.name}-{count}", mend=flow.mend or flow.name))
    return tuple(named)


def _on_text(flow: Flow) -> bool:
    return bool(flow.steps) and all("match" in step for step in flow.steps)


def _alike(one: Numbered) -> dict[RowCauses, list[bytes]]:
    """Part the rows of a group by what is wrong with them: those of recovery errors are of many kinds inside."""
    parts: dict[RowCauses, list[bytes]] = {}
    for line in one.group.held:
        row = read_row(line)
        causes = row.causes if row.inner == row.type else causes_of(row.inner, row.failure, "")
        parts.setdefault(RowCauses(row.inner, frozenset(causes)), []).append(line)
    return parts
