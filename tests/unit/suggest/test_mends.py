"""Single mends: what they change, what they leave alone, and what is asked in place of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.explore import Groups, Source, explored
from event_recovery.suggest import Suggestion, Suggestions, suggest
from event_recovery.verify import Verifier
from support.engine.rows import ADAPTER, INSTANT, bad_row, collector_payload, line_of, pairs
from support.suggest.kinds import Registry, suggested
from support.suggest.rows import described, parameters, refused, sent_parameters
from support.verify.registries import schema

pytestmark = pytest.mark.unit

CART = "iglu:com.acme/cart/jsonschema/1-0-0"
NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def registry(required: tuple[str, ...] = (), *, version: str = "1-0-0", **properties: Any) -> Registry:
    keywords: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        keywords["required"] = [*required]
    return Registry.of(schema("cart", version, **keywords))


def cart(data: Any, version: str = "1-0-0") -> dict[str, Any]:
    return described(CART.replace("1-0-0", version), data)


def mended(of: Registry, held: dict[str, str], *, portable: bool = False) -> tuple[Suggestion, list[Any]]:
    """Suggest for one row, and return also the data that is sent for it."""
    line = refused(of, held)
    result = suggested([line], of, portable=portable)
    [one] = result.groups
    if not one.mends:
        return one, []
    sent = sent_parameters(Recovery.from_config(result.config), line)
    inner = json.loads(sent.get("ue_pr") or sent["co"])["data"]
    return one, [each["data"] for each in (inner if isinstance(inner, list) else [inner])]


def passes(result: Suggestions) -> list[tuple[int, int]]:
    return [(one.tried.passing, one.tried.rows) for one in result.groups]


@pytest.mark.parametrize("portable", [False, True])
def test_a_null_is_deleted_and_the_same_property_of_another_entity_stays(*, portable: bool) -> None:
    one, sent = mended(
        registry(total=NUMBER), parameters(None, cart({"total": 1.5}), cart({"total": None})), portable=portable
    )
    assert (one.tried.passing, sent) == (1, [{"total": 1.5}, {}])


@pytest.mark.parametrize("portable", [False, True])
def test_a_number_becomes_text_and_text_beside_it_gets_no_more_quotes(*, portable: bool) -> None:
    one, sent = mended(registry(code=TEXT), parameters(None, cart({"code": "a"}), cart({"code": 7})), portable=portable)
    assert (one.tried.passing, sent) == (1, [{"code": "a"}, {"code": "7"}])


@pytest.mark.parametrize("portable", [False, True])
def test_a_number_in_quotes_is_cast_and_a_number_beside_it_stays(*, portable: bool) -> None:
    one, sent = mended(
        registry(total=NUMBER), parameters(None, cart({"total": 1.5}), cart({"total": "2.50"})), portable=portable
    )
    assert (one.tried.passing, sent) == (1, [{"total": 1.5}, {"total": 2.5}])


@pytest.mark.parametrize("portable", [False, True])
def test_a_default_is_set_where_the_property_is_missing_and_nowhere_else(*, portable: bool) -> None:
    of = registry(("channel",), channel={"type": "string", "default": "web"}, x=NUMBER)
    one, sent = mended(of, parameters(None, cart({"channel": "app"}), cart({"x": 1})), portable=portable)
    assert one.tried.passing == 1
    assert sorted(map(str, sent)) == ["{'channel': 'app'}", "{'channel': 'web', 'x': 1}"]


def test_what_is_set_is_what_the_schema_leaves_no_choice_of() -> None:
    of = registry(("channel",), channel={"const": "web"})
    one, sent = mended(of, parameters(cart({})))
    assert sent == [{"channel": "web"}]
    of = registry(("channel",), channel={"enum": ["web", "app"]})
    one, sent = mended(of, parameters(cart({})))
    assert (one.verdict, sent) == ("decide", [])
    assert "which has to be one of web, app" in one.questions[0]


def test_a_property_that_is_spelt_otherwise_is_renamed_and_not_deleted() -> None:
    of = registry(order_id=TEXT, total=NUMBER)
    one, sent = mended(of, parameters(cart({"orderId": "a", "total": 1})))
    assert ([mend.does for mend in one.mends], sent) == (
        ["renames orderId to order_id"],
        [{"order_id": "a", "total": 1}],
    )
    one, sent = mended(of, parameters(cart({"orderId": "a", "order_id": "b"})))
    assert sent == [{"order_id": "b"}]


def test_a_rename_and_a_deletion_of_one_property_do_not_disturb_each_other() -> None:
    of = registry(("total",), total=NUMBER)
    both = refused(of, parameters(cart({"totl": 2, "total": 1})))
    one = refused(of, parameters(cart({"totl": 2})))
    result = suggested([both, both, one], of)
    assert [one.tried.failing for one in result.groups] == [0, 0]
    recovery = Recovery.from_config(result.config)
    assert json.loads(sent_parameters(recovery, one)["ue_pr"])["data"]["data"] == {"total": 2}
    assert json.loads(sent_parameters(recovery, both)["ue_pr"])["data"]["data"] == {"total": 1}


def test_a_row_with_two_faults_passes_by_the_flows_of_both() -> None:
    of = registry(total=NUMBER, gift={"type": "boolean"})
    lines = [
        refused(of, parameters(cart({"total": "1"}))),
        refused(of, parameters(cart({"total": "2", "gift": "true", "debug": 1}))),
        refused(of, parameters(cart({"gift": "false"}), encoded=True)),
    ]
    result = suggested(lines, of)
    assert passes(result) == [(1, 1)] * 3
    assert len({flow.name for flow in result.flows}) == len(result.flows) == 4


def test_one_fault_of_two_is_not_mended_for_rows_that_would_fail_for_the_other() -> None:
    of = registry(total=NUMBER, currency={"enum": ["EUR"]})
    result = suggested([refused(of, parameters(cart({"total": "1", "currency": "eur"})))], of)
    [one] = result.groups
    assert (one.verdict, result.flows) == ("decide", ())
    assert "which has to be one of EUR" in one.questions[0]
    assert one.places == ("$.raw.parameters.ue_pr.data.data.currency",)


def test_the_candidate_by_which_most_rows_pass_wins_and_the_rest_is_told() -> None:
    of = registry(total=NUMBER)
    lines = [refused(of, parameters(cart({"total": text}))) for text in ("1.5", "2", "12,50", "")]
    [one] = suggested(lines, of).groups
    assert (one.tried.passing, one.tried.rows) == (2, 4)
    assert sum(rows for _, rows in one.tried.reasons) == 2


def test_what_makes_no_row_pass_is_told_and_not_suggested() -> None:
    of = registry(total=NUMBER)
    result = suggested([refused(of, parameters(cart({"total": "many"})))], of)
    [one] = result.groups
    assert (one.verdict, one.mends, result.flows, result.share) == ("decide", (), (), 0.0)
    assert one.why.startswith("tried without success (casts total from string to number): ")
    assert "Failed to cast" in one.why


def test_a_null_that_is_required_is_a_question() -> None:
    one, _ = mended(registry(("total",), total=NUMBER), parameters(cart({"total": None})))
    assert one.verdict == "decide"


def test_text_with_a_form_of_its_own_is_not_cut() -> None:
    long = "x" * 20
    one, sent = mended(registry(note={"type": "string", "maxLength": 5}), parameters(cart({"note": long})))
    assert sent == [{"note": "xxxxx"}]
    ruled = {"type": "string", "maxLength": 5, "pattern": "^x*$"}
    one, _ = mended(registry(note=ruled), parameters(cart({"note": long})))
    assert one.verdict == "decide"
    assert "may be cut by Truncate" in one.questions[0]


def test_a_version_is_replaced_by_the_nearest_that_the_events_fit() -> None:
    known = (
        schema("cart", "1-0-0", type="object", properties={"total": NUMBER}, additionalProperties=False)
        | schema("cart", "1-0-1", type="object", properties={"total": NUMBER, "x": TEXT}, additionalProperties=False)
        | schema("cart", "1-0-2", type="object", required=["y"], properties={"y": TEXT})
    )
    of = Registry.of(known)
    one, sent = mended(of, parameters(cart({"total": 1, "x": "a"}, "1-0-3")))
    assert [mend.does for mend in one.mends] == ["replaces com.acme/cart/jsonschema/1-0-3 by 1-0-1"]
    assert sent == [{"total": 1, "x": "a"}]


def test_a_schema_that_was_published_since_needs_no_change() -> None:
    line = refused(registry(version="2-0-0"), parameters(cart({"total": 1})))
    [one] = suggested([line], registry(total=NUMBER)).groups
    assert ([mend.does for mend in one.mends], one.tried.passing) == (["sends the event again as it came"], 1)


def test_a_schema_that_nobody_has_is_to_be_published() -> None:
    of = registry(version="2-0-0")
    [one] = suggested([refused(of, parameters(cart({"total": 1})))], of).groups
    assert one.verdict == "decide"
    assert one.questions[0].startswith(f"publish {CART} where the resolver config finds it")


def test_without_a_resolver_flows_are_written_and_said_not_to_be_checked() -> None:
    groups = Groups(holds=True)
    groups.add(refused(registry(total=NUMBER), parameters(cart({"total": "1"}))), Source(1, "rows"), 1)
    result = suggest(explored(groups), Verifier(), lambda _: None)
    [one] = result.groups
    assert (one.verdict, one.tried.passing, one.tried.unchecked) == ("mended", 0, 1)
    assert (result.share, result.unchecked_share) == (0.0, 1.0)
    assert "there is no resolver config" in one.tried.reason


def test_a_registry_that_cannot_be_reached_leaves_it_unchecked() -> None:
    line = refused(registry(total=NUMBER), parameters(cart({"total": "1"})))
    [one] = suggested([line], Registry.of({CART: "503"})).groups
    assert (one.tried.passing, one.tried.unchecked) == (0, 1)
    assert "503" in one.tried.reason


def test_names_that_no_path_can_have_are_mended_on_the_text() -> None:
    of = registry(total=NUMBER)
    one, sent = mended(of, parameters(cart({"total": 1, 'a "b".c': [1]})))
    assert (one.tried.passing, sent) == (1, [{"total": 1}])


def test_conditions_keep_rows_of_other_faults_out() -> None:
    of = registry(total=NUMBER, price=NUMBER, gift={"type": "boolean"})
    cast = suggested([refused(of, parameters(cart({"total": "1"})))], of)
    recovery = Recovery.from_config(cast.config)
    for data in ({"price": "1"}, {"total": True}, {"total": None}, {"gift": "true"}, {"totals": "1"}):
        assert recovery.recover(refused(of, parameters(cart(data)))).error == "FailedToMatchConfiguration", data
    other = Registry.of(schema("basket", type="object", properties={"total": NUMBER}))
    line = refused(other, parameters(described("iglu:com.acme/basket/jsonschema/1-0-0", {"total": "1"})))
    assert recovery.recover(line).error == "FailedToMatchConfiguration"


def test_a_fault_that_shows_only_behind_the_first_is_mended_as_well() -> None:
    """Enrich does not look at data whose schema it does not find."""
    of = registry(total=NUMBER)
    lines = [refused(of, parameters(cart({"total": total}, "1-0-1"))) for total in ("1.5", 2)]
    lines.append(refused(of, parameters(None, cart({"total": "3.5"}, "1-0-1"), encoded=True)))
    result = suggested(lines, of)
    [one] = result.groups
    assert [mend.does for mend in one.mends] == [
        "replaces com.acme/cart/jsonschema/1-0-1 by 1-0-0",
        "casts total from string to number",
    ]
    assert (one.tried.passing, one.tried.rows) == (3, 3)
    sent = [sent_parameters(Recovery.from_config(result.config), line) for line in lines]
    assert [json.loads(each["ue_pr"])["data"]["data"]["total"] for each in sent[:2]] == [1.5, 2]


def test_an_enrichment_that_failed_does_not_hide_what_else_is_wrong() -> None:
    of = registry(total=NUMBER)
    document = json.loads(refused(of, parameters(cart({"total": "1.5"}))))
    document["schema"] = document["schema"].replace("schema_violations", "enrichment_failures")
    message = {"enrichment": {"schemaKey": CART, "identifier": "weather"}, "message": {"error": "no answer"}}
    document["data"]["failure"]["messages"] = [message]
    [one] = suggested([json.dumps(document).encode()], of).groups
    assert [mend.does for mend in one.mends] == [
        "sends the event again as it came",
        "casts total from string to number",
    ]
    assert one.tried.passing == 1


def test_two_groups_that_want_one_mend_by_different_steps_get_one_that_does_for_both() -> None:
    """A cast would fail beside an entity that is sound, and on what another flow has cast already."""
    of = registry(total=NUMBER, gift={"type": "boolean"})
    alone = [refused(of, parameters(None, cart({"total": total}))) for total in ("1", "2", "3")]
    beside = refused(of, parameters(None, cart({"total": 5}), cart({"total": "4", "gift": "true"})))
    result = suggested([*alone, beside], of)
    assert passes(result) == [(3, 3), (1, 1)]
    assert len(result.flows) == 2


def test_a_request_of_no_tracker_is_not_sent_to_the_tracker() -> None:
    payload = collector_payload(vendor="com.acme", version="v9", querystring=pairs(("e", "pv"), ("id", "1")), body=None)
    message = {"field": "vendor/version", "value": "com.acme/v9", "expectation": "combination is not supported"}
    failure = {"timestamp": INSTANT, "vendor": "com.acme", "version": "v9", "messages": [message]}
    [one] = suggested([line_of(bad_row(ADAPTER, payload, failure=failure))], registry()).groups
    assert one.verdict == "decide"
