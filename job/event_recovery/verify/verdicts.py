"""What is said of one event, or of one bad row that Enrich would write of a payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from event_recovery.text.shorten import shorten

#: ``passes``: Enrich would make a good event of it. ``fails``: it would write a bad row. ``not checked``: no fault was
#: found, but something could not be looked at.
VerdictOutcome = Literal["passes", "fails", "not checked"]

PASSES: Final = "passes"
FAILS: Final = "fails"
NOT_CHECKED: Final = "not checked"

_SHOWN: Final = 200


class Reason(NamedTuple):
    """Why an event fails, or what of it was not checked, in the terms that such events are counted by.

    :param schema: the schema that refused it, or the empty text
    :param keyword: the keyword of the schema, or the kind of the error
    :param path: where in the data, or which field; the empty text for neither
    """

    schema: str
    keyword: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one event, or on one bad row of a payload.

    :param bad_row_type: the schema name of the bad row's type, when it fails. ``generic_error`` stands for an exception
        inside Enrich, which since 6.0 writes no bad row of it but stops
    :param failure: the bad row's ``failure`` without its times, as JSON values, when it fails
    :param not_checked: what could not be looked at; also told of an event that fails for another reason
    """

    outcome: VerdictOutcome
    bad_row_type: str | None = None
    failure: dict[str, Any] | None = None
    not_checked: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of an event that does not pass, one for each thing that is wrong or was not checked."""
        if self.outcome == NOT_CHECKED:
            return tuple(map(_unseen, self.not_checked))
        return tuple(_reasons(self.failure)) if self.failure is not None else ()


_PASSED: Final = Verdict(PASSES)


def passes() -> Verdict:
    """Return the verdict on a good event."""
    return _PASSED


def fails(bad_row_type: str, failure: dict[str, Any], not_checked: tuple[str, ...] = ()) -> Verdict:
    """Return the verdict on a bad row."""
    return Verdict(FAILS, bad_row_type, failure, not_checked)


def not_checked(*what: str) -> Verdict:
    """Return the verdict on an event of which something could not be looked at."""
    return Verdict(NOT_CHECKED, not_checked=tuple(dict.fromkeys(what)))


def _unseen(text: str) -> Reason:
    schema, _, told = text.partition(": ") if text.startswith("iglu:") else ("", "", text)
    return Reason(schema, NOT_CHECKED, "", shorten(told, _SHOWN))


def _reasons(failure: dict[str, Any]) -> Iterator[Reason]:
    messages = failure.get("messages")
    for message in messages if isinstance(messages, list) else [failure.get("message", failure)]:
        yield from _of_message(message)


def _of_message(message: Any) -> Iterator[Reason]:
    if not isinstance(message, dict):
        yield Reason("", "error", "", shorten(str(message), _SHOWN))
        return
    if isinstance(message.get("message"), dict):  # of an enrichment failure
        message = message["message"]
    schema, error = message.get("schemaKey", ""), message.get("error")
    if isinstance(error, dict):
        reports = [
            *error.get("dataReports", ()),
            *({"keyword": "schema"} | one for one in error.get("schemaIssues", ())),
        ]
        for report in reports:
            yield Reason(schema, report["keyword"] or "", report["path"] or "", shorten(report["message"], _SHOWN))
        if "lookupHistory" in error:
            yield Reason(schema, "not found", "", "no registry has the schema")
        return
    if "schemaCriterion" in message:
        yield Reason(schema, "criterion", "", f"expected {message['schemaCriterion']}")
        return
    text = message.get("expectation", error if isinstance(error, str) else "")
    field = message.get("field", message.get("payloadField", ""))
    keyword = "no JSON" if "value" in message and "error" in message else "no schema" if "json" in message else "value"
    yield Reason("", keyword if field or "json" in message else "error", field, shorten(str(text), _SHOWN))
