"""Faults on command: what to break, where, and how often.

A fault is armed once and fires when something matches its globs (``cluster`` and ``step`` match names or ids,
``action`` an API action; a call that names no cluster matches only ``*``), ``times`` times, or until it is disarmed
when ``times`` is None.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    SLOW_START = "slow-start"  # EC2 takes `seconds` more to give instances
    BOOTSTRAP_FAILURE = "bootstrap-failure"  # a bootstrap action returns `exit_code`
    VALIDATION_ERROR = "validation-error"  # EMR refuses the cluster after RunJobFlow succeeded
    LOST_CAPACITY = "lost-capacity"  # EC2 has no instances for the cluster
    INSTANCE_FAILURE = "instance-failure"  # the primary instance dies, `seconds` after the cluster became ready
    STEP_FAILURE = "step-failure"  # the step ends with `exit_code` in place of running its command
    STEP_HANG = "step-hang"  # the step's process does nothing and never ends
    STEP_INTERRUPTED = "step-interrupted"  # the step ends INTERRUPTED, `seconds` after its start
    PLAIN_TERMINATION = "plain-termination"  # after a failed step the cluster ends TERMINATED, with no reason code
    SLOW_LOGS = "slow-logs"  # a step's logs reach S3 `seconds` after its end
    THROTTLE = "throttle"  # `fraction` of the calls of `action` get ThrottlingException
    READ_TIMEOUT = "read-timeout"  # `action` takes effect, but its answer does not come for `seconds`


_CLUSTER = frozenset({"cluster", "times", "message"})
_STEP = frozenset({"cluster", "step", "times", "message"})
_CALL = frozenset({"cluster", "action", "times"})
_FIELDS: dict[FaultKind, frozenset[str]] = {
    FaultKind.SLOW_START: (_CLUSTER | {"seconds"}) - {"message"},
    FaultKind.BOOTSTRAP_FAILURE: _CLUSTER | {"exit_code"},
    FaultKind.VALIDATION_ERROR: _CLUSTER,
    FaultKind.LOST_CAPACITY: _CLUSTER,
    FaultKind.INSTANCE_FAILURE: _CLUSTER | {"seconds"},
    FaultKind.STEP_FAILURE: _STEP | {"exit_code"},
    FaultKind.STEP_HANG: _STEP - {"message"},
    FaultKind.STEP_INTERRUPTED: _STEP | {"seconds"},
    FaultKind.PLAIN_TERMINATION: _STEP - {"message"},
    FaultKind.SLOW_LOGS: (_STEP | {"seconds"}) - {"message"},
    FaultKind.THROTTLE: _CALL | {"fraction"},
    FaultKind.READ_TIMEOUT: _CALL | {"seconds"},
}
_ids = itertools.count(1)


class FaultError(ValueError):
    """A fault that cannot be armed; the message names the field, its value and what was expected."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault; ``fired`` counts how often it has struck."""

    kind: FaultKind
    cluster: str = "*"
    step: str = "*"
    action: str = "*"
    times: int | None = 1
    seconds: float = 0.0
    fraction: float = 1.0
    exit_code: int = 1
    message: str = ""
    id: str = dataclasses.field(default_factory=lambda: f"fault-{next(_ids)}")
    fired: int = 0
    debt: float = 0.0  # calls owed to THROTTLE: exact fractions, no dice

    @classmethod
    def parse(cls, fields: dict[str, Any]) -> Fault:
        """Make a fault from JSON; FaultError names what is wrong with it."""
        kind = _parse_kind(fields.get("kind"))
        given = {name: value for name, value in fields.items() if name != "kind"}
        if unknown := sorted(given.keys() - _FIELDS[kind]):
            raise FaultError(
                f"{unknown[0]}={given[unknown[0]]!r}: {kind} takes only {', '.join(sorted(_FIELDS[kind]))}"
            )
        for name, value in given.items():
            _check(name, value)
        if kind is FaultKind.THROTTLE:
            given.setdefault("times", None)
        return cls(kind=kind, **given)

    def view(self) -> dict[str, Any]:
        """Return the fault as JSON: its own fields only, and what became of it."""
        shown = ("id", "kind", *sorted(_FIELDS[self.kind]), "fired")
        return {name: getattr(self, name) for name in shown}

    @property
    def is_spent(self) -> bool:
        """True when it has struck as often as it should."""
        return self.times is not None and self.fired >= self.times


class FaultBook:
    """The armed faults. Each question asked of it is a chance to fire; a fault that fires is returned and counted."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def arm(self, fault: Fault) -> Fault:
        """Add a fault."""
        self._faults.append(fault)
        return fault

    def disarm(self, fault_id: str | None = None) -> int:
        """Remove one fault, or all; return how many were removed."""
        kept = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]
        removed = len(self._faults) - len(kept)
        self._faults = kept
        return removed

    def list(self) -> list[Fault]:
        """Return every fault armed, spent ones too, oldest first."""
        return [*self._faults]

    def for_cluster(self, kind: FaultKind, *names: str) -> Fault | None:
        """Return a fault of this kind that strikes the cluster known by any of ``names``."""
        return self._fire(kind, lambda fault: _matches(fault.cluster, names))

    def for_step(self, kind: FaultKind, cluster: tuple[str, ...], step: tuple[str, ...]) -> Fault | None:
        """Return a fault of this kind that strikes this step of this cluster."""
        return self._fire(kind, lambda fault: _matches(fault.cluster, cluster) and _matches(fault.step, step))

    def for_call(self, kind: FaultKind, action: str, cluster: tuple[str, ...]) -> Fault | None:
        """Return a fault of this kind that strikes this call about this cluster."""
        names = cluster or ("",)
        return self._fire(
            kind, lambda fault: _matches(fault.action, (action,)) and _matches(fault.cluster, names) and _is_due(fault)
        )

    def _fire(self, kind: FaultKind, strikes: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._faults:
            if fault.kind is kind and not fault.is_spent and strikes(fault):
                fault.fired += 1
                return fault
        return None


def _is_due(fault: Fault) -> bool:
    fault.debt += fault.fraction
    if fault.debt < 1.0 - 1e-9:
        return False
    fault.debt -= 1.0
    return True


def _matches(pattern: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def _parse_kind(value: object) -> FaultKind:
    try:
        return FaultKind(str(value))
    except ValueError:
        raise FaultError(f"kind={value!r}: expected one of {', '.join(FaultKind)}") from None


def _check(name: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    expected, fits = {
        "times": ("a whole number from 1, or null for ever", value is None or (isinstance(value, int) and value >= 1)),
        "seconds": ("a number of seconds from 0", number and float(str(value)) >= 0),
        "fraction": ("a number above 0, up to 1", number and 0 < float(str(value)) <= 1),
        "exit_code": ("a whole number from 1 to 255", isinstance(value, int) and 1 <= value <= 255),
    }.get(name, ("text", isinstance(value, str)))
    if not fits:
        raise FaultError(f"{name}={value!r}: expected {expected}")
