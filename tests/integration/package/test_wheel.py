"""The package as its users get it: built, installed beside nothing but Airflow, listed, parsed and called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import event_recovery
import event_recovery_provider
import pytest
from event_recovery.bundle.wheels import package_files
from event_recovery.version import __version__
from support.readme_blocks import REPOSITORY, block_with
from uv import find_uv_bin

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

DISTRIBUTION = "airflow-provider-event-recovery"
CONSTRAINTS = REPOSITORY / ".ci/constraints.txt"
PACKAGES = (Path(event_recovery.__file__).parent, Path(event_recovery_provider.__file__).parent)
DAGS = {
    *("bad_rows_daily", "event_recovery", "event_recovery_scheduled", "event_recovery_single_task"),
    "recovery_cluster_sweeper",
    "recovery_runs_sweeper",
    "recovery_told",
}
_TEXTS = ("README.md", "LICENSE", "CHANGELOG.md")
#: What the extras and the development tools bring, and no user needs to have.
_ELSEWHERE = ("pyflink", "matplotlib", "openlineage", "pytest", "moto")

_IMPORT_ALL = """
import importlib, pkgutil, sys
for name in ("event_recovery", "event_recovery_provider"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.startswith("event_recovery.flink."):
            importlib.import_module(module.name)
            print(module.name)
"""


def uv(*arguments: str | Path) -> None:
    done = subprocess.run([find_uv_bin(), *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Place:
    """A virtual environment and a home for Airflow."""

    folder: Path

    @property
    def site_packages(self) -> Path:
        return next(self.folder.glob("venv/lib/python3.*/site-packages"))

    def run(self, *command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as a user of the environment does, who knows nothing of this checkout."""
        foreign = ("PYTHON", "AIRFLOW", "AWS_", "VIRTUAL_ENV")
        env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        env |= {
            "PATH": os.pathsep.join([str(self.folder / "venv/bin"), env["PATH"]]),
            "AIRFLOW_HOME": str(self.folder / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "COLUMNS": "200",
        }
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it: what is published."""
    folder = tmp_path_factory.mktemp("built")
    uv("build", "--quiet", "--out-dir", folder, ".")
    return folder


@pytest.fixture(scope="module")
def place(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("place"))
    (wheel,) = built.glob("*.whl")
    uv("venv", "--quiet", "--python", sys.executable, place.folder / "venv")
    python = place.folder / "venv/bin/python"
    uv("pip", "install", "--quiet", "--python", python, "--constraint", CONSTRAINTS, "apache-airflow", wheel)
    return place


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_two_packages_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    files = {
        f"{package.name}/{path.relative_to(package).as_posix()}"
        for package in PACKAGES
        for path in package_files(package)
        if path.name != "ruff.toml"
    }
    files |= {f"event_recovery_provider/example_dags/{dag}.py" for dag in DAGS}
    assert names_in(wheel) == files
    kinds = {PurePosixPath(name).suffix for name in files if not name.startswith("event_recovery/schemas/")}
    assert kinds == {".py", ".java", ".json", ".sh", ".txt", ".in", ".typed"}
    assert {name for name in files if name.endswith(".typed")} == {f"{one.name}/py.typed" for one in PACKAGES}


def test_a_checkout_and_the_sdist_give_the_same_wheel(built: Path, tmp_path: Path) -> None:
    uv("build", "--quiet", "--wheel", "--out-dir", tmp_path, ".")
    (ours,), (published,) = tmp_path.glob("*.whl"), built.glob("*.whl")
    assert names_in(ours) == names_in(published)
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {PurePosixPath(name).parts[1] for name in archive.getnames()}
    assert tops == {
        "job",
        "provider",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "pyproject.toml",
        "PKG-INFO",
        ".gitignore",
    }


def test_what_is_installed_is_the_packages_and_one_command(place: Place) -> None:
    (record,) = place.site_packages.glob("airflow_provider_event_recovery-*.dist-info/RECORD")
    installed = {PurePosixPath(line.split(",")[0]) for line in record.read_text().splitlines()}
    tops = {path.parts[0] for path in installed if path.parts[0] != ".."}
    assert tops == {*(package.name for package in PACKAGES), record.parent.name}
    assert {str(path) for path in installed if path.parts[0] == ".."} == {"../../../bin/event-recovery"}


def test_every_module_imports_without_the_extras(place: Place) -> None:
    assert [name for name in _ELSEWHERE if (place.site_packages / name).exists()] == []
    imported = place.run("python", "-W", "error::SyntaxWarning", "-c", _IMPORT_ALL).stdout.split()
    assert {"event_recovery.cli.bundle", "event_recovery_provider.results.chart"} <= set(imported)


def test_airflow_lists_the_provider(place: Place) -> None:
    assert __version__ in place.run("airflow", "providers", "get", DISTRIBUTION).stdout
    listed = place.run("airflow", "providers", "list", "-o", "json").stdout
    found = {one["package_name"]: one["version"] for one in json.loads(listed.splitlines()[-1])}
    assert found[DISTRIBUTION] == __version__


def test_the_example_dags_parse_from_the_documented_setting(place: Place) -> None:
    setting = block_with("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST").text
    place.run("airflow", "db", "migrate")
    done = place.run("bash", "-c", f"{setting}\nairflow dags reserialize && airflow dags list -o json")
    assert "Failed to load" not in done.stderr
    listed = json.loads(done.stdout.splitlines()[-1])
    assert {one["dag_id"]: one["bundle_name"] for one in listed} == dict.fromkeys(DAGS, "event-recovery")


def test_the_command_line_works(place: Place) -> None:
    assert __version__ in place.run("event-recovery", "--version").stdout
    assert "from-dataflow-runner" in place.run("event-recovery", "--help").stdout
    (place.folder / "config.json").write_text(block_with('"checkout-total-is-a-number"').text)
    assert "OK" in place.run("event-recovery", "validate", "config.json").stdout
    (place.folder / "config.json").write_text('{"schema": 1}')
    assert "schema" in place.run("event-recovery", "validate", "config.json", code=1).stderr


def test_what_needs_an_extra_says_which(place: Place) -> None:
    refused = place.run("event-recovery", "flink", "--config", "{}", "--input", ".", "--output", "./out", code=2)
    assert f"pip install '{DISTRIBUTION}[flink]'" in refused.stderr
