"""Maven is run for the jars of a bundle, and what it says of a failure is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_recovery.bundle import BundleError
from event_recovery.bundle.jars import Coordinates, fetch_jars
from support.bundle.node import write_program

pytestmark = pytest.mark.integration

JAR = Coordinates("org.example", "thing", "1.2")


def test_maven_says_why_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "bin/mvn", "#!/bin/sh\necho '[ERROR] no such artifact'\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(BundleError, match=r"(?s)could not fetch org\.example:thing:1\.2.*no such artifact"):
        fetch_jars([JAR], folder=tmp_path / "to")


def test_maven_is_asked_for_each_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        '#!/bin/sh\nfor word; do case "$word" in -DoutputDirectory=*) touch "${word#*=}/thing-1.2.jar" ;; esac; done\n'
    )
    write_program(tmp_path / "bin/mvn", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    fetch_jars([JAR], folder=tmp_path / "to")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["thing-1.2.jar"]
