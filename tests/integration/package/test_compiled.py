"""The compiled engine: it does what the plain one does, and gets to where rows are recovered."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.readme_blocks import REPOSITORY
from uv import find_uv_bin

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ARCHITECTURE = platform.machine()
#: The tests of what is compiled, and of what it calls for every row.
ENGINE_TESTS = [
    *(f"tests/unit/{room}" for room in ("text", "javaregex", "badrows", "flows", "engine")),
    "tests/unit/verify",
    "tests/unit/iglu/test_uris.py",
    "tests/unit/config/test_loader.py",
    "tests/conformance/test_recorded_cases.py",
    "tests/conformance/enrich",
]

#: Prints what becomes of generated rows, and of the same rows with a byte changed here and there.
_OUTCOMES = """
import hashlib, random
from event_recovery import Recovery
from event_recovery._compiled import COMPILED
from generator import rows
from generator.configs import demo, one_step, pass_through

chance, digest = random.Random(5), hashlib.sha256()
for config in (pass_through, one_step, demo):
    recovery = Recovery.from_config(config())
    for line in rows(1000, seed=23):
        damaged = bytearray(line)
        for _ in range(chance.randrange(4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        for one in (line, bytes(damaged)):
            result = recovery.recover(one)
            digest.update(repr((result.outcome, result.error, result.type, result.flow, result.payload)).encode())
print(COMPILED, digest.hexdigest())
"""


def run(*command: str | Path, engine: Path | None = None) -> str:
    search = [str(REPOSITORY / "tests")] if engine is None else [str(engine), str(REPOSITORY / "tests")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(search)}
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def engine() -> Path:
    run(".ci/compiler")
    run(sys.executable, ".ci/compiled.py", "engine", ".cache/compiled")
    return REPOSITORY / ".cache/compiled" / ARCHITECTURE


@pytest.fixture(scope="module")
def wheel(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, ".ci/compiled.py", "wheel", folder, ARCHITECTURE)
    (built,) = folder.glob("*.whl")
    return built


def test_it_passes_every_test_of_the_engine(engine: Path) -> None:
    out = run(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *ENGINE_TESTS,
        engine=engine,
    )
    assert " passed" in out
    assert " skipped" not in out


def test_it_gives_the_same_outcomes_and_bytes(engine: Path) -> None:
    plain, compiled = run(sys.executable, "-c", _OUTCOMES), run(sys.executable, "-c", _OUTCOMES, engine=engine)
    assert (plain.split()[0], compiled.split()[0]) == ("False", "True")
    assert plain.split()[1] == compiled.split()[1]


def test_one_wheel_serves_all(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".so")]
        code = b"".join(map(archive.read, compiled))
        sources = {name for name in archive.namelist() if name.endswith(".py")}
    assert len(compiled) > 10
    assert {name for name in compiled if not name.endswith(f".cpython-311-{ARCHITECTURE}-linux-gnu.so")} == set()
    plain = {name.split(".")[0] + ".py" for name in compiled if "__mypyc" not in name}
    assert plain <= sources
    assert {path for path in (str(REPOSITORY), str(Path.home()), "/tmp/") if path.encode() in code} == set()


def test_who_installs_it_has_it_and_passes_it_on_to_clusters(wheel: Path, tmp_path: Path) -> None:
    uv, python = find_uv_bin(), tmp_path / "venv/bin/python"
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    needed = [
        "boto3",
        "cachetools",
        "click",
        "jsonschema",
        "librt",
        "msgspec",
        "mypy-extensions",
        "orjson",
        "regex",
        "rich",
    ]
    pinned = ["--constraint", REPOSITORY / ".ci/constraints.txt"]
    run(uv, "pip", "install", "--quiet", "--python", python, *pinned, *needed)
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel)
    assert "engine compiled" in run(tmp_path / "venv/bin/event-recovery", "--version")
    packed = "import sys, pathlib; from event_recovery.bundle.wheels import engine_is_compiled, job_wheel; "
    asked = f"{packed} print(engine_is_compiled(sys.argv[2]), job_wheel(pathlib.Path(sys.argv[1])))"
    is_compiled, name = run(python, "-c", asked, tmp_path / "bundle", ARCHITECTURE).split()
    assert is_compiled == "True"
    with zipfile.ZipFile(wheel) as built, zipfile.ZipFile(name) as sent:
        of_engine = {one for one in built.namelist() if one.startswith("event_recovery/")}
        assert {one for one in sent.namelist() if one.startswith("event_recovery/")} == of_engine
