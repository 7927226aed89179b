"""Worked examples of what Enrich says of a payload, each with how it is known: their form, and the messages in them.

``seen``: asserted by a test of Enrich or of its Iglu client, or in a bad row of the wild. ``ran``: what the library in
question said when it was run. ``inferred``: from both, or from the sources, and asserted nowhere. What 3.9.0 says in
other words or as another bad row has an example of its own, which was run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from event_recovery.verify import Verdict

from support.verify.payloads import TRACKER, entity, get, unstruct
from support.verify.registries import schema, verifier

ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
SV, EF, TPV = "schema_violations", "enrichment_failures", "tracker_protocol_violations"
AF, CPFV = "adapter_failures", "collector_payload_format_violation"
TEXT = {"type": "string"}
SCHEMAS = (
    schema(
        "add_to_cart",
        vendor=TRACKER,
        type="object",
        properties={"sku": TEXT, "quantity": {"type": "integer"}},
        required=["sku"],
        additionalProperties=False,
    ),
    schema(
        "email_sent",
        type="object",
        properties={"emailAddress": TEXT, "emailAddress2": TEXT},
        required=["emailAddress", "emailAddress2"],
        additionalProperties=False,
    ),
    schema(
        "superseding_example",
        type="object",
        properties={"field_a": TEXT},
        additionalProperties=False,
        **{"$supersededBy": "1-0-1"},
    ),
    schema("superseding_example", "1-0-1", type="object", properties={"field_a": TEXT, "field_b": TEXT}),
    schema("place", type="object", properties={"latitude": {"type": "number"}}, required=["latitude"]),
    schema(
        "form",
        type="object",
        properties={
            "formId": {"type": "string", "maxLength": 4096},
            "email": {"type": "string", "format": "email"},
            "group": {"type": "integer", "maximum": 32767},
        },
    ),
    schema("open", type="object"),
)


@dataclass(frozen=True)
class Example:
    """A payload, and what Enrich says of it.

    :param row: the bad row type; None for a good event
    """

    number: str
    evidence: str
    payload: bytes
    row: str | None
    messages: Iterable[Any] = ()
    enrich: str = "6"

    @property
    def whole_number(self) -> int:
        """The number without what tells variants apart."""
        return int("".join(filter(str.isdigit, self.number.split()[0])))


def named(example: Example) -> str:
    """Return the name of an example in the list of tests."""
    return f"{example.number} ({example.evidence})"


def refused(key: str, *reports: tuple[str, str, str | None, list[str]]) -> dict[str, Any]:
    data = [
        {"message": text, "path": path, "keyword": word, "targets": targets} for text, path, word, targets in reports
    ]
    return {"schemaKey": key, "error": {"error": "ValidationError", "dataReports": data}}


def missing(name: str, path: str = "$") -> tuple[str, str, str, list[str]]:
    return f"{path}.{name}: is missing but it is required", path, "required", [name]


def unknown(name: str, path: str = "$") -> tuple[str, str, str, list[str]]:
    text = f"{path}.{name}: is not defined in the schema and the schema does not allow additional properties"
    return text, path, "additionalProperties", [name]


def atomic(*reports: tuple[str, str]) -> dict[str, Any]:
    return refused(ATOMIC, *((text, name, "atomic_field_parse_error", []) for text, name in reports))


def not_found(key: str) -> dict[str, Any]:
    history = [{"repository": name, "errors": [{"error": "NotFound"}]} for name in ("Acme", "Iglu Client Embedded")]
    return {"schemaKey": key, "error": {"error": "ResolutionError", "lookupHistory": history}}


def value(field: str, given: str | None, expectation: str) -> dict[str, Any]:
    return {"field": field, "value": given, "expectation": expectation}


def enrichment(message: dict[str, Any]) -> dict[str, Any]:
    return {"enrichment": None, "message": message}


def not_iglu(given: Any, code: str) -> dict[str, Any]:
    return {"json": given, "error": code}


def event(inner: Any) -> bytes:
    return get({"e": "ue", "ue_pr": unstruct(inner)})


def acme(name: str, version: str = "1-0-0") -> str:
    return f"iglu:com.acme/{name}/jsonschema/{version}"


BAD_MAIL = entity("email_sent", {"emailAddress": "a", "emailAddress2": "b", "unallowedAdditionalField": "c"})
HALF_MAIL = entity("email_sent", {"foo": "x", "emailAddress2": "b"})
MAIL_FAULTS = refused(acme("email_sent"), missing("emailAddress"), unknown("foo"))


def comparable(failure: dict[str, Any]) -> Any:
    """Return a failure with its data reports in an order of their own, which Enrich leaves to a hash map."""
    for message in failure.get("messages", ()):
        error = message.get("error")
        if isinstance(error, dict) and "dataReports" in error:
            error["dataReports"].sort(key=json.dumps)
    messages = failure.get("messages", failure.get("message"))
    return sorted(messages, key=json.dumps) if isinstance(messages, list) else messages


def said(verdict: Verdict) -> Any:
    return comparable(json.loads(json.dumps(verdict.failure)))


def check(example: Example) -> None:
    """Compare what is said of an example with what Enrich says."""
    (verdict,) = verifier(*SCHEMAS, enrich=example.enrich).verify(example.payload)
    assert (verdict.outcome, verdict.bad_row_type) == ("fails" if example.row else "passes", example.row)
    if example.row == "generic_error":
        assert verdict.failure == {"errors": ['For input string: "123456789123456789"']}
    elif example.row:
        expected = example.messages if isinstance(example.messages, dict) else {"messages": list(example.messages)}
        wanted = comparable(json.loads(json.dumps(expected)))
        assert said(verdict) == (wanted if wanted is not None else expected)
