"""What one poll found.

Each wait has one pure judgement, from what AWS answered to a verdict, and both the task that polls and the trigger that
polls for it call the same one, so that a wait means the same whether it holds a worker slot or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["pending", "success", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one poll found.

    :param message: a line for the log, followed by a table where there are counts
    :param failure: of a failed verdict, the error to raise: a key of ``exceptions.FAILURES``
    :param code: of a failed verdict, the reason
    :param result: JSON, the task's return value
    """

    outcome: Outcome
    message: str
    failure: str = ""
    code: str = ""
    result: Any = None

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.outcome != "pending"

    def to_event(self) -> dict[str, Any]:
        """Return the verdict as the JSON a trigger sends."""
        return {
            "outcome": self.outcome,
            "message": self.message,
            "failure": self.failure,
            "code": self.code,
            "result": self.result,
        }

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Verdict:
        """Read what ``to_event`` wrote.

        :raises ValueError: when it is something else
        """
        if event.get("outcome") not in ("success", "failed"):
            raise ValueError(f"expected the event of a settled wait, got {dict(event)!r}")
        return cls(
            outcome=event["outcome"],
            message=event.get("message", ""),
            failure=event.get("failure", ""),
            code=event.get("code", ""),
            result=event.get("result"),
        )


def pending(message: str) -> Verdict:
    """Return a verdict that says: poll again."""
    return Verdict("pending", message)


def success(message: str, *, result: Any = None) -> Verdict:
    """Return a verdict that ends the wait well."""
    return Verdict("success", message, result=result)


def failed(failure: str, message: str, *, code: str = "", result: Any = None) -> Verdict:
    """Return a verdict that ends the wait with the error named ``failure``."""
    return Verdict("failed", message, failure=failure, code=code, result=result)


def timed_out(what: str, *, seconds: float, last: str) -> Verdict:
    """Return the verdict of a wait whose deadline passed, with the last thing that was seen."""
    return failed("WaitTimeoutError", f"{what} did not happen within {seconds:.0f} s; last seen: {last or 'nothing'}")
