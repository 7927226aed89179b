"""Whatever comes, there is a verdict: no exception, no hang, no memory without end."""

from __future__ import annotations

import json
import pickle
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from event_recovery import javaregex
from event_recovery.javaregex.pattern import TIME_LIMIT_S
from event_recovery.verify import Verdict, Verifier
from event_recovery.verify.dialect.patience import LIMIT_S, MOST_REFERENCES, Patience
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.verify.payloads import REQUIRED, contexts, encoded, entity, get, nested, payload, post, unstruct, webhook
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

OUTCOMES = {"passes", "fails", "not checked"}
#: Patterns, each with a text that it takes for ever with, or would if it were tried as Java does.
CATASTROPHIC = {"^(a|a)*$": "a" * 5_000 + "!", "^(a|aa)+$": "a" * 5_000 + "!", "(.*a){20}$": "a " * 5_000 + "!"}
SEEMINGLY = {"^(a+)+$": "a" * 5_000 + "!", r"^(\w+\s?)*$": "a " * 5_000 + "!"}
#: Seconds of the processor for the worst of them; the patterns of one payload have 5, and a single one 2.
LONG = 15
#: What the limits of patterns and references are divided by where a test waits for them.
SOONER = 25


def check(verdicts: list[Verdict]) -> None:
    assert verdicts
    for one in verdicts:
        assert one.outcome in OUTCOMES
        assert (one.bad_row_type is not None) == (one.failure is not None) == (one.outcome == "fails")
        assert not any("unexpected fault" in text for text in one.not_checked), one
        assert (one.reasons == ()) == (one.outcome == "passes")
        json.dumps(one.failure)


def timed(judge: Verifier, data: bytes) -> list[Verdict]:
    begun = time.process_time()
    verdicts = judge.verify(data)
    assert time.process_time() - begun < LONG
    check(verdicts)
    return verdicts


PATHS = ("/i", "/r/tp2", "/com.snowplowanalytics.iglu/v1", "/com.sendgrid/v3")
QUERY = "ecxupridfo=&;%2#{}a1"
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "path": st.one_of(st.sampled_from(PATHS), st.text()),
        "querystring": st.one_of(st.binary(max_size=60), st.text(alphabet=QUERY, max_size=60).map(str.encode)),
        "body": st.one_of(st.none(), st.text(max_size=60)),
        "content_type": st.one_of(st.none(), st.sampled_from(["application/json", ""]), st.text(max_size=10)),
        "encoding": st.one_of(st.sampled_from(["UTF-8", "UTF-16", "latin1", "rot13", "idna"]), st.text(max_size=8)),
        "collector": st.text(max_size=8),
        "timestamp": st.integers(-(2**63), 2**63 - 1),
        "network_user_id": st.one_of(st.none(), st.text(max_size=40)),
        "ip_address": st.one_of(st.none(), st.text(alphabet=", |1.", max_size=6)),
        "referer_uri": st.one_of(st.none(), st.text(max_size=30)),
    },
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)
KEYWORDS = (
    "type properties required enum items additionalProperties pattern format minimum $ref maxLength anyOf oneOf not "
    "dependencies multipleOf $supersededBy $schema id uniqueItems"
).split()
PARAMETERS = "e p eid dtm res ti_pr ue_pr cx co url refr ip vid tnuid nuid".split()
NEARLY_SCHEMAS = st.recursive(
    st.one_of(JSON, st.sampled_from(["object", "string", "#", "#/properties/a", "email", "(", "1-0-1", 5, True, {}])),
    lambda inner: st.dictionaries(st.one_of(st.sampled_from(KEYWORDS), st.text(max_size=3)), inner, max_size=5),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_have_a_verdict(data: bytes) -> None:
    check(verifier().verify(data))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(FIELDS)
def test_any_fields_have_a_verdict(fields: dict[str, Any]) -> None:
    check(verifier(enrich="3.9").verify(payload(**fields)))
    check(verifier().verify(payload(**fields)))


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text()))
def test_any_parameters_have_a_verdict(pairs: dict[str, str]) -> None:
    check(verifier().verify(get({"e": "pv"} | pairs)))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(JSON)
