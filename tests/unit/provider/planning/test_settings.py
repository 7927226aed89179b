"""Settings are checked as a whole, and a plan says everything a run will do."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from event_recovery.contract import OPTIONS
from event_recovery.run.options import parse_command
from event_recovery.version import __version__
from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.normalise import json_text
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.planning.settings import SETTINGS, Settings, parse

pytestmark = pytest.mark.unit

RUN = RunIdentity("event_recovery", "manual__1")
CONFIG = {"schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0", "data": {}}
GIVEN: dict[str, Any] = {
    "bucket": "bad-rows",
    "inputdir": "archive/2026/11/22",
    "region": "eu-west-1",
    "subnet": "subnet-1",
    "role": "EMR_EC2",
    "keypair": "ops",
    "client": "acme",
    "version": "0.1.0",
    "config": CONFIG,
    "output": "good",
    "interval": 300,
}


def plan(**changes: Any) -> Plan:
    return make_plan(parse({**GIVEN, **changes}), RUN)


def test_the_twelve_variables_are_the_first_twelve_settings() -> None:
    assert Settings.__struct_fields__[:12] == (
        "bucket",
        "inputdir",
        "output",
        "config",
        "resolver",
        "region",
        "subnet",
        "role",
        "keypair",
        "client",
        "version",
        "interval",
    )


def test_rows_are_chosen_by_the_options_of_the_job() -> None:
    made = plan(types="schema_violations, size_violation", failed_from="2026-11-28T10:00Z", failed_to="")
    assert (made.types, made.failed_from, made.failed_to) == (
        ["schema_violations", "size_violation"],
        "2026-11-28T10:00:00+00:00",
        "",
    )
    options, _ = parse_command(made.job.arguments)
    assert (options.types, options.failed_from, options.failed_to) == (tuple(made.types), made.failed_from, None)


@pytest.mark.parametrize("version", ["6", "3.9"])
def test_the_job_verifies_for_the_version_that_the_trial_predicts(version: str) -> None:
    told = [parse_command(plan(enrich=version, verify=verify).job.arguments)[0].verify for verify in (True, False)]
    assert told == [version, None]


def test_trial_and_job_write_querystrings_alike() -> None:
    made = plan(querystrings="clean")
    assert (made.querystrings, parse_command(made.job.arguments)[0].querystrings) == ("clean", "clean")


def test_the_job_marks_by_the_id_of_the_run() -> None:
    made = plan(mark=True, max_resends="2")
    options, _ = parse_command(made.job.arguments)
    assert (made.mark, made.max_resends) == (options.mark, options.max_resends) == (True, 2)
    assert options.run_id == made.run_id
    unlimited, _ = parse_command(plan(mark="True", max_resends="0").job.arguments)
    assert (unlimited.mark, unlimited.max_resends) == (True, None)
    assert not {"--mark", "--max-resends"} & {*plan().job.arguments}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"max_resends": 3}, "max_resends: 3 needs the mark, which tells a later run how often an event was sent"),
        (
            {"types": ["schema_violation"]},
            "types: no bad row type is called 'schema_violation' (did you mean schema_vi",
        ),
        ({"failed_from": "2026-11-28"}, "failed_from: expected a time with its offset, such as 2026-11-28T10:00:00Z"),
        (
            {"failed_from": "2026-11-28T10:00Z", "failed_to": "2026-11-28T10:00Z"},
            "failed_from: 2026-11-28T10:00:00+00:00 is not before 2026-11-28T10:00:00+00:00",
        ),
        (
            {"arrived_from": "2026-11-28T10:00Z", "arrived_to": "2026-11-28T10:00+01:00"},
            "arrived_from: 2026-11-28T10:00:00+00:00 is not before 2026-11-28T10:00:00+01:00",
        ),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan(**changes)
    assert told in str(caught.value)


def test_every_problem_is_named_at_once_with_its_value() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"inputdir": "x", "interval": "soon", "core_count": 0, "regoin": "eu-west-1", "max_failed_ratio": 2})
    text = str(caught.value)
    assert caught.value.code == "SETTINGS_INVALID"
    for expected in (
        "bucket: missing",
        "config: missing",
        "core_count: Expected `int` >= 1, given 0",
        "interval: Expected `int`, got `str`, given 'soon'",
        "max_failed_ratio: Expected `float` <= 1.0, given 2",
        "output: missing",
        "regoin: not a setting; expected one of bucket, inputdir",
        "role: missing",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"bucket": "s3://bad-rows"}, "bucket: expected the name of a bucket"),
        ({"inputdir": " \n"}, "inputdir: expected a path or an S3 URI"),
        ({"version": ""}, "version: missing"),
        ({"bundle": "/opt/bundle"}, "bundle: expected an s3:// URI"),
        ({"subnet": "subnet-1,subnet-2"}, "subnet: several subnets need several instance types"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        parse({**GIVEN, **changes})


def test_templates_render_to_text_and_text_is_taken_for_numbers() -> None:
    settings = parse({**GIVEN, "interval": "120", "max_hours": "0.5", "task_count": "3", "keypair": None, "base": ""})
    assert (settings.interval, settings.max_hours, settings.task_count) == (120, 0.5, 3)
    assert (settings.keypair, settings.base) == ("", "event-recovery")


def test_defaults_hold_where_nothing_is_given() -> None:
    site = json.dumps({**GIVEN, "inputdir": "site", "core_count": 9})
    settings = parse({"inputdir": "own", "core_count": None}, defaults=site)
    assert (settings.inputdir, settings.core_count) == (("own",), 9)


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_defaults_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="the defaults"):
        parse(GIVEN, defaults=text)


def test_inputs_are_paths_in_the_bucket_or_uris_one_or_many() -> None:
    settings = parse({**GIVEN, "inputdir": "a/b\ns3://other/c/, /d/"})
    assert settings.inputs == ["s3://bad-rows/a/b", "s3://other/c/", "s3://bad-rows/d"]


def test_json_comes_as_text_as_object_as_base64_or_as_uri() -> None:
    text = json.dumps(CONFIG)
    assert json_text(f" {text} ") == text
    assert json.loads(json_text(CONFIG)) == CONFIG
    assert json_text(base64.b64encode(text.encode()).decode()) == text
    assert json_text("s3://b/config.json") == "s3://b/config.json"


def encoded(text: str, form: str) -> str:
    """Return text in one of the forms of base64 that are about."""
    if form == "url-safe":
        return base64.urlsafe_b64encode(text.encode()).decode()
    if form == "wrapped":
        return base64.encodebytes(text.encode()).decode()
    standard = base64.b64encode(text.encode()).decode()
    return standard.rstrip("=") if form == "unpadded" else standard


@pytest.mark.parametrize("name", ["config", "resolver"])
@pytest.mark.parametrize("form", ["standard", "unpadded", "url-safe", "wrapped"])
def test_base64_may_have_any_alphabet_padding_and_line_breaks(name: str, form: str) -> None:
    text = json.dumps({**CONFIG, "data": {"iglu:com.acme/x/jsonschema/1-0-0": [], "~~~???>>>": []}})
    text += " " * (2 - len(text) % 3)
    given = encoded(text, form)
    # Each form shows what it is for: without that, it would be like the standard one.
    shown = {"standard": "=" in given, "unpadded": "=" not in given, "wrapped": given.count("\n") > 1}
    assert shown.get(form, "_" in given or "-" in given)
    assert getattr(parse({**GIVEN, name: given}), name) == text


@pytest.mark.parametrize("name", ["config", "resolver"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("s3://conf/a#b?c=d.json", "s3://conf/a#b?c=d.json"),
        ("s3a://conf/a.json", "s3://conf/a.json"),
        (" s3n://conf/a.json\n", "s3://conf/a.json"),
    ],
)
def test_a_document_in_s3_keeps_its_key_whatever_is_in_it(name: str, given: str, expected: str) -> None:
    settings = parse({**GIVEN, name: given})
    assert getattr(settings, name) == expected
    assert expected in make_plan(settings, RUN).required


@pytest.mark.parametrize("name", ["config", "resolver"])
@pytest.mark.parametrize(
    "given",
    [
        "not json",
        "recovery/config.json",
        "/opt/config.json",
        "file:///opt/config.json",
        "https://acme.com/config.json",
        "s3://",
        base64.b64encode(b"neither").decode(),
        base64.b64encode(b'{"\xff": 1}').decode(),
        '{"\ud800": 1}',
        "x" * 500,
    ],
)
def test_a_document_that_is_neither_json_nor_base64_nor_in_s3_is_refused(name: str, given: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse({**GIVEN, name: given})
    (line,) = caught.value.message.splitlines()[1:]
    start = f"  - {name}: expected JSON, base64 of JSON or an s3:// URI, given {given[:40]!r}"[:-1]
    assert line.startswith(start)
    assert len(line) <= 160


def test_inputs_are_s3_uris_in_the_end_and_keep_their_keys() -> None:
    settings = parse({**GIVEN, "inputdir": "s3a://other/a#b/c?d=e/\ns3n://other/f.gz\nin/#1/what?"})
    assert settings.inputs == ["s3://other/a#b/c?d=e/", "s3://other/f.gz", "s3://bad-rows/in/#1/what?"]
    assert parse({**GIVEN, "inputdir": ["s3a://other"]}).inputs == ["s3://other/"]


@pytest.mark.parametrize("given", ["https://acme.com/x", "file:///x", "hdfs://n/x", "s3://", "a\ns3:///b"])
def test_inputs_elsewhere_are_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="inputdir: expected a path in the bucket or an s3:// URI, given "):
        parse({**GIVEN, "inputdir": given})


@pytest.mark.parametrize("name", ["bundle", "log_uri"])
def test_other_places_are_s3_uris_in_the_end(name: str) -> None:
    assert getattr(parse({**GIVEN, name: "s3n://b/a#b/"}), name) == "s3://b/a#b/"
    with pytest.raises(SettingsError, match=f"{name}: expected an s3:// URI, given 'https://s3://b'"):
        parse({**GIVEN, name: "https://s3://b"})


def test_what_a_setting_shares_with_a_job_option_is_declared_by_the_option() -> None:
    (option,) = [one for one in OPTIONS if one.name == "checkpoint_interval"]
    (setting,) = [one for one in SETTINGS if one.name == "interval"]
    assert (setting.schema["maximum"], setting.default, setting.help) == (option.most, str(option.default), option.help)
    with pytest.raises(SettingsError, match="interval: Expected `int` <= 86400, given 86401"):
        parse({**GIVEN, "interval": 86_401})


@pytest.mark.parametrize(
    ("interval", "told"),
    [
        (600_000, "given 600000; in milliseconds, as the old templates had it, that is 600"),
        ("600000", "given '600000'; in milliseconds, as the old templates had it, that is 600"),
        (86_400_000, "given 86400000; in milliseconds, as the old templates had it, that is 86400"),
        (0, "given 0"),
        (-600_000, "given -600000"),
        ("²", "given '²'"),
        ("600000 ms", "given '600000 ms'"),
    ],
)
def test_milliseconds_are_refused_with_the_seconds_they_are(interval: object, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse({**GIVEN, "interval": interval})
    (line,) = str(error.value).splitlines()[1:]
    assert line.startswith("  - interval: Expected `int`")
    assert line.endswith(f", {told}")


def test_every_setting_is_declared_with_a_title_and_a_meaning() -> None:
    assert tuple(one.name for one in SETTINGS) == Settings.__struct_fields__
    assert len({one.title for one in SETTINGS}) == len(SETTINGS)
    assert [one.name for one in SETTINGS if not one.help or one.help.endswith(".")] == []


def test_whatever_form_a_setting_comes_in_it_has_one_in_the_end() -> None:
    listed = parse({**GIVEN, "subnet": ["subnet-1 ", ""], "core_type": ["m5.xlarge", "m6i.xlarge"]})
    text = parse({**GIVEN, "subnet": " subnet-1,", "core_type": "m5.xlarge\nm6i.xlarge", "config": json.dumps(CONFIG)})
    assert (listed.subnet, listed.core_type) == (text.subnet, text.core_type)
    assert text.core_type == ("m5.xlarge", "m6i.xlarge")
    assert json.loads(listed.config) == json.loads(text.config) == CONFIG
    assert json.loads(text.resolver)["data"]["repositories"][0]["name"] == "Iglu Central"


@pytest.mark.parametrize("changes", [{"inputdir": 5}, {"core_type": ["m5.xlarge", 5]}, {"config": 5}, {"config": " "}])
def test_a_setting_that_has_no_such_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"{next(iter(changes))}: Expected"):
        parse({**GIVEN, **changes})


def test_a_plan_keeps_everything_below_one_prefix() -> None:
    made = plan()
    assert made.prefix == f"s3://bad-rows/event-recovery/runs/{RUN.run_id}"
    assert made.checkpoint_dir == made.job.checkpoint_dir == f"{made.prefix}/checkpoints"
    assert made.summary_uri == f"{made.prefix}/summary.json"
    assert made.success_uri == f"{made.prefix}/_SUCCESS"
    assert made.job_flow["LogUri"] == f"{made.prefix}/logs/"
    given = dict(zip(made.job.arguments[::2], made.job.arguments[1::2], strict=True))
    assert given["--output"] == "good"
    assert given["--failed"] == f"{made.prefix}/failed"
    assert given["--run-id"] == RUN.run_id
    assert given["--checkpoint-interval"] == "300"


def test_configurations_given_in_place_are_staged_and_those_in_s3_are_required() -> None:
    made = plan(resolver="s3://conf/resolver.json")
    config_uri = f"{made.prefix}/config.json"
    assert list(made.staged) == [config_uri]
    assert json.loads(made.staged[config_uri]) == CONFIG
    assert made.required == ["s3://conf/resolver.json"]


def test_the_bundle_must_have_the_version_asked_for_or_that_of_this_package() -> None:
    usual = plan()
    assert (usual.bundle, usual.version) == ("s3://bad-rows/event-recovery/bundles/0.1.0", "0.1.0")
    own = plan(version="", bundle="s3://artefacts/ours/")
    assert (own.bundle, own.version) == ("s3://artefacts/ours", __version__)
    assert plan(version="9.9.9", bundle="s3://artefacts/ours").version == "9.9.9"


def test_any_field_of_the_request_can_be_set() -> None:
    made = plan(cluster={"Instances": {"Ec2SubnetId": "subnet-9"}, "ScaleDownBehavior": "TERMINATE_AT_TASK_COMPLETION"})
    assert made.job_flow["Instances"]["Ec2SubnetId"] == "subnet-9"
    assert made.job_flow["ScaleDownBehavior"] == "TERMINATE_AT_TASK_COMPLETION"
    assert made.job_flow["Instances"]["Ec2KeyName"] == "ops"


def test_the_job_has_a_subtask_for_each_node_unless_told_otherwise() -> None:
    assert plan(core_count=3, task_count=2).job.properties["parallelism.default"] == "5"
    assert plan(parallelism=7).job.properties["parallelism.default"] == "7"


def test_a_plan_is_json_and_back() -> None:
    made = plan(max_hours=1.5)
    travelled = msgspec.convert(json.loads(json.dumps(made.to_dict())), Plan)
    assert travelled == made
    assert made.job_seconds == 5400


def test_two_runs_share_nothing() -> None:
    settings = parse(GIVEN)
    assert make_plan(settings, RUN).prefix != make_plan(settings, RunIdentity("event_recovery", "manual__2")).prefix


@pytest.mark.parametrize(
    ("given", "expected"), [(None, False), ("", False), (False, False), ("False", False), (True, True), ("True", True)]
)
def test_a_switch_may_come_from_a_template_and_reaches_the_plan(given: object, expected: bool) -> None:
    assert plan(fail_on_damaged=given).fail_on_damaged is expected
