"""What may mend a cause: flows to try, or what a person has to decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from event_recovery.text.jsontext import no_spaces

Step = Mapping[str, Any]
#: Returns a schema by its Iglu URI; None when nobody has it.
SchemaOf = Callable[[str], Mapping[str, Any] | None]

_NO_NAME: Final = re.compile(r"[^a-zA-Z0-9]+")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of a recovery config.

    :param type: the name of the bad row type whose list it stands in
    :param mend: the name of what it does, in whichever parameter and by whichever steps; the flow's own when empty
    """

    type: str
    name: str
    conditions: tuple[Step, ...]
    steps: tuple[Step, ...]
    mend: str = ""

    @property
    def purpose(self) -> tuple[str, str, str]:
        """What it is for: flows that have the same do the same to the same rows."""
        return self.type, self.mend or self.name, repr(self.conditions)

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in a config."""
        return {"name": self.name, "conditions": [*self.conditions], "steps": [*self.steps]}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to mend a cause.

    :param does: what it does, as in "casts total to a number"
    :param check: what a person should look at before it is sent
    :param flows: none when another cause's mend mends this one as well
    :param portable: whether the Scala job does the same
    """

    does: str
    check: str
    flows: tuple[Flow, ...]
    portable: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known of a cause.

    :param candidates: in the order in which they are tried
    :param question: what is to be decided, or done elsewhere, when none of them does
    :param places: where a step goes that a person writes, when the rows tell
    :param hopeless: whether there is nothing to decide: the question then says why
    """

    candidates: tuple[Candidate, ...]
    question: str
    places: tuple[str, ...] = ()
    hopeless: bool = False


def test(path: str, **matcher: Any) -> Step:
    """Make a condition."""
    return {"op": "Test", "path": path, "value": matcher}


def name_of(*words: str) -> str:
    """Make a name of a flow, of the characters that one may have."""
    name = _NO_NAME.sub("-", "-".join(words)).strip("-")
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME + 1].rpartition("-")[0] or name[:_LONGEST_NAME]


def quoted(text: str) -> str:
    """Return a text as a part of a Java regex."""
    return re.sub(r"([\\.\[\]{}()*+?^$|])", r"\\\1", text)


def literal(text: str) -> str:
    """Return a text as a part of a regex's replacement."""
    return re.sub(r"([\\$])", r"\\\1", text)


def in_json(text: str) -> str:
    """Return what a text looks like inside of a JSON string, as a part of a regex that is searched in JSON."""
    return quoted(no_spaces(text)[1:-1])
