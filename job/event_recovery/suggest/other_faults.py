"""Candidates for schemas that were not found, for requests that no adapter took, and for what failed by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from event_recovery.explore.payloads import parameters_of
from event_recovery.suggest import schemas
from event_recovery.suggest.candidates import Advice, Candidate, Flow, SchemaOf, Step, literal, name_of, quoted, test
from event_recovery.suggest.seen import ONE, Seen

_TRACKER: Final = "com.snowplowanalytics.snowplow"
_ATOMIC_TEXTS: Final = {
    "se_category": "se_ca",
    "se_action": "se_ac",
    "se_label": "se_la",
    "se_property": "se_pr",
    "page_title": "page",
}
_AGAIN: Final = "sends the event again as it came"


def _again(seen: Seen, name: str, check: str, *, portable: bool = True, conditions: tuple[Step, ...] = ()) -> Candidate:
    flow = Flow(seen.type, name, conditions or seen.conditions(), ())
    return Candidate(_AGAIN, check, (flow,), portable)


def missing_schema(seen: Seen, schema_of: SchemaOf) -> Advice:
    """Advise on a schema that no registry had."""
    outage = bool(seen.cause.detail)
    candidates: list[Candidate] = []
    if outage or schema_of(seen.schema) is not None:
        check = "that the registry answers again" if outage else "that Enrich finds the schema now"
        candidates.append(_again(seen, name_of(seen.label, "again"), check))
    if schema_of(seen.schema) is None:
        candidates += (_replaced(seen, other) for other in schemas.other_versions(seen.schema, schema_of))
    return Advice(
        tuple(candidates),
        f"publish {seen.schema} where the resolver config finds it, and suggest again; or tell by Replace which schema "
        "the data is of",
    )


def _replaced(seen: Seen, other: str) -> Candidate:
    version = other.rpartition("/")[2]
    does = f"replaces {seen.schema.removeprefix('iglu:')} by {version}"
    check = f"that the events are of {version}, and were not to be of a version that was never published"
    flows = seen.flows(name_of(seen.label, "as", version), _schema_steps(seen, other))
    return Candidate(does, check, flows, portable=True)


def _schema_steps(seen: Seen, other: str) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for parameter in dict.fromkeys((*seen.wrappers, *seen.carriers)):
        base = f"$.raw.parameters.{parameter}"
        if parameter not in seen.wrappers:
            base += ".data" if parameter in ONE else f'.data.[?(@.schema=~"{quoted(seen.schema)}")]'
        steps[parameter] = [{"op": "Replace", "path": f"{base}.schema", "value": other}]
    return steps


def invalid_schema(seen: Seen) -> Advice:
    """Advise on a schema that is none."""
    check = "that Enrich has the schema as it is now"
    again = _again(seen, name_of(seen.label, "again"), check)
    return Advice((again,), f"mend the schema {seen.schema} in the registry and suggest again")


def wrong_schema(seen: Seen, schema_of: SchemaOf) -> Advice:
    """Advise on a parameter whose JSON is of another schema than the tracker protocol has for it."""
    expected = schemas.newest_of(seen.cause.detail, schema_of)
    question = f"decide what the data of {seen.schema} is, where {seen.cause.detail} is expected"
    if expected is None or not seen.wrappers:
        return Advice((), question)
    wrapped: dict[str, list[Step]] = {
        parameter: [
            {
                "op": "Replace",
                "path": f"$.raw.parameters.{parameter}",
                "match": "(?s)^(.+)$",
                "value": f'{{"schema":"{expected}","data":{"$1" if parameter in ONE else "[$1]"}}}',
            }
        ]
        for parameter in seen.wrappers
    }
    named = expected.split("/")[1]
    wrap = Candidate(
        f"wraps it as {named}",
        "that it is the data of one event",
        seen.flows(name_of(seen.label, "wrapped"), wrapped),
        portable=True,
    )
    name = name_of(seen.label, "as", expected.rpartition("/")[2])
    does = f"replaces the schema by {expected.removeprefix('iglu:')}"
    replace = Candidate(does, "", seen.flows(name, _schema_steps(seen, expected)), portable=True)
    same = seen.schema.split("/")[:2] == expected.split("/")[:2]
    return Advice((replace, wrap) if same else (wrap, replace), question)


def atomic(seen: Seen) -> Advice:
    """Advise on a field of the event that is too long."""
    field = seen.cause.field
    parameter, most = _ATOMIC_TEXTS.get(field), _limit(seen)
    question = f"decide what {field} should be: shorten the parameter, or raise the limit in Enrich"
    if "length" not in seen.cause.detail or parameter is None or most is None:
        return Advice((), question)
    path = f"$.raw.parameters.{parameter}"
    steps = (
        (_truncate(path, most), False),
        ({"op": "Replace", "path": path, "match": rf"(?s)^(.{{{most}}}).+$", "value": "$1"}, True),
    )
    flows = (
        (Flow(seen.type, name_of(field, "of", str(most)), seen.conditions(), (step,)), portable)
        for step, portable in steps
    )
    does, check = f"cuts {field} to {most} characters", f"that the end of {field} may be lost"
    return Advice(tuple(Candidate(does, check, (flow,), portable) for flow, portable in flows), question)


def _truncate(path: str, most: int) -> Step:
    return {"op": "Truncate", "path": path, "length": most}


def _limit(seen: Seen) -> int | None:
    """Return the greatest length that the reports tell."""
    for message in seen.messages:
        for report in message["error"]["dataReports"]:
            digits = str(report.get("message", "")).rpartition(" ")[2]
            if report.get("path") == seen.cause.field and digits.isdecimal():
                return int(digits)
    return None


def enrichment(seen: Seen) -> Advice:
    """Advise on what an enrichment failed on."""
    by = seen.cause.by
    conditions = [test("$.failure.messages", regex=f'"identifier":"{quoted(by)}"' if by else '"enrichment":null')]
    if seen.schema:
        conditions.append(test("$.failure.messages", regex=f'"schemaKey":"{quoted(seen.schema)}"'))
    elif seen.cause.field:
        conditions.append(test("$.failure.messages", regex=f'"field":"{quoted(seen.cause.field)}"'))
    check = f"that {by or 'the enrichment'} works again: verify does not run enrichments"
    name = name_of(by or "enrichment", seen.label, seen.cause.field, "again")
    return Advice((_again(seen, name, check, conditions=tuple(conditions)),), f"mend {by or 'the enrichment'}")


def request(seen: Seen, schema_of: SchemaOf) -> Advice:
    """Advise on a request that the tracker protocol or an adapter refused."""
    empty = seen.cause.detail.startswith("empty")
    return Advice(tuple(_for_request(seen, schema_of)), _request_question(seen), hopeless=empty)


def _request_question(seen: Seen) -> str:
    cause = seen.cause
    if cause.kind == "not JSON":
        return f"{cause.field or 'the request'} is not JSON: decide by its values whether a Replace makes it so"
    if cause.kind == "missing schema":
        return (
            f"publish {cause.schema} where the resolver config finds it, and suggest again; or replace it in the body"
        )
    if cause.kind == "unknown event type":
        return "decide which of the types that the adapter knows these events are of, and replace it"
    if cause.detail.startswith("empty"):
        return "nothing was sent that an event could be made of"
    return f"decide what {cause.field or 'the request'} should have been"


def _for_request(seen: Seen, schema_of: SchemaOf) -> Iterator[Candidate]:
    cause, (vendor, _, version) = seen.cause, seen.cause.by.partition("/")
    where = (test("$.payload.vendor", value=vendor), test("$.payload.version", value=version))
    field = (*where, test("$.failure.messages", regex=f'"field":"{quoted(cause.field)}"'))
    if cause.kind == "wrong schema":
        expected = schemas.newest_of(cause.detail, schema_of)
        if expected is not None:
            yield _in_body(seen, where, expected)
    elif cause.kind == "missing schema":
        for other in schemas.other_versions(cause.schema, schema_of):
            yield _in_body(seen, where, other)
    elif cause.field == "contentType" and seen.type == "tracker_protocol_violations":
        yield from _content_type(seen, field)
    elif cause.field == "vendor/version" and any(map(_is_tracker, seen.payloads)):
        to = (
            {"op": "Replace", "path": "$.vendor", "value": _TRACKER},
            {"op": "Replace", "path": "$.version", "value": "tp2"},
        )
        flow = Flow(seen.type, "to-the-tracker-protocol", where, to)
        yield Candidate(f"sends them to {_TRACKER}/tp2", "that a tracker sent them", (flow,), portable=True)


def _content_type(seen: Seen, field: tuple[Step, ...]) -> Iterator[Candidate]:
    """Yield what is done for requests with a body and for those without."""
    bodies = {type(payload.get("body")) is str for payload in seen.payloads if type(payload) is dict}
    if True in bodies:
        step: Step = {"op": "Replace", "path": "$.contentType", "value": "application/json; charset=utf-8"}
        flow = Flow(seen.type, "content-type-is-json", (*field, test("$.payload.body", regex='^"')), (step,))
        does = "replaces the content type by application/json"
        yield Candidate(does, "that the body is JSON", (flow,), portable=True)
    if False in bodies:
        delete: Step = {"op": "Delete", "path": "$.contentType"}
        flow = Flow(seen.type, "without-content-type", (*field, test("$.payload.body", regex="^null$")), (delete,))
        does = "deletes the content type of requests without a body"
        yield Candidate(does, "", (flow,), portable=False)


def _is_tracker(payload: Any) -> bool:
    if type(payload) is not dict:
        return False
    body = payload.get("body")
    return {"e", "tv"} <= parameters_of(payload.get("querystring")).keys() or (
        type(body) is str and "/payload_data/" in body
    )


def _in_body(seen: Seen, where: tuple[Step, ...], other: str) -> Candidate:
    match = rf'"schema"\s*:\s*"{quoted(seen.schema)}"'
    step = {"op": "Replace", "path": "$.body", "match": match, "value": literal(f'"schema":"{other}"')}
    version = other.rpartition("/")[2]
    flow = Flow(seen.type, name_of(seen.label, "as", version), (*where, *seen.conditions()), (step,))
    return Candidate(f"replaces {seen.schema.removeprefix('iglu:')} by {version}", "", (flow,), portable=True)


def format_violation(seen: Seen) -> Advice:
    """Advise on a request that the collector wrote and Enrich could not read."""
    cause = seen.cause
    if cause.field:
        where = (test("$.failure.message.payloadField", value=cause.field),)
        check = "that the values read as they were meant"
        again = _again(seen, name_of(cause.field, "escaped"), check, portable=False, conditions=where)
        return Advice((again,), f"decide what {cause.field} should have been")
    begins = cause.detail.partition("<")[0].strip()
    said = (test("$.failure.message.error", regex=f'^"{quoted(begins)}'),) if begins else ()
    again = _again(seen, "read-anew", "", conditions=said)
    return Advice((again,), "decide what the payload should have been")


#: By the type of the row what advises on its causes; types that are not here hold nothing that could be mended.
ADVISERS: Final[dict[str, Callable[[Seen, SchemaOf], Advice]]] = {
    "enrichment_failures": lambda seen, _: enrichment(seen),
    "adapter_failures": request,
    "tracker_protocol_violations": request,
    "collector_payload_format_violation": lambda seen, _: format_violation(seen),
}
