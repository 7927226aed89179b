"""What a schema refuses of a value, as the validator reports it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Report(NamedTuple):
    """One violation. Its place is made from the value outwards, so that a valid value costs nothing.

    :param path: where the value stands below the one that was checked, such as ``.a[0].b``
    :param text: what the message says behind the path
    :param targets: the arguments of the message, as text
    """

    path: str
    text: str
    keyword: str
    targets: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as a data report of a bad row has it."""
        return {
            "message": f"${self.path}{self.text}",
            "path": f"${self.path}",
            "keyword": self.keyword,
            "targets": list(self.targets),
        }


#: What is wrong with a value; None and the empty list say that nothing is.
Reports = list[Report] | None

#: Checks a value against a compiled schema, or a part of one.
Check = Callable[[Any], Reports]

#: For each type of Python that JSON is read as, the check of a value of that type; None when there is nothing to check.
ByType = dict[type, Check | None]


def below(place: str, reports: Iterable[Report]) -> list[Report]:
    """Move reports one level down."""
    return [Report(place + path, text, keyword, targets) for path, text, keyword, targets in reports]


class UnusableSchema(Exception):  # noqa: N818 - not a fault of ours
    """A schema on which Enrich's validator itself fails, or whose answer cannot be told here; the text says why."""
