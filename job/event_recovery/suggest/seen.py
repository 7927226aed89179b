"""What the rows of a group show of one of their causes: where it lies, and how it is reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from event_recovery.explore.breaches import carried_of, messages_of
from event_recovery.explore.causes import Cause, message_causes, report_cause
from event_recovery.explore.row import Row
from event_recovery.suggest.candidates import Flow, Step, in_json, name_of, quoted, test

#: The parameters that hold one self-describing JSON, and those that hold several.
ONE: Final = ("ue_pr", "ue_px")
SEVERAL: Final = ("co", "cx")
_MOST_REPORTS: Final = 5
_PROPERTY_KINDS: Final = ("missing property", "property not allowed")
_PLAIN: Final = re.compile(r"[a-zA-Z0-9_-]+")
_FILTERABLE: Final = re.compile(r"[a-zA-Z0-9-]+")
#: A segment of a place that stands for any element of an array.
ANY: Final = None
Place = tuple[str | None, ...]


@dataclass(slots=True)
class Seen:
    """A cause, as rows show it.

    :param others: the other causes of the same rows
    :param carriers: the parameters that hold an entity of the cause's schema
    :param wrappers: the parameters whose JSON as a whole has the cause's schema
    :param data: the data of the entities of the schema
    :param reports: of a validator, that are of this cause, each once: path, keyword and targets
    :param messages: that are of this cause, of one row
    :param given: the conditions of flows, where the rows that come in do not tell of the cause yet
    """

    cause: Cause
    type: str
    others: frozenset[Cause]
    carriers: list[str] = field(default_factory=list)
    wrappers: list[str] = field(default_factory=list)
    data: list[Any] = field(default_factory=list)
    reports: list[tuple[Any, Any, Any]] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    payloads: list[Any] = field(default_factory=list)
    given: tuple[Step, ...] | None = None

    @property
    def schema(self) -> str:
        """The schema that the cause is about."""
        return self.cause.schema

    @property
    def label(self) -> str:
        """The schema's name, for names of flows."""
        parts = self.schema.split("/")
        return parts[1] if len(parts) == 4 else self.schema

    @property
    def place(self) -> Place:
        """The names that lead to what is wrong; ``ANY`` for any element of an array."""
        if self.cause.kind in _PROPERTY_KINDS and self.reports:
            path, _, targets = self.reports[0]
            if path is not None and type(targets) is list and targets and type(targets[0]) is str:
                # The name of a property may have any signs, dots as well.
                return (*place_of(path), targets[0])
        return place_of(self.cause.field)

    def conditions(self) -> tuple[Step, ...]:
        """Return what tells rows of this cause, by their failure."""
        return tuple(_conditions(self)) if self.given is None else self.given

    def flows(self, name: str, steps: Mapping[str, list[Step]], further: tuple[Step, ...] = ()) -> tuple[Flow, ...]:
        """Make a flow for each of some parameters.

        :param steps: by the parameter in which they work
        :param further: conditions besides those of the cause
        """
        several = len(steps) > 1
        return tuple(
            Flow(
                self.type,
                name_of(name, "in", parameter) if several else name,
                (*self.conditions(), *further, self._holds(parameter)),
                tuple(made),
                name,
            )
            for parameter, made in steps.items()
        )

    def _holds(self, parameter: str) -> Step:
        path = f"$.payload.raw.parameters.{parameter}"
        if self.given is not None:
            # The schema may be another one by then.
            return test(path, regex=".")
        if parameter in self.wrappers:
            return test(f"{path}.schema", value=self.schema)
        if parameter in ONE:
            return test(f"{path}.data.schema", value=self.schema)
        return test(f"{path}.data", regex=f'"schema":"{quoted(self.schema)}"')


def seen_in(rows: Iterable[Row], cause: Cause, others: frozenset[Cause], given: tuple[Step, ...] | None = None) -> Seen:
    """Look for a cause in rows that all have it."""
    rows = list(rows)
    seen = Seen(cause, rows[0].inner, others, given=given)
    for row in rows:
        seen.payloads.append(row.payload)
        for parameter, document in carried_of(row):
            _look_into(seen, parameter, document)
        for message in messages_of(row.failure):
            _read_message(seen, message)
    return seen


