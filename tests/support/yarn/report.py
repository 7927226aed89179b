"""What drills are held to, and the lines of a table of how they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # They import the provider, and with it an Airflow that chooses where to write.
    from support.yarn.drills import Result
    from support.yarn.run import Facts

_HEADS = f"{'drill':<27}{'step':<11}{'at last':<11}{'account':<9}{'restarts':>8}{'twice':>7}"
HEAD = f"{_HEADS}{'noticed s':>11}{'finished s':>12}"


def line(name: str, result: Result) -> str:
    """Return the line of a drill, below ``HEAD``."""
    facts = result.facts
    account = "none" if facts.summary is None else "exact" if not facts.faults else "WRONG"
    restarts = "-" if facts.summary is None else str(facts.summary.restarts)
    return (
        f"{name:<27}{result.state:<11}{facts.step_state:<11}{account:<9}{restarts:>8}{facts.duplicates:>7}"
        f"{result.noticed:>11.1f}{result.finished:>12.1f}"
    )


def is_exact(facts: Facts) -> bool:
    """Hold a run to a good end and an exact account; tell whether it is marked as a success."""
    told = facts.stdout + facts.stderr
    assert (facts.step_state, facts.exit_code, facts.faults) == ("COMPLETED", 0, []), told
    return facts.success
