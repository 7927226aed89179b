"""The PostgreSQL below the tests' Airflow: found where Debian puts it, and gone with the test, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from localaws.processes import wait_until
from sqlalchemy import create_engine, text
from support.airflow.postgres import VERSIONS, PostgresError, find_programs, open_postgres

pytestmark = pytest.mark.integration

installed = pytest.mark.skipif(not any(VERSIONS.glob("*/bin/postgres")), reason=f"no PostgreSQL below {VERSIONS}")
#: Says that a session is busy, and stays so.
BUSY = """
    import sys
    from pathlib import Path
    from sqlalchemy import create_engine, text
    from support.airflow.postgres import open_postgres

    with open_postgres(Path(sys.argv[1])) as server, create_engine(server.url("postgres")).connect() as session:
        print("busy", flush=True)
        session.execute(text("SELECT pg_sleep(1000)"))
"""


def processes_in(folder: Path) -> list[str]:
    """The processes whose working folder lies there, as that of every process of a server does."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append((entry / "cmdline").read_text())
        except OSError:  # no process of ours, or gone while we looked
            continue
    return found


@pytest.mark.parametrize("versions", [("9", "15"), ("15", "9")])
def test_the_newest_version_is_taken_by_its_number(tmp_path: Path, versions: tuple[str, ...]) -> None:
    for version in versions:
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin/postgres").touch()
    assert find_programs(tmp_path) == tmp_path / "15/bin"


def test_without_one_it_is_said_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="apt-get install postgresql"):
        find_programs(tmp_path)


@installed
def test_a_server_ends_under_an_open_session_and_leaves_no_process(tmp_path: Path) -> None:
    with open_postgres(tmp_path) as server:
        engine = create_engine(server.url("postgres"))
        session = engine.connect()
        assert session.scalar(text("SELECT current_setting('listen_addresses')")) == "127.0.0.1"
        assert processes_in(tmp_path)
    assert processes_in(tmp_path) == []
    session.invalidate()
    session.close()
    engine.dispose()


@installed
def test_a_server_whose_test_is_killed_leaves_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(BUSY), str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ) as test:
        assert test.stdout is not None
        assert test.stdout.readline() == "busy\n"
        assert processes_in(tmp_path)
        test.send_signal(signal.SIGKILL)
    wait_until(lambda: processes_in(tmp_path) == [], 20, "the end of every process of the server")
    # All that is left is the mark of the server's folder, 56 bytes of shared memory that its next start would remove.
    mark = (tmp_path / "data/postmaster.pid").read_text().splitlines()[6].split()[1]
    subprocess.run(["ipcrm", "-m", mark], check=True)
