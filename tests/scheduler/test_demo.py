"""`make demo` from its beginning to its end: what it prints, what it leaves, and that nothing goes on running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from event_recovery.contract import RunSummary
from localaws.processes import wait_until
from support.airflow.home import REPOSITORY

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1200)]

ROWS = 3000


def command(output: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "demo", "--output", str(output), "--rows", str(ROWS), *options]


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY / "tests"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }


def processes_of(folder: Path) -> list[str]:
    """The command lines that name the folder: each server of the demo has it as an argument, or in its environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line, variables = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:  # no process, or gone while we looked
            continue
        if str(folder).encode() in line + variables and int(entry.name) != os.getpid():
            found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.smoke
def test_the_demo_recovers_every_row_and_leaves_nothing_running(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    done = subprocess.run(
        command(output), env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=1100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in ("report success", "balanced", "every row accounted for", "everything is stopped"):
        assert expected in done.stdout
    summary = RunSummary.from_json((output / "summary.json").read_bytes())
    assert summary.balanced
    assert summary.submitted == ROWS
    assert f"{summary.recovered.rows:,}" in done.stdout
    logs = [log.read_text() for log in output.rglob("jobmanager.log")]
    assert logs
    assert not any("client's aliveness" in log for log in logs), "Flink would cancel a job of more than three minutes"
    assert (output / "balance.png").read_bytes().startswith(b"\x89PNG")
    assert processes_of(output) == []


def test_a_demo_that_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    with (tmp_path / "log").open("wb") as log:
        demo = subprocess.Popen(command(output), env=environment(), cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until(lambda: (output / "work/airflow/api-server.out").exists(), 300, "the demo's Airflow", interval=1)
        assert processes_of(output / "work")
        demo.send_signal(signal.SIGINT)
        assert demo.wait(120) == 130, (tmp_path / "log").read_text()
    finally:
        demo.kill()
    wait_until(lambda: not processes_of(output / "work"), 30, "the end of the demo's processes", interval=1)
