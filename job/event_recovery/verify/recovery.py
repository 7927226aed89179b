"""Recover, and send only what Enrich would take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from event_recovery.engine.recovery import Recovery
from event_recovery.engine.result import Result
from event_recovery.errors import WouldFail
from event_recovery.text.shorten import shorten
from event_recovery.verify.tally import group_of
from event_recovery.verify.verdicts import FAILS, NOT_CHECKED, Reason, Verdict
from event_recovery.verify.verifier import Verifier

#: How many reasons the message of a failed row names.
_NAMED: Final = 5
_LABEL_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class VerifiedRecovery:
    """A recovery whose payloads are verified before they are sent.

    A row of which Enrich would refuse an event is a failed row as a whole, so that the next config can mend it; what
    could not be checked is sent.
    """

    recovery: Recovery
    verifier: Verifier

    def recover(self, line: bytes) -> Result:
        """Recover one line, and verify its payload."""
        result = self.recovery.recover(line)
        if result.payload is None:
            return result
        verdicts = self.verifier.verify(result.payload)
        refused = [one for one in verdicts if one.outcome == FAILS]
        if refused:
            fault = result.fault
            result = self.recovery.refused(line, WouldFail(_message(refused, len(verdicts))))
            result.fault, result.verdict = fault, _label(refused[0])
        elif unseen := [one for one in verdicts if one.outcome == NOT_CHECKED]:
            result.verdict = _label(unseen[0])
        return result


def _message(refused: Sequence[Verdict], total: int) -> str:
    """Say why, each reason once."""
    reasons = list(dict.fromkeys(_line(one, reason) for one in refused for reason in _reasons(one)))
    events = "it" if total == 1 else f"{len(refused)} of its {total} events"
    more = len(reasons) - _NAMED
    return f"Enrich would refuse {events}: {'; '.join(reasons[:_NAMED])}{f'; and {more} more' if more > 0 else ''}"


def _line(verdict: Verdict, reason: Reason) -> str:
    return _words([verdict.bad_row_type or "", reason.schema, reason.keyword, reason.path, reason.text])


def _label(verdict: Verdict) -> str:
    """Say the first reason in words that are the same for events that fail alike."""
    (reason, *_) = _reasons(verdict)
    group = group_of(verdict, reason)
    what = [reason.text] if verdict.outcome == NOT_CHECKED else [group.keyword, group.path]
    return shorten(_words([group.schema or group.bad_row_type, *what]), _LABEL_CHARACTERS)


def _reasons(verdict: Verdict) -> tuple[Reason, ...]:
    return verdict.reasons or (Reason("", "", "", "no reason was given"),)


def _words(parts: Iterable[str]) -> str:
    """Join what there is, in one line."""
    return " ".join(" ".join(parts).split())
