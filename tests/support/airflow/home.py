"""An Airflow of one's own: a fresh home, the DAGs of this repository, and ``dag.test()`` in a process apart.

Airflow reads its configuration when it is imported, so a test that needs another one runs it in another process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import leaks

REPOSITORY = Path(__file__).resolve().parents[3]
_RUNNER = Path(__file__).with_name("dag_runner.py")


@dataclass(frozen=True)
class DagTest:
    """What became of one ``dag.test()``: ``states`` and ``results`` by task id, and all that was logged."""

    state: str
    states: dict[str, str]
    results: dict[str, Any]
    log: str


class AirflowHome:
    """A home below ``work``; ``env`` points AWS clients at the fabric, ``python`` may be of another environment."""

    def __init__(
        self,
        work: Path,
        *,
        env: Mapping[str, str],
        python: str = sys.executable,
        dags: Path = REPOSITORY / "dags",
        **options: str,
    ) -> None:
        self.work = work
        self.python = python
        work.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
        self.env = {
            **inherited,
            **env,
            **leaks.CONNECTION_ENV,
            "AIRFLOW_HOME": str(work),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__EVENT_RECOVERY__POLL_INTERVAL": "5",
            "AIRFLOW__EVENT_RECOVERY__LOG_WAIT": "20",
            "AIRFLOW__EVENT_RECOVERY__METRICS_PERIOD": "1",
            "PYTHONPATH": os.pathsep.join(str(REPOSITORY / folder) for folder in ("job", "provider")),
            "PATH": os.pathsep.join([str(Path(python).parent), inherited.get("PATH", os.defpath)]),
            **options,
        }

    @property
    def database_url(self) -> str:
        """Where Airflow's database is, as SQLAlchemy takes it."""
        return self.env.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{self.work.resolve()}/airflow.db")

    def run(self, *argv: str, seconds: float = 300) -> str:
        """Run a command of this environment and return its output; AssertionError when it fails."""
        done = subprocess.run(
            argv, env=self.env, cwd=self.work, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, f"{argv} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def airflow(self, *arguments: str, seconds: float = 300) -> str:
        """Run the Airflow CLI."""
        return self.run(self.python, "-m", "airflow", *arguments, seconds=seconds)

    def airflow_json(self, *arguments: str) -> Any:
        """Run the Airflow CLI and read the JSON that its output ends with."""
        return json.loads(self.airflow(*arguments, "-o", "json").splitlines()[-1])

    def migrate(self) -> None:
        """Make the database and put the DAGs into it."""
        self.airflow("db", "migrate")
        self.airflow("dags", "reserialize")

    def dag_test(self, dag_id: str, *, conf: Mapping[str, Any] | None = None, seconds: float = 600) -> DagTest:
        """Run ``dag.test()`` and return what became of every task."""
        result = self.work / f"{dag_id}.json"
        result.unlink(missing_ok=True)
        log = self.work / f"{dag_id}.log"
        with log.open("w") as output:
            subprocess.run(
                [self.python, str(_RUNNER), dag_id, str(result)],
                env={**self.env, "DAG_TEST_CONF": json.dumps(conf or {})},
                cwd=self.work,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        assert result.exists(), log.read_text()[-5000:]
        leaks.check_home(self)
        return DagTest(**json.loads(result.read_text()), log=log.read_text())
