"""Candidates chosen by what becomes of rows: those by which most pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final, NamedTuple

from event_recovery.documents.problems import ConfigError
from event_recovery.engine.recovery import Recovery
from event_recovery.explore.causes import Cause
from event_recovery.explore.row import read_row
from event_recovery.suggest.advice import advise
from event_recovery.suggest.candidates import Advice, Candidate, Flow, SchemaOf
from event_recovery.suggest.further import given, still_refused
from event_recovery.suggest.seen import seen_in
from event_recovery.suggest.trying import Tried, recovery_of, try_on
from event_recovery.verify import Verifier

#: So many combinations of candidates are tried for the causes of one group.
_MOST_TRIED: Final = 48


class RowCauses(NamedTuple):
    """What is wrong with rows, by the innermost of them: their type and all causes."""

    type: str
    causes: frozenset[Cause]


@dataclass(frozen=True, slots=True)
class Choice:
    """What mends rows, if anything does.

    :param tried: what became of the rows
    :param questions: what a person has to decide
    :param places: where steps go for it
    :param why: why nothing mends them
    """

    mends: tuple[Candidate, ...]
    tried: Tried
    questions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    why: str = ""


class Chooser:
    """Chooses for one group after the other, and remembers what mends a cause.

    :param portable: whether only what the Scala job knows is chosen
    :param clean: whether querystrings are written clean
    """

    def __init__(self, verifier: Verifier, schema_of: SchemaOf, *, portable: bool, clean: bool) -> None:
        self._verifier, self._schema_of = verifier, schema_of
        self._portable, self._clean = portable, clean
        self._chosen: dict[tuple[str, Cause], Candidate] = {}

    def choose(self, of: RowCauses, lines: Sequence[bytes]) -> Choice:
        """Choose what mends rows of the same causes."""
        rows = [read_row(line) for line in lines]
        advices = {
            cause: advise(seen_in(rows, cause, of.causes - {cause}), self._schema_of) for cause in sorted(of.causes)
        }
        usable = {cause: self._usable(of.type, cause, advice) for cause, advice in advices.items()}
        left = [advices[cause] for cause, candidates in usable.items() if not candidates]
        if left:
            asked = [one for one in left if not one.candidates and not one.hopeless]
            return _asking(asked, Tried(len(lines)), "; ".join(_why_not(left)))
        best, tried = self._best(product(*usable.values()), lines)
        own = best
        if tried.failing and len(of.causes) == 1:
            best, tried = self._mend_further(of.type, best, tried, lines)
        if not tried.passing and not tried.unchecked:
            does = "; ".join(one.does for one in own)
            return _asking(advices.values(), tried, f"tried without success ({does}): {tried.reason}")
        for cause, candidate in zip(usable, own, strict=True):
            self._chosen.setdefault((of.type, cause), candidate)
        return Choice(best, tried)

    def _usable(self, row_type: str, cause: Cause, advice: Advice) -> list[Candidate]:
        """Return the candidates that may be written, first the one that mends the cause in another group."""
        candidates = [one for one in advice.candidates if one.portable or not self._portable]
        chosen = self._chosen.get((row_type, cause))
        if chosen is not None:
            candidates.sort(key=lambda one: one.does != chosen.does)
        return candidates

    def _best(
        self, combinations: Iterable[tuple[Candidate, ...]], lines: Sequence[bytes]
    ) -> tuple[tuple[Candidate, ...], Tried]:
        """Return the first of those by which most rows pass."""
        best: tuple[Candidate, ...] = ()
        result = Tried(len(lines))
        for combined in islice(combinations, _MOST_TRIED):
            recovery = self._recovery(combined)
            if recovery is None:
                continue
            tried = try_on(lines, recovery, self._verifier)
            if not best or tried.is_better_than(result):
                best, result = combined, tried
            if result.passing == result.rows:
                break
        return best, result

    def _recovery(self, candidates: Iterable[Candidate]) -> Recovery | None:
        flows: list[Flow] = [flow for candidate in candidates for flow in candidate.flows]
        try:
            return recovery_of(flows, portable=self._portable, clean=self._clean) if flows else None
        except ConfigError:
            # A name or value of a row that the language of configs has no words for.
            return None

    def _mend_further(
        self, row_type: str, best: tuple[Candidate, ...], tried: Tried, lines: Sequence[bytes]
    ) -> tuple[tuple[Candidate, ...], Tried]:
        """Mend what shows only when the first cause is mended: Enrich looks no further than at the first."""
        recovery = self._recovery(best)
        if recovery is None:
            return best, tried
        conditions = given(flow for one in best for flow in one.flows)
        for cause, rows in still_refused(row_type, lines, recovery, self._verifier).items():
            seen = seen_in(rows, cause, frozenset(), conditions)
            advice = advise(seen, self._schema_of)
            more, result = self._best(
                ((*best, one) for one in advice.candidates if one.portable or not self._portable), lines
            )
            if more and result.is_better_than(tried):
                best, tried = more, result
        return best, tried


def _asking(advices: Iterable[Advice], tried: Tried, why: str) -> Choice:
    asked = tuple(advices)
    places = tuple(place for one in asked for place in one.places)
    return Choice((), tried, tuple(one.question for one in asked), places, why)


def _why_not(left: Iterable[Advice]) -> Iterator[str]:
    for one in left:
        if one.hopeless:
            yield one.question
        elif one.candidates:
            yield f"the Scala job cannot do it, or does it otherwise: {one.candidates[0].does}"
