"""How long things take, in seconds. On AWS they take minutes; a test wants them short, but never nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from localaws.emr.faults import FaultError


@dataclass(slots=True)
class Pace:
    """The durations of a fabric; they may change while it runs."""

    provision: float = 0.2
    bootstrap: float = 0.1
    step: float = 0.0  # the least a step takes
    terminate: float = 0.1
    grace: float = 3.0  # between SIGTERM and SIGKILL when a cluster ends
    clock_speed: float = 1.0  # seconds of idle time that pass in one real second

    def change(self, values: dict[str, object]) -> None:
        """Set some of the durations; FaultError names the first that is not one, and then none is set."""
        known = {field.name for field in dataclasses.fields(self)}
        for name, value in values.items():
            if name not in known:
                raise FaultError(f"{name}={value!r}: expected one of {', '.join(sorted(known))}")
            if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
                raise FaultError(f"{name}={value!r}: expected a number from 0")
        for name, value in values.items():
            setattr(self, name, value)

    def view(self) -> dict[str, float]:
        """Return the durations as JSON."""
        return dataclasses.asdict(self)
