"""The check of a config as it was written takes what the reference takes, and tells what will not be read back."""

from __future__ import annotations

import json
import pickle

import pytest
from event_recovery import Recovery
from event_recovery.config.check import check_config
from support.engine.rows import bad_row, collector_payload, config, flow, line_of, uri
from support.engine.thrift import read_struct

pytestmark = pytest.mark.unit

ROW = line_of(bad_row("adapter_failures", collector_payload()))
KEY = uri("adapter_failures", "*-*-*")
VALUE = "@value@"


def written(value: str, path: str = "$.vendor", **more: object) -> bytes:
    """Write a config of one Replace, its value as given: JSON text that no Python value may print as."""
    text = json.dumps(config(flow({"op": "Replace", "path": path, "value": VALUE, **more}), keys=[KEY]))
    return text.replace(json.dumps(VALUE), value).encode()


def sent(content: bytes) -> str:
    """Recover a row by a config that has been through a process's boundary, and return the path that is sent."""
    checked = check_config(content, None)
    assert checked.config is not None, checked.errors
    payload = Recovery(pickle.loads(pickle.dumps(checked.config))).recover(ROW).payload
    assert payload is not None
    return str(read_struct(payload)["path"])


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (r'"\ud800"', "?"),
        (r'"a\udfffb"', "a?b"),
        (r'"\ud83d\ude00"', "😀"),
        ("1E400", "1E400"),
        ("-1e999", "-1e999"),
        ("1E-400", "1E-400"),
        ("9" * 5000, "9" * 5000),
        ("-" + "9" * 5000, "-" + "9" * 5000),
    ],
)
def test_values_that_other_parsers_refuse_are_sent_as_the_reference_sends_them(value: str, arrives: str) -> None:
    assert sent(written(value)) == f"/{arrives}/v1"


@pytest.mark.parametrize("value", [r'"\ud800"', r'"x\udc00y"', r'{"\ud800":1}', r'["a",{"b":"\ude00"}]'])
def test_half_of_a_surrogate_pair_is_told_with_its_place(value: str) -> None:
    (warning,) = check_config(written(value), None).warnings
    assert warning.problem.path.endswith("steps[0].value")
    assert "half of a surrogate pair" in warning.problem.message
    assert "sent as ?" in warning.problem.message
    warning.line("config").encode()


@pytest.mark.parametrize("value", ["1E400", "-1E400", '[1,{"a":1e309}]', "9" * 5000])
def test_a_number_beyond_all_doubles_is_told_with_its_place(value: str) -> None:
    (warning,) = check_config(written(value), None).warnings
    assert warning.problem.path.endswith("steps[0].value")
    assert "no double is that large" in warning.problem.message


@pytest.mark.parametrize("value", [r'"\ud83d\ude00"', r'"\\ud800"', "1E308", "9" * 300, "1E-400", "null", "true"])
def test_whole_pairs_and_numbers_that_doubles_have_are_fine(value: str) -> None:
    assert check_config(written(value), None).problems == ()


def test_a_match_may_look_for_half_a_pair() -> None:
    assert check_config(written('"x"', match="\ud800"), None).problems == ()


@pytest.mark.parametrize(
    ("path", "more"), [("$.headers", {}), ("$.querystring.ue_pr", {}), ("$.vendor", {"\ud800": 1})]
)
def test_every_line_can_be_written(path: str, more: dict[str, object]) -> None:
    report = check_config(written(r'"\ud800"', path=path, **more), None)
    lines = [one.line("config") for one in report.problems]
    assert len(lines) >= 2
    assert all("\\ud800" in one.encode().decode() for one in lines)