def _look_into(seen: Seen, parameter: str, document: Any) -> None:
    if type(document) is not dict:
        return
    if document.get("schema") == seen.schema and parameter not in seen.wrappers:
        seen.wrappers.append(parameter)
    held = document.get("data")
    for entity in held if type(held) is list else [held]:
        if type(entity) is dict and entity.get("schema") == seen.schema:
            seen.data.append(entity.get("data"))
            if parameter not in seen.carriers:
                seen.carriers.append(parameter)


def _read_message(seen: Seen, message: Any) -> None:
    told = message.get("message") if type(message) is dict and type(message.get("message")) is dict else message
    if type(told) is not dict:
        return
    if not seen.messages and any(one._replace(by=seen.cause.by) == seen.cause for one in message_causes(told)):
        seen.messages.append(told)
    error = told.get("error")
    if told.get("schemaKey") != seen.schema or type(error) is not dict or type(error.get("dataReports")) is not list:
        return
    for report in error["dataReports"]:
        if type(report) is not dict or report_cause(report, seen.cause.by, seen.schema) != seen.cause:
            continue
        kept = folded(report.get("path")), report.get("keyword"), report.get("targets")
        if kept not in seen.reports and len(seen.reports) < _MOST_REPORTS:
            seen.reports.append(kept)


def folded(path: Any) -> str | None:
    """Return a path with ``[]`` for any element of an array, in full."""
    return re.sub(r"\[[0-9]+\]", "[]", path) if type(path) is str else None


def place_of(path: str) -> Place:
    """Return the names of a path such as ``$.items[].price``."""
    return tuple(name or ANY for name in re.findall(r"([^.\[\]]+)|\[\]", path.removeprefix("$")))


def data_path(seen: Seen, parameter: str) -> str:
    """Return the path of the data of the cause's schema."""
    base = f"$.raw.parameters.{parameter}.data"
    if parameter in ONE:
        return f"{base}.data"
    return f'{base}.[?(@.schema=~"{quoted(seen.schema)}")].data'


def step_path(seen: Seen, parameter: str, place: Place, regex: str) -> str | None:
    """Return the path of a place in the data; None where the language of paths has none.

    :param regex: which elements of an array are meant, by the value at the place in them
    """
    filtered = parameter in SEVERAL
    parts = [data_path(seen, parameter)]
    for index, name in enumerate(place):
        if name is not ANY:
            if not _PLAIN.fullmatch(name):
                return None
            parts.append(name)
            continue
        below = place[index + 1 :]
        if filtered or not below or not all(one is not ANY and _FILTERABLE.fullmatch(one) for one in below):
            # Two filters in one path are one to the reference, and a filter cannot look at an element as a whole.
            return None
        filtered = True
        parts.append(f"[?(@.{'.'.join(filter(None, below))}=~{regex})]")
    return ".".join(parts)


def _conditions(seen: Seen) -> Iterator[Step]:
    key, kind = f'"schemaKey":"{quoted(seen.schema)}"', seen.cause.kind
    messages = "$.failure.messages"
    if kind == "missing schema":
        yield test(messages, regex=f'{key},"error":\\{{"error":"ResolutionError"')
    elif kind == "invalid schema":
        yield test(messages, regex=f'{key},"error":\\{{"error":"ValidationError","schemaIssues"')
    elif kind == "wrong schema":
        yield test(messages, regex=f'{key},"schemaCriterion":"{quoted(seen.cause.detail)}"')
    elif seen.reports:
        yield test(messages, regex=f'{key},"error":\\{{"error":"ValidationError"')
        yield test(messages, regex="|".join(dict.fromkeys(_report(seen, *one) for one in seen.reports)))


def _report(seen: Seen, path: str | None, keyword: Any, targets: Any) -> str:
    """Return a regex for a report, as the engine writes it."""
    steps = '[^"]*' if path is None else quoted(path).replace(r"\[\]", r"\[[0-9]+\]")
    told = f'"path":"{steps}","keyword":"{quoted(str(keyword))}"'
    if seen.cause.kind in _PROPERTY_KINDS or seen.cause.kind == "wrong type":
        texts = [one for one in targets if type(one) is str] if type(targets) is list else []
        if texts and seen.cause.kind in _PROPERTY_KINDS:
            texts = texts[:1]
        told += ',"targets":\\[' + ",".join(f'"{in_json(one)}"' for one in texts) if texts else ""
    return told
