"""A step of EMR and a container of YARN have no locale: Java finds files by their names all the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from event_recovery.contract.flink import cluster_settings
from event_recovery_provider.planning.flink_job import FlinkJob, flink_command

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

NAME = "café-日本"
SOURCE = "class Found { public static void main(String[] a) { System.out.print(new java.io.File(a[0]).exists()); } }"


def finds(folder: Path, *before: str, **environment: str) -> bool:
    """Tell whether Java finds the file when it has this environment and no other, behind these words."""
    (folder / "Found.java").write_text(SOURCE)
    (folder / NAME).touch()
    command = [*before, "java", str(folder / "Found.java"), str(folder / NAME)]
    done = subprocess.run(
        command, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout == "true"


def test_without_a_locale_java_does_not_find_it(tmp_path: Path) -> None:
    assert not finds(tmp_path)


def test_the_client_finds_it(tmp_path: Path) -> None:
    command = flink_command(FlinkJob(arguments=[], checkpoint_dir="s3://b/c"))
    assert finds(tmp_path, *command[: command.index("flink")])


@pytest.mark.parametrize("process", ["master", "taskmanager"])
def test_the_processes_on_the_nodes_find_it(tmp_path: Path, process: str) -> None:
    prefix = f"containerized.{process}.env."
    given = {key.removeprefix(prefix): value for key, value in cluster_settings().items() if key.startswith(prefix)}
    assert finds(tmp_path, **given)
