"""What ``event-recovery flink --json`` prints when what it starts has something to say as well."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from event_recovery.contract import RunSummary
from support.bundle.node import write_program

pytestmark = pytest.mark.integration

OPTIONS = "--input bad --output file:///good --failed f --unrecoverable u --config {} --json".split()
#: Runs the command with a job that does no more than what makes noise: it loads PyFlink, which starts a JVM.
COMMAND = """
import sys
from event_recovery.cli import main
from event_recovery.contract import RunSummary
from event_recovery.flink import job

def run(options):
    import os
    from pyflink.java_gateway import get_gateway
    get_gateway()
    print("PyFlink has a word")
    os.system("echo a child has a word")
    return summary

summary = RunSummary.from_json(sys.argv.pop())
job.run = run
main(sys.argv[1:])
"""
SUMMARY = {
    "run_id": "r",
    "submitted": 0,
    **{key: {"rows": 0, "labels": {}} for key in ("recovered", "failed", "unrecoverable")},
    "started": "2026-11-22T10:00:00+00:00",
    "finished": "2026-11-22T10:05:00+00:00",
    "restarts": 0,
    "versions": {},
}


def test_json_is_all_that_reaches_standard_output(tmp_path: Path) -> None:
    java = shutil.which("java")
    assert java is not None
    # As Flink's scripts do on a machine with a Hadoop client.
    write_program(tmp_path / "bin/java", f'#!/bin/sh\necho Setting HADOOP_CONF_DIR\nexec {shlex.quote(java)} "$@"\n')
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "flink", *OPTIONS, json.dumps(SUMMARY)],
        env={**os.environ, "JAVA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert RunSummary.from_json(done.stdout) == RunSummary.from_json(json.dumps(SUMMARY))
    for word in ("Setting HADOOP_CONF_DIR", "PyFlink has a word", "a child has a word"):
        assert word in done.stderr
