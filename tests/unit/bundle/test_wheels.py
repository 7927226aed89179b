"""Wheels written by hand are wheels: their lists fit their content, and the same content gives the same bytes."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from event_recovery.bundle.wheels import engine_is_compiled, job_wheel, package_files, portable, wheel_version

pytestmark = pytest.mark.unit


def make_wheel(folder: Path, tag: str, files: dict[str, bytes]) -> Path:
    path = folder / f"thing-1.0-{tag}.whl"
    info = {"METADATA": b"Name: thing\n", "WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n".encode(), "RECORD": b""}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, **{f"thing-1.0.dist-info/{name}": data for name, data in info.items()}}.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 5))
            entry.external_attr = (0o100755 if name.endswith(".sh") else 0o100644) << 16
            archive.writestr(entry, data)
    return path


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check_record(path: Path) -> None:
    content = read(path)
    record = next(name for name in content if name.endswith(".dist-info/RECORD"))
    rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(content[record].decode()))}
    assert rows.pop(record) == ("", "")
    expected = {}
    for name, data in content.items():
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            expected[name] = (f"sha256={digest}", str(len(data)))
    assert rows == expected


def test_a_compiled_wheel_becomes_portable(tmp_path: Path) -> None:
    files = {"thing/__init__.py": b"", "thing/fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF", "thing/run.sh": b"#!"}
    wheel = portable(make_wheel(tmp_path, "cp311-cp311-linux_x86_64", files), tmp_path / "out")
    assert wheel.name == "thing-1.0-py3-none-any.whl"
    content = read(wheel)
    assert sorted(name for name in content if name.startswith("thing/")) == ["thing/__init__.py", "thing/run.sh"]
    assert b"Tag: py3-none-any\n" in content["thing-1.0.dist-info/WHEEL"]
    check_record(wheel)


def test_an_engine_is_compiled_for_some_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fast.cpython-311-aarch64-linux-gnu.so").touch()
    (tmp_path / "fast.cpython-312-x86_64-linux-gnu.so").touch()
    monkeypatch.setattr("event_recovery.__file__", str(tmp_path / "__init__.py"))
    assert engine_is_compiled("aarch64")
    assert not engine_is_compiled("x86_64")  # nodes have Python 3.11


def test_programs_stay_programs(tmp_path: Path) -> None:
    files = {"thing/a.so": b"", "thing/run.sh": b"#!", "thing/data": b""}
    wheel = portable(make_wheel(tmp_path, "cp311-cp311-linux_x86_64", files), tmp_path / "out")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.getinfo("thing/run.sh").external_attr >> 16 & 0o111
        assert not archive.getinfo("thing/data").external_attr >> 16 & 0o111


def test_a_wheel_without_compiled_modules_keeps_its_tag(tmp_path: Path) -> None:
    wheel = portable(make_wheel(tmp_path, "py2.py3-none-any", {"thing/__init__.py": b"x"}), tmp_path / "out")
    assert wheel.name == "thing-1.0-py2.py3-none-any.whl"
    assert b"Tag: py2.py3-none-any\n" in read(wheel)["thing-1.0.dist-info/WHEEL"]
    check_record(wheel)


def test_when_a_wheel_was_made_does_not_show(tmp_path: Path) -> None:
    first = portable(make_wheel(tmp_path, "py3-none-any", {"thing/__init__.py": b"x"}), tmp_path / "1")
    os.utime(tmp_path / "thing-1.0-py3-none-any.whl", (0, 0))
    second = portable(tmp_path / "thing-1.0-py3-none-any.whl", tmp_path / "2")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_job_is_packed_as_it_is_imported(tmp_path: Path) -> None:
    wheel = job_wheel(tmp_path / "1")
    check_record(wheel)
    content = read(wheel)
    import event_recovery.contract

    assert content["event_recovery/contract/__init__.py"] == Path(event_recovery.contract.__file__).read_bytes()
    assert "event_recovery/py.typed" in content
    assert "event_recovery/bundle/files/bootstrap.sh" in content
    assert any(name.startswith("event_recovery/schemas/") for name in content)
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in content)
    assert not any(name.startswith("event_recovery_provider") for name in content)
    assert wheel.read_bytes() == job_wheel(tmp_path / "2").read_bytes()
    name, version = wheel_version(wheel.name)
    assert (name, version) == ("airflow_provider_event_recovery", event_recovery.version.__version__)


def test_litter_is_no_part_of_a_package(tmp_path: Path) -> None:
    for name in ("a.py", "a.py~", ".a.py.swp", "__pycache__/a.pyc", "b/c.py", "b/ruff.toml", "b/.hidden/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in package_files(tmp_path)] == ["a.py", "b/c.py"]
