"""Jars come from a directory or from Maven, and what cannot be had is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_recovery.bundle import BundleError
from event_recovery.bundle.jars import KINESIS, Coordinates, copy_jars, fetch_jars

pytestmark = pytest.mark.unit

JAR = Coordinates("org.example", "thing", "1.2")


def test_coordinates_name_a_file() -> None:
    assert Coordinates.parse(KINESIS).file_name == "flink-connector-kinesis-4.3.0-1.19.jar"
    assert str(Coordinates.parse("a:b:c")) == "a:b:c"


@pytest.mark.parametrize("text", ["", "a", "a:b", "a::c", "a:b:c:d"])
def test_other_text_is_no_coordinates(text: str) -> None:
    with pytest.raises(BundleError, match="expected group:artifact:version"):
        Coordinates.parse(text)


def test_a_directory_gives_its_jars(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from/thing-1.2.jar").write_bytes(b"jar")
    copy_jars([JAR], source=tmp_path / "from", folder=tmp_path / "to")
    assert (tmp_path / "to/thing-1.2.jar").read_bytes() == b"jar"
    with pytest.raises(BundleError, match=r"has no other-3\.jar"):
        copy_jars([JAR, Coordinates("org.example", "other", "3")], source=tmp_path / "from", folder=tmp_path / "to")


def test_without_maven_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BundleError, match=r"install Maven, or give with --jars a directory that has thing-1\.2\.jar"):
        fetch_jars([JAR], folder=tmp_path / "to")
