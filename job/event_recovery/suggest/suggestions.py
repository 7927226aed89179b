"""A config suggested for groups of bad rows, and for each of them what it makes of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any, Final, Literal

from event_recovery.badrows.types import TYPES_BY_NAME, PayloadKind
from event_recovery.documents.problems import ConfigError
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.causes import Cause
from event_recovery.explore.failures import causes_of
from event_recovery.explore.report import Explored, Numbered
from event_recovery.explore.row import Row, read_row
from event_recovery.suggest.advice import advise
from event_recovery.suggest.candidates import Advice, Candidate, Flow, SchemaOf
from event_recovery.suggest.seen import seen_in
from event_recovery.suggest.trying import Tried, config_of, recovery_of, try_on
from event_recovery.verify import Verifier

#: So many combinations of candidates are tried for the causes of one group.
_MOST_TRIED: Final = 48
#: Whether flows mend a group, or a person has to decide something first, or nothing can be done.
Verdict = Literal["mended", "decide", "nothing"]
_NO_PAYLOAD: Final = "rows of this type hold no payload that could be sent again"
_Causes = tuple[str, frozenset[Cause]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is suggested for a group.

    :param mends: what mends it; empty when nothing does
    :param tried: its rows, by the whole config if there are mends, else by the best candidates
    :param alone: its rows by its own mends
    :param questions: what a person has to decide, or to do elsewhere
    :param why: why nothing can be recovered, or why what was tried is not suggested; the empty text for neither
    """

    of: Numbered
    mends: tuple[Candidate, ...] = ()
    tried: Tried = field(default_factory=Tried)
    questions: tuple[str, ...] = ()
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
        by_content = {content_of(flow): flow.name for flow in self.flows}
        return [by_content[content_of(flow)] for flow in mend.flows]


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
    work = _Work(verifier, schema_of, portable, clean)
    suggested: dict[int, Suggestion] = {}
    # What mends a cause alone is tried first where it has company.
    for one in sorted(found.groups, key=lambda one: (len(one.key.causes), one.number)):
        suggested[one.number] = work.suggest(one)
    flows = work.flows([suggested[one.number] for one in found.groups])
    recovery = recovery_of(flows, portable=portable, clean=clean) if flows else None
    groups = tuple(_with_all(suggested[one.number], recovery, verifier) for one in found.groups)
    return Suggestions(groups, flows, found, portable)


def _with_all(suggestion: Suggestion, recovery: Recovery | None, verifier: Verifier) -> Suggestion:
    """Try the whole config on a group's rows: flows of other groups may take part in them."""
    if not suggestion.mends or recovery is None:
        return suggestion
    tried = try_on(suggestion.of.group.held, recovery, verifier)
    return replace(suggestion, tried=tried, alone=suggestion.tried)


