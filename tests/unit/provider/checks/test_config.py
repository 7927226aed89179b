"""The preflight judges config and resolver as the job does, in the job's words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from event_recovery.contract import JobOptions
from event_recovery.run.locations import RunLocations
from event_recovery.run.preflight import PreflightError, preflight
from event_recovery.storage.files import Storage
from event_recovery_provider.checks.config import check_documents
from event_recovery_provider.planning.iglu_central import IGLU_CENTRAL
from support.engine.rows import config, flow

pytestmark = pytest.mark.unit

RESOLVER = json.dumps(IGLU_CENTRAL).encode()
SOUND = config(flow())
FAULTY = {
    "a wrong key": config(flow({"op": "Remove", "path": "$.vendor", "mtach": "x"})),
    "a regex": config(flow({"op": "Replace", "path": "$.vendor", "match": "(", "value": ""})),
    "nothing in it": {**SOUND, "data": {}},
    "an obsolete schema": {**SOUND, "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/1-0-0"},
}


def test_a_sound_config_has_no_problem() -> None:
    problems, _ = check_documents(json.dumps(SOUND).encode(), RESOLVER)
    assert problems == []


@pytest.mark.parametrize(
    "text", [*map(json.dumps, FAULTY.values()), "{", "[]", "\ufeff{}"], ids=[*FAULTY, "{", "[]", "BOM"]
)
def test_what_the_job_refuses_is_refused_before_in_the_same_words(text: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"{}\n")
    options = JobOptions(
        inputs=(str(tmp_path / "in"),),
        output=str(tmp_path / "out"),
        failed=str(tmp_path / "failed"),
        unrecoverable=str(tmp_path / "unrecoverable"),
        config=str(tmp_path / "config.json"),
    )
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(PreflightError) as refused:
        preflight(replace(options), RunLocations.of(options), Storage())
    problems, _ = check_documents(text.encode(), RESOLVER)
    assert problems
    assert [f"--{line}" for line in problems] == str(refused.value).splitlines()


def test_traps_are_warnings() -> None:
    twice = config(flow(), flow(), keys=["iglu:com.acme/x/jsonschema/1-0-0"])
    problems, (warning,) = check_documents(json.dumps(twice).encode(), RESOLVER)
    assert problems == []
    assert "warning: another flow of this key is called 'flow' too" in warning


def test_a_resolver_that_is_none_is_named() -> None:
    problems, _ = check_documents(json.dumps(SOUND).encode(), b'{"schema": "x"}')
    assert problems
    assert all(problem.startswith("resolver: $") for problem in problems)


def test_a_schema_of_an_own_registry_is_looked_up_there(tmp_path: Path) -> None:
    folder = tmp_path / "schemas/com.acme/recoveries/jsonschema"
    folder.mkdir(parents=True)
    (folder / "1-0-0").write_text(json.dumps({"type": "object", "required": ["mine"]}))
    own = {"name": "own", "priority": 0, "vendorPrefixes": [], "connection": {"embedded": {"path": str(tmp_path)}}}
    resolver = {**IGLU_CENTRAL, "data": {"cacheSize": 1, "repositories": [own]}}
    document = {**SOUND, "schema": "iglu:com.acme/recoveries/jsonschema/1-0-0"}
    problems, _ = check_documents(json.dumps(document).encode(), json.dumps(resolver).encode())
    assert [problem.split(": ", 2)[2] for problem in problems] == ["the key `mine` is missing ($.data)"]
