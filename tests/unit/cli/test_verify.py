"""``event-recovery verify`` and ``run --verify``, as a user meets them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from event_recovery.cli import main
from generator import RECOVERABLE_MIX, configs, rows
from support.engine.rows import bad_row, collector_payload, config, flow, line_of, pairs
from support.verify.payloads import REQUIRED, TRACKER, contexts, entity, get, post
from support.verify.registries import schema

pytestmark = pytest.mark.unit

GOOD = contexts(entity("a", {"n": 1}))
BAD = contexts(entity("a", {"n": "x"}), entity("a", {"n": "y"}))


@pytest.fixture(autouse=True)
def _no_cache_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def resolver(tmp_path: Path) -> Path:
    for uri, document in schema("a", type="object", properties={"n": {"type": "integer"}}).items():
        file = tmp_path / "registry" / "schemas" / uri.removeprefix("iglu:")
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(document))
    connection = {"embedded": {"path": str(tmp_path / "registry")}}
    repository = {"name": "Acme", "priority": 0, "vendorPrefixes": ["com.acme"], "connection": connection}
    path = tmp_path / "resolver.json"
    config = {"cacheSize": 10, "repositories": [repository]}
    path.write_text(
        json.dumps({"schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1", "data": config})
    )
    return path


@pytest.fixture
def payloads(tmp_path: Path) -> Path:
    """Three events that pass, one that fails, and one whose schema is unknown."""
    path = tmp_path / "payloads.txt"
    batch = [REQUIRED, REQUIRED | {"co": GOOD}, REQUIRED | {"co": BAD}]
    made = [post(batch), get({"e": "pv"}), get({"e": "pv", "co": contexts(entity("b", {}))})]
    path.write_text("\n".join(base64.b64encode(one).decode() for one in made))
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False)


def test_verify_counts_by_schema_keyword_and_path(payloads: Path, resolver: Path) -> None:
    done = invoke("verify", "--payloads", payloads, "--resolver", resolver)
    assert done.exit_code == 0
    assert "com.acme/a/jsonschema/1-0-0: type at $.n" in done.output
    assert "$.n: string found, integer expected" in done.output
    assert "5 events: passes 3 (60.0%), fails 2 (40.0%), not checked 0 (0.0%)" in done.output


def test_verify_prints_json(payloads: Path, resolver: Path) -> None:
    document = json.loads(invoke("verify", "--payloads", payloads, "--resolver", resolver, "--json").stdout)
    assert (document["events"], document["passes"], document["pass_ratio"]) == (5, 3, 0.6)
    assert {"outcome": "fails", "schema": "iglu:com.acme/a/jsonschema/1-0-0", "keyword": "type"}.items() <= document[
        "groups"
    ][0].items()
    assert sum(group["events"] for group in document["groups"]) == 2


@pytest.mark.parametrize(("ratio", "code"), [("0.6", 0), ("0.61", 1), ("1", 1), ("0", 0)])
def test_too_few_that_pass_end_with_status_1(ratio: str, code: int, payloads: Path, resolver: Path) -> None:
    done = invoke("verify", "--payloads", payloads, "--resolver", resolver, "--minimum-pass", ratio)
    assert done.exit_code == code
    assert ("60.0% of the events pass, less than" in done.stderr) == bool(code)


def test_without_a_resolver_events_with_schemas_are_not_checked(payloads: Path) -> None:
    done = invoke("verify", "--payloads", payloads, "--json")
    document = json.loads(done.stdout)
    assert (document["passes"], document["fails"], document["not_checked"]) == (2, 0, 3)
    assert "without --resolver no schema of yours is known" in done.stderr


def test_verify_recovers_and_judges(tmp_path: Path, resolver: Path) -> None:
    config, bad_rows = tmp_path / "config.json", tmp_path / "rows.txt"
    config.write_text(json.dumps(configs.pass_through()))
    bad_rows.write_bytes(b"\n".join([*rows(5, seed=11, mix=RECOVERABLE_MIX), b"no row"]))
    done = invoke("verify", config, bad_rows, "--resolver", resolver, "--json")
    document = json.loads(done.stdout)
    assert (document["payloads"], document["not_recovered"]) == (5, {"failed": 1})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a CONFIG with INPUTs, or --payloads FILE"),
        (("config.json",), "name a CONFIG with INPUTs, or --payloads FILE"),
        (("--payloads", "nowhere.txt"), "cannot be read"),
        (("--payloads", "-", "--enrich", "2"), "older than 3.8"),
        (("--payloads", "-", "--enrich", "six"), "expected a version of Enrich"),
        (("--payloads", "-", "--resolver", "{}"), "--resolver is not a resolver config"),
        (("--payloads", "-"), "there is nothing to judge"),
    ],
)
def test_what_cannot_be_used_is_named(arguments: tuple[str, ...], told: str) -> None:
    done = invoke("verify", *arguments)
    assert done.exit_code == 2
    assert told in done.output


def test_run_parts_what_would_fail(tmp_path: Path, resolver: Path) -> None:
    config, out = tmp_path / "config.json", tmp_path / "out"
    config.write_text(json.dumps(configs.pass_through()))
    bad_rows = tmp_path / "rows.txt"
    bad_rows.write_bytes(b"\n".join(rows(30, seed=11, mix=RECOVERABLE_MIX)))
    plain = invoke("run", config, bad_rows, "-o", out)
    assert plain.exit_code == 0
    assert not (out / "would-fail.txt").exists()
    recovered = (out / "good.txt").read_bytes().splitlines()
    done = invoke("run", config, bad_rows, "-o", out, "--verify", "--resolver", resolver)
    assert done.exit_code == 0
    good, refused = ((out / name).read_bytes().splitlines() for name in ("good.txt", "would-fail.txt"))
    assert good
    assert refused
    assert len(good) + len(refused) == len(recovered)
    for line in refused:
        document = json.loads(line)
        assert document.pop("would_fail")[0]["bad_row"]
        assert document in map(json.loads, recovered)
    assert "would-fail.txt" in done.output


@pytest.mark.parametrize(("querystrings", "passing"), [("exact", 0), ("clean", 1)])
def test_parameters_without_a_value_pass_when_they_are_left_out(
    querystrings: str, passing: int, tmp_path: Path
) -> None:
    named = pairs(("e", "pv"), ("p", "web"), ("tv", "js"), ("res", None))
    payload = collector_payload(vendor=TRACKER, version="tp2", querystring=named, body=None, contentType=None)
    rows_file, config_file = tmp_path / "rows", tmp_path / "config.json"
    rows_file.write_bytes(line_of(bad_row("tracker_protocol_violations", payload)))
    config_file.write_text(json.dumps(config(flow())))
    done = invoke("verify", config_file, rows_file, "--json", "--querystrings", querystrings)
    assert json.loads(done.stdout)["passes"] == passing
    invoke("run", config_file, rows_file, "--verify", "--querystrings", querystrings, "-o", tmp_path / "out")
    assert bool((tmp_path / "out" / "good.txt").read_text()) is bool(passing)
