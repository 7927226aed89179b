"""The package is installed beside what an Airflow usually has, and by the constraints that Airflow itself gives."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.airflow.home import REPOSITORY

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

OURS = f"airflow-provider-event-recovery @ file://{REPOSITORY}"
PROVIDERS = (
    *("amazon", "celery", "cncf-kubernetes", "common-sql", "databricks", "dbt-cloud", "docker", "fab", "ftp", "google"),
    *("http", "microsoft-azure", "mysql", "openlineage", "postgres", "redis", "sftp", "slack", "snowflake", "ssh"),
    "standard",
)
#: The oldest Airflow that is supported, and the day when its constraints were made: of what was the newest then.
OLDEST, ITS_DAY = "3.0.6", "2025-08-30"
#: Of what this package needs, and Airflow and its Amazon provider do not, what the constraints hold all the same.
ALSO_HELD = ("apache-airflow-providers-amazon[aiobotocore]", "cachetools", "msgspec", "orjson", "regex")


def resolve(requirements: Sequence[str], *options: str, folder: Path) -> dict[str, str]:
    """Return what uv would install, by name; AssertionError with its reasons when there is no such set."""
    asked, found = folder / "asked.in", folder / "found.txt"
    asked.write_text("\n".join(requirements))
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "compile", "--no-header", "--no-annotate", *options, "--output-file", found, asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", found.read_text(), re.MULTILINE))


@pytest.mark.parametrize("python", ["3.11", "3.14"])
def test_it_resolves_beside_twenty_providers_of_the_newest_airflow(tmp_path: Path, python: str) -> None:
    newest = re.search(r"^apache-airflow==(\S+)$", (REPOSITORY / ".ci/constraints.txt").read_text(), re.MULTILINE)
    assert newest is not None
    airflow = f"apache-airflow[{','.join(PROVIDERS)}]=={newest[1]}"
    found = resolve([airflow, OURS], "--python-version", python, folder=tmp_path)
    assert {f"apache-airflow-providers-{name}" for name in PROVIDERS} <= set(found)


def test_it_resolves_by_the_constraints_of_the_oldest_airflow(tmp_path: Path) -> None:
    """As MWAA installs it, and on the Python that it has."""
    own = [f"apache-airflow[amazon,celery,fab,google,postgres]=={OLDEST}", *ALSO_HELD]
    held = resolve(own, "--python-version", "3.12", "--exclude-newer", ITS_DAY, folder=tmp_path)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(f"{name}=={version}" for name, version in held.items()))
    found = resolve(
        [f"apache-airflow=={OLDEST}", OURS],
        "--python-version",
        "3.12",
        "--constraint",
        str(constraints),
        folder=tmp_path,
    )
    assert found["apache-airflow-providers-amazon"] == held["apache-airflow-providers-amazon"]
    assert found["cachetools"] == held["cachetools"]