def test_any_json_has_a_verdict(value: Any) -> None:
    judge = verifier(schema("a", type="object", properties={"": {"type": "string"}}))
    text = json.dumps(value)
    for data in (
        get({"e": "ue", "ue_pr": text}),
        get({"e": "ue", "cx": encoded(text)}),
        get({"e": "ue", "ue_pr": unstruct(value), "co": contexts(value, entity("a", value))}),
        payload(body=text, content_type="application/json"),
        post(value),
        webhook({"schema": "iglu:com.acme/a/jsonschema/1-0-0"}, text, "application/json"),
    ):
        check(judge.verify(data))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(NEARLY_SCHEMAS, JSON)
def test_any_schema_has_a_verdict(made_up: Any, value: Any) -> None:
    document = made_up if isinstance(made_up, dict) else {"properties": made_up}
    for enrich in ("3.9", "4.2", "6"):
        judge = verifier({"iglu:com.acme/a/jsonschema/1-0-0": document}, enrich=enrich)
        check(judge.verify(get({"e": "ue", "ue_pr": unstruct(entity("a", value))})))


@pytest.mark.parametrize("enrich", ["3.9", "6"])
@pytest.mark.parametrize(
    "text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 100_000]
)
def test_json_of_100_000_levels(text: str, enrich: str) -> None:
    judge = verifier(schema("open"), enrich=enrich)
    wrapped = f'{{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{text}}}'
    for data in (
        get({"e": "ue", "ue_pr": text}),
        get({"e": "ue", "ue_pr": wrapped}),
        payload(body=text, content_type="application/json"),
    ):
        (verdict,) = timed(judge, data)
        assert verdict.outcome == ("fails" if enrich == "6" else "not checked")


PIECES = ("x", "%", "é", " ", "a@", "http://", "{", "1", "=", "\\u12", "\x00")


@pytest.mark.parametrize("piece", PIECES)
def test_long_parameters(piece: str) -> None:
    judge, text = verifier(), piece * (200_000 // len(piece))
    for name in ("page", "url", "ue_pr", "ue_px", "eid", "ti_pr", "vid", "dtm", "ip"):
        timed(judge, payload(querystring=f"e=pv&{name}={text}".encode()))
        timed(judge, post([REQUIRED | {name: text}]))


@pytest.mark.parametrize(("name", "piece"), [("page", "é"), ("ue_px", "x"), ("ue_pr", "[")])
def test_parameters_of_10_mb(name: str, piece: str) -> None:
    timed(verifier(), payload(querystring=f"e=pv&{name}=".encode() + (piece * 10_000_000).encode()[:10_000_000]))


@pytest.mark.parametrize("name", ["uri", "email", "hostname", "ipv6", "date-time", "color", "style", "phone"])
def test_formats_of_long_texts(name: str) -> None:
    judge = verifier(schema("a", type="object", properties={"v": {"type": "string", "format": name}}))
    for piece in ("a:", "a", "1.", " ", ":", "@", "a@a.", "rgb(", "0", "+1 "):
        timed(judge, post([REQUIRED | {"co": contexts(entity("a", {"v": piece * 200_000 + "\n"}))}]))


@pytest.mark.parametrize("pattern", [*CATASTROPHIC, *SEEMINGLY])
def test_catastrophic_patterns_end_as_not_checked(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javaregex.pattern, "TIME_LIMIT_S", TIME_LIMIT_S / SOONER)
    properties = {"v": {"type": "string", "pattern": pattern}}
    judge = verifier(schema("a", type="object", properties=properties, patternProperties={pattern: {}}))
    judge._rules.schemas.patience = Patience(LIMIT_S / SOONER)
    hard = entity("a", {"v": (CATASTROPHIC | SEEMINGLY)[pattern]})
    event = REQUIRED | {"co": contexts(*[hard] * 20)}
    verdicts = timed(judge, post([event] * 50))
    assert len(verdicts) == 50
    assert pattern in SEEMINGLY or {one.outcome for one in verdicts} == {"not checked"}


def test_patterns_that_take_for_ever_with_short_texts_end_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javaregex.pattern, "TIME_LIMIT_S", TIME_LIMIT_S / SOONER)
    judge = verifier(schema("a", type="object", properties={"v": {"type": "string", "pattern": "^(a|a)*$"}}))
    judge._rules.schemas.patience = Patience(LIMIT_S / SOONER)
    hard = [entity("a", {"v": "a" * 60 + "!" * (number + 1)}) for number in range(10)]
    verdicts = timed(judge, post([REQUIRED | {"co": contexts(*hard)}] * 50))
    assert {one.not_checked for one in verdicts} == {
        (f"the patterns of its schemas take more than {LIMIT_S / SOONER:g} s",)
    }


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"$ref": "#"}, "nests too deeply"),
        ({"allOf": [{"$ref": "#"}]}, "nests too deeply"),
        ({"properties": {"v": {"$ref": "#/properties/v"}}}, "nests too deeply"),
        ({"properties": {"v": {"$ref": "#/definitions/none"}}}, "cannot be resolved"),
        ({"properties": {"v": {"$ref": "iglu:com.acme/b/jsonschema/1-0-0"}}}, "cannot be resolved"),
        ({"properties": {"v": {"$ref": "http://127.0.0.1:9/x#/y"}}}, "cannot be resolved"),
        ({"properties": {"v": {"pattern": "("}}}, "its pattern cannot be used"),
    ],
)
def test_schemas_that_enrich_s_validator_fails_on_are_not_checked(keywords: dict[str, Any], told: str) -> None:
    judge = verifier(schema("a", **keywords))
    (verdict,) = timed(judge, get({"e": "ue", "ue_pr": unstruct(entity("a", {"v": "x"}))}))
    assert verdict.outcome == "not checked"
    assert told in verdict.not_checked[0]