class _Work:
    """What is known while groups are gone through."""

    def __init__(self, verifier: Verifier, schema_of: SchemaOf, portable: bool, clean: bool) -> None:
        self._verifier, self._schema_of, self._portable = verifier, schema_of, portable
        self._clean = clean
        self._chosen: dict[tuple[str, Cause], Candidate] = {}

    def suggest(self, one: Numbered) -> Suggestion:
        if not one.mend.recoverable and one.mend.recoverable is not None:
            known = TYPES_BY_NAME.get(one.key.type)
            no_payload = known is not None and known.kind is PayloadKind.NONE
            return Suggestion(one, why=_NO_PAYLOAD if no_payload else one.mend.why)
        if not len(one.group.held):
            return Suggestion(one, why="no row of it is short enough to be tried")
        mends: list[Candidate] = []
        questions: dict[str, None] = {}
        tried, why = Tried(), ""
        for of, lines in _alike(one).items():
            best, result, asked, reason = self._for_causes(of, lines)
            tried += result
            why = why or reason
            mends += (candidate for candidate in best if candidate not in mends)
            questions |= dict.fromkeys(asked)
        return Suggestion(one, tuple(mends), tried, tuple(questions), why)

    def _for_causes(
        self, of: _Causes, lines: Sequence[bytes]
    ) -> tuple[tuple[Candidate, ...], Tried, tuple[str, ...], str]:
        """Return the best candidates for rows of the same causes, what they make of them, questions, and why not."""
        row_type, causes = of
        rows = [read_row(line) for line in lines]
        advices = {cause: self._advise(rows, cause, causes) for cause in sorted(causes)}
        usable = {cause: self._usable(row_type, cause, advice) for cause, advice in advices.items()}
        open_causes = [cause for cause, candidates in usable.items() if not candidates]
        if open_causes:
            left = [advices[cause] for cause in open_causes]
            asked = tuple(one.question for one in left if not one.candidates and not one.hopeless)
            why = [one.question for one in left if one.hopeless]
            why += [
                f"the Scala job cannot do it, or does it otherwise: {one.candidates[0].does}"
                for one in left
                if one.candidates
            ]
            return (), Tried(len(lines)), asked, "; ".join(why)
        best: tuple[Candidate, ...] = ()
        result = Tried(len(lines))
        for combined in islice(product(*usable.values()), _MOST_TRIED):
            flows = [flow for candidate in combined for flow in candidate.flows]
            if not flows:
                continue
            tried = self._try(flows, lines)
            if not best or (tried.passing, tried.unchecked) > (result.passing, result.unchecked):
                best, result = combined, tried
            if result.passing == result.rows:
                break
        questions = tuple(advice.question for advice in advices.values())
        if not result.passing and not result.unchecked:
            does = "; ".join(one.does for one in best)
            return (), result, questions, f"tried without success ({does}): {result.reason}"
        for cause, candidate in zip(usable, best, strict=True):
            self._chosen.setdefault((row_type, cause), candidate)
        return best, result, questions if result.failing else (), ""

    def _advise(self, rows: list[Row], cause: Cause, causes: frozenset[Cause]) -> Advice:
        return advise(seen_in(rows, cause, causes - {cause}), self._schema_of)

    def _usable(self, row_type: str, cause: Cause, advice: Advice) -> list[Candidate]:
        """Return the candidates that may be written, first the one that mends the cause in another group."""
        candidates = [one for one in advice.candidates if one.portable or not self._portable]
        chosen = self._chosen.get((row_type, cause))
        if chosen is not None:
            candidates.sort(key=lambda one: one.does != chosen.does)
        return candidates

    def _try(self, flows: Iterable[Flow], lines: Sequence[bytes]) -> Tried:
        try:
            recovery = recovery_of(flows, portable=self._portable, clean=self._clean)
        except ConfigError as error:
            return Tried(len(lines), reason=str(error))
        return try_on(lines, recovery, self._verifier)

    @staticmethod
    def flows(suggested: Iterable[Suggestion]) -> tuple[Flow, ...]:
        return tuple(_named(flow for one in suggested for mend in one.mends for flow in mend.flows))


def _alike(one: Numbered) -> Mapping[_Causes, list[bytes]]:
    """Part the rows of a group by what is wrong with them: those of recovery errors are of many kinds inside."""
    parts: dict[_Causes, list[bytes]] = {}
    for line in one.group.held:
        row = read_row(line)
        causes = row.causes if row.inner == row.type else causes_of(row.inner, row.failure, "")
        parts.setdefault((row.inner, frozenset(causes)), []).append(line)
    return parts


def _named(flows: Iterable[Flow]) -> list[Flow]:
    """Return flows, each once and under a name of its own, in an order in which they do not disturb each other.

    A property has to be renamed before another flow deletes it from rows that have the right one as well.
    """
    unique: dict[tuple[str, str, str], Flow] = {}
    for flow in flows:
        unique.setdefault(content_of(flow), flow)
    ordered = sorted(unique.values(), key=lambda flow: not any(step["op"] == "Rename" for step in flow.steps))
    names: Counter[tuple[str, str]] = Counter()
    named = []
    for flow in ordered:
        names[flow.type, flow.name] += 1
        count = names[flow.type, flow.name]
        named.append(flow if count == 1 else replace(flow, name=f"{flow.name}-{count}"))
    return named


def content_of(flow: Flow) -> tuple[str, str, str]:
    """Return what makes a flow that flow, whatever its name is."""
    return flow.type, repr(flow.conditions), repr(flow.steps)
