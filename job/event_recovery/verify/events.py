"""One raw event: what Enrich would say of it, stage by stage; the first stage that fails is the bad row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from event_recovery.text.javauri import JavaUri
from event_recovery.text.jsontext import Json
from event_recovery.text.thrift import CollectorPayload
from event_recovery.verify import converters, lengths
from event_recovery.verify.failures import (
    ENRICHMENT_FAILURES,
    SCHEMA_VIOLATIONS,
    EnrichException,
    Message,
    NotCheckable,
    enrichment,
    input_data,
    not_json,
)
from event_recovery.verify.generations import Generation
from event_recovery.verify.page_uris import UnreadableUriError, cross_domain, read_page_uri, uri_fields
from event_recovery.verify.parameters import Parameters, clean, faults, text_fields, winning
from event_recovery.verify.schemas import Schemas
from event_recovery.verify.self_describing import check_contexts, check_event, json_text, read_values
from event_recovery.verify.verdicts import Verdict, fails, not_checked, passes

_ADDRESS_END: Final = re.compile("[,| ]")
_EVENTS_WITH_A_SCHEMA: Final = "any of page_view, page_ping, struct, transaction, transaction_item and unstruct".join(
    ["\n          "] * 2
)
#: What a fault in the JSON of a parameter is called by, since it is told apart from the others.
_SOURCES: Final = {"ue_pr": "unstruct", "ue_px": "unstruct", "co": "contexts", "cx": "contexts"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same for all events.

    :param most: how long each field may be; None when long ones are accepted
    """

    generation: Generation
    schemas: Schemas
    most: Mapping[str, int] | None


def judge(parameters: Parameters, payload: CollectorPayload, rules: Rules) -> Verdict:
    """Return the verdict on one event.

    :raises EnrichException: for what ends the whole payload
    """
    generation = rules.generation
    values = read_values(parameters, rules.schemas, generation)
    unseen = [f"{name}: {error}" for name, error in values.items() if isinstance(error, NotCheckable)]
    atomic, parsing = _parameter_messages(parameters, payload, values, generation)
    by_stages = not generation.parameters_are_schema_violations
    if by_stages and atomic:
        return fails(ENRICHMENT_FAILURES, {"messages": atomic})
    given = winning(parameters)
    messages = [*atomic, *parsing]
    for name, document in values.items():
        if name in given and not isinstance(document, Exception):
            check = check_event if name.startswith("ue") else check_contexts
            entities = check(document, rules.schemas, generation)
            messages += entities.messages
            unseen += entities.unseen
    if messages:
        return fails(SCHEMA_VIOLATIONS, {"messages": messages}, tuple(unseen))
    fields = _fields(given, payload)
    problems = _enrichment_problems(given, fields, payload, generation)
    if problems:
        return fails(ENRICHMENT_FAILURES, {"messages": [enrichment(one) for one in problems]}, tuple(unseen))
    long = lengths.too_long(fields, rules.most) if rules.most is not None else None
    if long:
        row = ENRICHMENT_FAILURES if by_stages else SCHEMA_VIOLATIONS
        return fails(row, {"messages": lengths.messages(long, generation)}, tuple(unseen))
    return not_checked(*unseen) if unseen else passes()


def _parameter_messages(
    parameters: Parameters, payload: CollectorPayload, values: Mapping[str, Json | Exception], generation: Generation
) -> tuple[list[Message], list[Message]]:
    """Make the messages of parameters that cannot be converted, and of those whose JSON is none by itself."""
    found = [(fault.name, fault.value, fault.text) for fault in faults(parameters, generation)]
    if not converters.is_storable(payload.timestamp):
        shown = converters.timestamp_shown(payload.timestamp)
        text = converters.worded(f"formatted as {shown} is not Redshift-compatible", generation)
        found.append(("collector_tstamp", str(payload.timestamp), text))
    own: list[Message] = []
    for name, error in values.items():
        if isinstance(error, ValueError):
            value = parameters[name] or ""
            if generation.json_faults_are_their_own:
                own.append(not_json(_SOURCES[name], json_text(name, value), str(error)))
            else:
                found.append((name, value, f"invalid json: {error}"))
    if not found:
        return [], own
    if generation.parameters_are_schema_violations:
        keyword = "atomic_field_parse_error"
        return [lengths.atomic_message([lengths.atomic_report(text, name, keyword) for name, _, text in found])], own
    return [enrichment(input_data(name, value, text)) for name, value, text in found], own


def _fields(given: Parameters, payload: CollectorPayload) -> dict[str, str]:
    """Return the text fields of an event, not cleaned yet, before the parts of its URLs."""
    fields = {
        "v_collector": payload.collector or "",
        "network_userid": payload.network_user_id or "",
        "user_ipaddress": _first_address(payload.ip_address),
        "useragent": payload.user_agent or "",
    }
    if given.get("ip"):
        given = given | {"ip": _first_address(given["ip"])}
    if "cv" in given:
        fields["v_collector"] = ""
    return fields | text_fields(given)


def _first_address(text: str | None) -> str:
    """Return the first of several addresses.

    :raises EnrichException: when there are only separators
    """
    if not text:
        return ""
    if _ADDRESS_END.search(text) is None:
        return text
    parts = _ADDRESS_END.split(text)
    if not any(parts):
        raise EnrichException("next on empty iterator")
    return parts[0]


def _enrichment_problems(
    given: Parameters, fields: dict[str, str], payload: CollectorPayload, generation: Generation
) -> list[Message]:
    """List what goes wrong in the steps that every Enrich has, and fill in the fields that they make."""
    problems: list[Message] = []
    if not fields["v_collector"]:
        problems.append(input_data("v_collector", None, "should be set"))
    page = fields.get("page_url") or payload.referer_uri or ""
    for prefix, raw in (("page", page), ("refr", fields.get("page_referrer", ""))):
        text = clean(raw)
        if not text:
            continue
        try:
            uri, written = read_page_uri(text)
        except UnreadableUriError as error:
            problems.append({"error": str(error)})
            continue
        fields |= uri_fields(uri, prefix)
        if prefix == "page":
            fields["page_url"] = written
            problems += _cross_domain_problems(uri, fields, generation)
    event = converters.EVENTS.get(given.get("e") or "")
    if event is None or event == "ad_impression":
        shown = event or "null"
        expectation = f"trying to extract the schema of the enriched event but event type [{shown}] doesn't match"
        problems.append(input_data("event", event, expectation + _EVENTS_WITH_A_SCHEMA))
    return problems


def _cross_domain_problems(uri: JavaUri, fields: dict[str, str], generation: Generation) -> list[Message]:
    value = cross_domain(uri)
    if value is None:
        return []
    parts = value.split(".")
    if not any(parts) and value and not generation.splits_cross_domain_wide:
        raise EnrichException("Index 0 out of bounds for length 0")
    fields["refr_domain_userid"] = parts[0]
    # Java drops empty parts at the end.
    stamp = parts[1] if len(parts) > 1 and (any(parts[1:])) else None
    if stamp is None or (not stamp and generation.splits_cross_domain_wide):
        return []
    text = converters.millis(stamp)
    return [] if text is None else [input_data("sp_dtm", stamp, converters.worded(text, generation))]
