"""The generator's rows: the same for a seed, of the asked size, of every kind, and readable back from files."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections import Counter
from pathlib import Path

import orjson
import pytest
from generator import DEFAULT_MIX, RECOVERABLE_MIX, rows, thrift, write_tree
from generator.configs import CONFIGS
from generator.stream import generate

pytestmark = pytest.mark.unit

TYPES = sorted(set(DEFAULT_MIX) - {"unknown_type", "not_json"})
EVEN_MIX = dict.fromkeys(DEFAULT_MIX, 1.0)


def lines_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()


def test_same_seed_same_rows() -> None:
    assert list(rows(300, seed=3)) == list(rows(300, seed=3))
    assert list(rows(300, seed=3)) != list(rows(300, seed=4))


def test_every_row_is_its_own() -> None:
    made = list(rows(2_000, seed=1, mix=RECOVERABLE_MIX))
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("size", [2_000, 5_000, 15_000])
def test_sizes_come_near_the_aim(size: int) -> None:
    lengths = [len(line) for line in rows(300, seed=2, size=size, mix=RECOVERABLE_MIX)]
    assert sum(lengths) / len(lengths) == pytest.approx(size, rel=0.25)
    assert size * 0.8 < min(lengths)
    assert max(lengths) < size * 1.6


def test_every_kind_comes_and_only_the_intended_are_not_json() -> None:
    seen: Counter[str] = Counter()
    for row in generate(700, seed=5, mix=EVEN_MIX):
        seen[row.kind] += 1
        assert b"\n" not in row.line
        if row.kind == "not_json":
            with pytest.raises(orjson.JSONDecodeError):
                orjson.loads(row.line)
            continue
        document = orjson.loads(row.line)
        name = document["schema"].split("/")[1]
        assert document["schema"].startswith("iglu:com.snowplowanalytics.snowplow.badrows/")
        parts = {"failures", "enrichedEvent"} if name == "snowflake_error" else {"failure", "payload"}
        assert set(document["data"]) >= {"processor"} | parts
        assert name == row.kind or row.kind == "unknown_type"
    assert set(seen) == set(DEFAULT_MIX)
    assert len(TYPES) == 12


def test_a_mix_with_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no such kind of bad row: shipping_error"):
        list(rows(1, seed=1, mix={"shipping_error": 1}))


def test_ids_agree_inside_a_row() -> None:
    for line in rows(100, seed=6, size=5_000, mix={"schema_violations": 1}):
        payload = json.loads(line)["data"]["payload"]
        parameters = {pair["name"]: pair["value"] for pair in payload["raw"]["parameters"]}
        assert parameters["eid"] == payload["enriched"]["event_id"]
        assert parameters["duid"] == payload["enriched"]["domain_userid"]
        assert len(payload["enriched"]) == 131


def test_format_violations_hold_thrift_with_this_rows_ids() -> None:
    seen = set()
    for line in rows(200, seed=8, size=2_000, mix={"collector_payload_format_violation": 1}):
        data = json.loads(line)["data"]
        twice = "Unrecognized type" in json.dumps(data["failure"]["message"])
        struct = b64decode(data["payload"])
        struct = b64decode(struct) if twice else struct
        assert struct.startswith(b"\x0b\x00\x64")
        assert struct.endswith(thrift.COLLECTOR_PAYLOAD_SCHEMA.encode() + b"\x00")
        assert struct not in seen
        seen.add(struct)


def test_thrift_bytes_of_the_worked_example() -> None:
    """The struct of the shortest worked example, byte for byte."""
    expected = (
        "0a00c800000000000000000b00d2000000055554462d380b00dc000000037373630b01400000000c2f636f6d2e61636d652f76310b014a"
        "000000000f015e0b000000000b7a690000004169676c753a636f6d2e736e6f77706c6f77616e616c79746963732e736e6f77706c6f772f"
        "436f6c6c6563746f725061796c6f61642f7468726966742f312d302d3000"
    )
    fields: dict[str, thrift.FieldValue] = {
        "timestamp": 0,
        "encoding": "UTF-8",
        "collector": "ssc",
        "path": "/com.acme/v1",
        "querystring": "",
        "headers": [],
        "ipAddress": None,
        "schema": thrift.COLLECTOR_PAYLOAD_SCHEMA,
    }
    assert thrift.collector_payload(fields).hex() == expected


@pytest.mark.parametrize("nested", [False, True])
def test_tree_holds_every_row_once(tmp_path: Path, nested: bool) -> None:
    manifest = write_tree(tmp_path, 600, seed=9, size=2_000, files=24, nested=nested)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = [line for path in paths for line in lines_of(path)]
    hours = 2 if nested else 1
    assert Counter(written) == Counter(row.line for row in generate(600, seed=9, size=2_000, hours=hours))
    assert len(written) == manifest.rows == sum(manifest.kinds.values()) == 600
    assert len(paths) == manifest.files
    assert sum(len(line) + 1 for line in written) == manifest.bytes
    assert {path.suffix for path in paths} == {"", ".gz"}


def test_nested_tree_has_a_folder_for_each_schema_and_hour(tmp_path: Path) -> None:
    write_tree(tmp_path, 200, seed=9, size=2_000, mix={"adapter_failures": 1}, files=24, gz_share=1)
    hours = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.gz"))
    folder = "com.snowplowanalytics.snowplow.badrows.adapter_failures/2026/03/02"
    assert hours == [f"{folder}/06/part-00000.gz", f"{folder}/07/part-00001.gz"]
    for hour, path in zip(("06", "07"), hours, strict=True):
        for line in lines_of(tmp_path / path):
            assert json.loads(line)["data"]["payload"]["timestamp"].startswith(f"2026-03-02T{hour}:")


def test_same_seed_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tree(tmp_path / name, 100, seed=4, size=2_000, files=4)
    files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_configs_hold_what_their_names_say() -> None:
    flows = {name: [flow for of_type in make()["data"].values() for flow in of_type] for name, make in CONFIGS.items()}
    assert not any(flow["steps"] or flow["conditions"] for flow in flows["pass-through"])
    assert all(len(flow["steps"]) == 1 and not flow["conditions"] for flow in flows["one-step"])
    assert len(flows["realistic"]) == 9
    assert {step["op"] for flow in flows["realistic"] for step in flow["steps"]} == {"Replace", "Remove", "Cast", "Add"}
