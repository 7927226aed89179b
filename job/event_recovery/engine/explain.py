"""Why a row ends as it does: the flows that matched, and what each step changed, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from event_recovery.badrows.row import BadRow, Unreadable, read_row
from event_recovery.engine.exact import after_each_step, choose_flows, take_payload
from event_recovery.engine.recovery import Recovery
from event_recovery.engine.result import Result
from event_recovery.errors import RowFailure
from event_recovery.flows.operations import Add, Cast
from event_recovery.flows.own_steps import Delete, OwnCast, Rename, Set, Truncate
from event_recovery.flows.path import FIELD_KINDS, FieldKind, path_text
from event_recovery.flows.steps import Operation
from event_recovery.text import base64text, javatext
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces, parse
from event_recovery.text.redact import Redaction, kind_of


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after the recovery, None where there is no such field, and the steps that changed it."""

    field: str
    before: str | None
    after: str | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one row, the flows that took part, and the changes until it was recovered or failed."""

    result: Result
    row: BadRow | None = None
    flows: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    failure: str | None = None

    def redacted(self, redaction: Redaction) -> Explanation:
        """Return the same without values of the row but those of kept fields; what failed may quote any."""
        changes = tuple(
            replace(one, before=redaction.json(one.field, one.before), after=redaction.json(one.field, one.after))
            for one in self.changes
        )
        return replace(self, changes=changes, failure=self.failure and str(kind_of(self.failure)))


@dataclass(slots=True)
class _Trace:
    before: dict[str, str]
    now: dict[str, str]
    steps: dict[str, list[str]] = field(default_factory=dict)

    def follow(self, label: str, document: Json) -> None:
        fields = dict(flatten(document))
        for name in {**self.now, **fields}:
            if self.now.get(name) != fields.get(name):
                self.steps.setdefault(name, []).append(label)
        self.now = fields

    def changes(self) -> tuple[Change, ...]:
        return tuple(
            Change(name, self.before.get(name), self.now.get(name), tuple(self.steps[name]))
            for name in {**self.before, **self.now}
            if self.before.get(name) != self.now.get(name)
        )


def explain(recovery: Recovery, line: bytes) -> Explanation:
    """Recover a line and tell how, whatever the bytes are."""
    result = recovery.recover(line)
    try:
        row = read_row(javatext.decode(line))
    except Unreadable as unreadable:
        return Explanation(result, failure=unreadable.reason)
    names: tuple[str, ...] = ()
    trace = _Trace({}, {})
    try:
        flows = choose_flows(recovery.config, row)
        names = tuple(flow.name for flow in flows)
        payload = take_payload(row)
        fields = dict(flatten(payload.document))
        trace = _Trace(fields, fields)
        for flow, step, after in after_each_step(payload, flows):
            trace.follow(f"{flow.name}: {step_text(step)}", after.document)
    except RowFailure as failure:
        return Explanation(result, row, names, trace.changes(), str(failure))
    return Explanation(result, row, names, trace.changes())


def step_text(step: Operation) -> str:
    """Write a step in one line, as its config would put it."""
    path = path_text(step.path)
    match step:
        case Cast() | OwnCast():
            return f"Cast {path} from {step.source} to {step.target}"
        case Add():
            return f"Add {no_spaces(step.value)} to {path}"
        case Delete():
            return f"Delete {path}"
        case Rename():
            return f"Rename {path} to {step.name}"
        case Set():
            return f"Set {path} to {no_spaces(step.value)}"
        case Truncate():
            return f"Truncate {path} to {step.length} characters"
        case _:
            matched = f" match {step.match.text}" if step.match else ""
            if step.value == "":
                return f"Remove {path}{matched}"
            return f"Replace {path}{matched} with {no_spaces(step.value)}"


def flatten(document: Json, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield every leaf with its path; pairs are named by their name, and encoded fields are looked into."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            yield from flatten(_decoded(name, value), f"{path}.{name}")
    elif _is_list_of_pairs(document):
        seen: dict[str, int] = {}
        for pair in document:
            name = pair["name"]
            seen[name] = seen.get(name, 0) + 1
            again = f"#{seen[name]}" if seen[name] > 1 else ""
            yield from flatten(_decoded(name, pair["value"]), f"{path}.{name}{again}")
    elif isinstance(document, list) and document:
        for index, value in enumerate(document):
            yield from flatten(value, f"{path}.[{index}]")
    else:
        yield path, no_spaces(document)


def _is_list_of_pairs(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(pair, dict) and pair.keys() == {"name", "value"} for pair in value)
    )


def _decoded(name: str, value: Json) -> Json:
    """Return the document inside a field that holds JSON as text or as base64; else the value itself."""
    kind = FIELD_KINDS.get(name, FieldKind.NONE)
    if not isinstance(value, str) or not kind & (FieldKind.TEXT | FieldKind.BASE64):
        return value
    try:
        return parse(base64text.decode(value).decode() if kind & FieldKind.BASE64 else value)
    except (JsonTextError, base64text.Base64Error, UnicodeDecodeError):
        return value
