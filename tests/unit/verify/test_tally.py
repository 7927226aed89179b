"""Verdicts in the terms that they are counted by."""

from __future__ import annotations

import pytest
from event_recovery.verify import Verifier
from event_recovery.verify.generations import Generation
from event_recovery.verify.tally import Group, Tally
from support.verify.payloads import REQUIRED, contexts, entity, get, payload, post
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

KEY = "iglu:com.acme/a/jsonschema/1-0-0"
LISTS = schema("a", properties={"l": {"type": "array", "items": {"type": "string"}}})


def counted(*payloads: bytes, judge: Verifier | None = None) -> Tally:
    tally = Tally()
    for one in payloads:
        tally.add((judge or verifier(LISTS)).verify(one))
    return tally


def test_an_event_is_once_in_a_group_however_often_the_thing_is_wrong() -> None:
    twice = REQUIRED | {"co": contexts(entity("a", {"l": [1, 2]}), entity("a", {"l": ["x", 3]}))}
    tally = counted(post([twice, twice, REQUIRED]))
    ((group, counts),) = tally.groups.items()
    assert group == Group("fails", "schema_violations", KEY, "type", "$.l[]")
    assert (counts.events, counts.example) == (2, "$.l[0]: integer found, string expected")
    assert (tally.payloads, tally.events, tally.pass_ratio) == (1, 3, 1 / 3)


def test_groups_of_all_kinds_of_failures() -> None:
    tally = counted(
        payload(path="/foo"),
        payload(path="/com.acme/v1"),
        get({"aid": "x"}),
        get({"e": "pv", "vid": "x"}),
        get({"e": "pv", "co": "{"}),
        get({"e": "pv", "co": "{}"}),
        get({"e": "pv", "co": contexts(entity("b", {}))}),
        payload(path="/com.sendgrid/v3", body="[]", content_type="application/json"),
    )
    assert [tuple(group)[1:] for group, _ in tally.sorted_groups()] == [
        ("adapter_failures", "", "value", "vendor/version"),
        ("collector_payload_format_violation", "", "value", "path"),
        ("enrichment_failures", "", "value", "event"),
        ("schema_violations", "", "no JSON", "contexts"),
        ("schema_violations", "", "no schema", ""),
        ("schema_violations", "iglu:com.acme/b/jsonschema/1-0-0", "not found", ""),
        (
            "schema_violations",
            "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0",
            "atomic_field_parse_error",
            "vid",
        ),
        ("", "", "not checked", ""),
    ]
    assert tally.as_json()["not_checked"] == 1


def test_what_was_not_checked_is_counted_by_schema() -> None:
    tally = counted(*(get({"e": "pv", "co": contexts(entity(name, {}))}) for name in "bcb"), judge=Verifier())
    assert [(group.schema, counts.events, counts.example) for group, counts in tally.sorted_groups()] == [
        ("iglu:com.acme/b/jsonschema/1-0-0", 2, "there is no resolver config"),
        ("iglu:com.acme/c/jsonschema/1-0-0", 1, "there is no resolver config"),
    ]


def test_nothing_passes_of_nothing() -> None:
    assert Tally().pass_ratio == 0


@pytest.mark.parametrize("text", ["", "x", "6.", "6.1.2.3", "-6", "3.7", "2", "6.1x"])
def test_what_is_no_version_of_enrich_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Enrich"):
        Generation.parse(text)


def test_a_limit_of_no_field_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no limit for app"):
        verifier(field_limits={"app": 3})


@pytest.mark.parametrize(
    ("pairs", "passes_from", "last_failing"),
    [
        # Each inferred from Enrich's sources, and seen with 3.9 only.
        ({"p": "headset"}, "4.0", "3.9"),
        ({"url": f"http://a/?{'x' * 5_000}"}, "4.0", "3.9"),
        ({"url": "http://a/?_sp=a..b"}, "4.1", "4.0"),
    ],
)
def test_what_younger_versions_take(pairs: dict[str, str], passes_from: str, last_failing: str) -> None:
    data = get({"e": "pv"} | pairs)
    assert [one.outcome for one in verifier(enrich=last_failing).verify(data)] == ["fails"]
    assert [one.outcome for one in verifier(enrich=passes_from).verify(data)] == ["passes"]


def test_names_of_more_than_128_characters_are_no_schema_from_6_7_1() -> None:
    data = get({"e": "pv", "co": contexts(entity("n" * 129, {}))})
    for enrich, expected in (("6.7.0", "not found"), ("6.7.1", "no schema")):
        (verdict,) = verifier(enrich=enrich).verify(data)
        assert [one.keyword for one in verdict.reasons] == [expected]