@pytest.mark.parametrize(
    "keywords",
    [
        {"items": {"$ref": "#"}},
        {"items": {"allOf": [{"anyOf": [{"$ref": "#"}]}]}},
        {"items": {"not": {"not": {"oneOf": [{"$ref": "#"}]}}}, "minItems": 0},
        {"allOf": [{"items": {"$ref": "#"}}, {"$ref": "#/allOf/0"}]},
    ],
)
def test_data_as_deep_as_can_be_in_a_schema_that_leads_to_itself(keywords: dict[str, Any]) -> None:
    judge = verifier(schema("a", **keywords), enrich="3.9")
    data = get({"e": "ue", "ue_pr": unstruct(entity("a", nested(395)))})
    # The stack of a thread may be small.
    size = threading.stack_size(2**20)
    try:
        with ThreadPoolExecutor(1) as pool:
            check(pool.submit(timed, judge, data).result())
    finally:
        threading.stack_size(size)


def test_references_that_double_the_work_at_each_level_end_as_not_checked() -> None:
    judge = verifier(schema("a", allOf=[{"items": {"$ref": "#"}}, {"$ref": "#/allOf/0"}]), enrich="3.9")
    judge._rules.schemas.patience = Patience(most_references=MOST_REFERENCES // SOONER)
    (verdict,) = timed(judge, get({"e": "ue", "ue_pr": unstruct(entity("a", nested(60)))}))
    assert verdict.not_checked == (
        f"the references of its schemas lead on more than {MOST_REFERENCES // SOONER:,} times",
    )


def test_a_reference_to_a_server_is_never_followed() -> None:
    judge = verifier(schema("a", properties={"v": {"$ref": "http://127.0.0.1:9/schema"}}))
    (verdict,) = judge.verify(get({"e": "ue", "ue_pr": unstruct(entity("a", {"v": 5}))}))
    assert verdict.outcome == "passes"


def test_memory_stays_within_some_copies_of_the_payload() -> None:
    judge = verifier(schema("a", type="array", uniqueItems=True, items={"type": "integer"}))
    data = post([REQUIRED | {"co": contexts(entity("a", list(range(20_000))))}])
    tracemalloc.start()
    check(judge.verify(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120 * len(data)


def test_thousands_of_schemas_are_not_all_kept() -> None:
    names = [f"a{number}" for number in range(1_100)]
    judge = verifier(*map(schema, names))
    for name in names:
        (verdict,) = judge.verify(get({"e": "ue", "ue_pr": unstruct(entity(name, {}))}))
        assert verdict.outcome == "passes"
    assert 0 < len(judge._rules.schemas._known) <= 1_000


def test_a_verifier_pickles() -> None:
    judge = verifier(schema("a", type="object"), enrich="4.2", field_limits={"app_id": 3})
    data = get({"e": "ue", "aid": "four", "ue_pr": unstruct(entity("a", []))})
    assert pickle.loads(pickle.dumps(judge)).verify(data) == judge.verify(data)
