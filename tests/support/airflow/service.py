"""A running Airflow: API server, scheduler, DAG processor and triggerer on loopback, driven through the REST API.

The four components are started one by one, as ``airflow standalone`` has log servers that listen on every interface.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from localaws.processes import LOOPBACK, ManagedProcess, free_port, wait_until

from support import leaks
from support.airflow.home import REPOSITORY, AirflowHome

_UP_SECONDS = 240.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 2.0  # the API server takes a share of the machine for every look
_IN_EVERY_TASK = ("event_recovery_provider.task_groups", "matplotlib.backends.backend_agg", "matplotlib.dates")
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_ALL_ADMINS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"
RUN_ENDED = ("success", "failed")


class Airflow:
    """An Airflow below ``work`` whose DAGs are those of the folders given; use as a context manager.

    Everybody is its admin, unless the options are those of ``support.airflow.users``.

    :param database: the URL of a database with Airflow's tables; without one, it is SQLite
    """

    def __init__(
        self,
        work: Path,
        *,
        env: Mapping[str, str],
        dags: Mapping[str, Path],
        database: str | None = None,
        **options: str,
    ) -> None:
        port = free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        bundles = [
            {
                "name": name,
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(folder), "refresh_interval": 3600},
            }
            for name, folder in dags.items()
        ]
        stored = {_DATABASE: database} if database else {}
        self.home = AirflowHome(
            work,
            env=env,
            # The component that starts first makes them up into airflow.cfg, and two that start at once, two of each.
            AIRFLOW__API_AUTH__JWT_SECRET=secrets.token_hex(),
            AIRFLOW__API__SECRET_KEY=secrets.token_hex(),
            AIRFLOW__CORE__FERNET_KEY=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            AIRFLOW__API__HOST=LOOPBACK,
            AIRFLOW__API__PORT=str(port),
            AIRFLOW__API__WORKERS="1",
            AIRFLOW__API__BASE_URL=self.url,
            AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"{self.url}/execution/",
            AIRFLOW__CORE__EXECUTOR="LocalExecutor",
            AIRFLOW__CORE__PARALLELISM="12",
            AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG="64",
            AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG="64",
            AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="False",
            AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST=json.dumps(bundles),
            # On a busy machine it takes a minute to load a file, and one that takes too long loses its DAGs.
            AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT="600",
            AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="300",
            AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL="3600",
            AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="60",
            AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL="5",
            **{_ALL_ADMINS: "True", **stored, **options},  # type: ignore[arg-type]  # options are variables, never `dags`
        )
        # What the scheduler has imported when it forks a task need not be imported by every task.
        (work / "plugins").mkdir(exist_ok=True)
        (work / "plugins" / "preload.py").write_text("".join(f"import {module}\n" for module in _IN_EVERY_TASK))
        self.components: dict[str, ManagedProcess] = {}
        #: What must not be found in all that it leaves behind.
        self.planted = (*leaks.PLANTED, *leaks.GENERATED)
        self._token = ""
        self._sqlite = database is None
        self._patient_database = f"sqlite:///{work.resolve()}/airflow.db?timeout=60"

    def __enter__(self) -> Self:
        """Start every component, and return when all are healthy and the DAGs are known."""
        if self._sqlite:
            self.home.airflow("db", "migrate")
        try:
            self.start("api-server", "--host", LOOPBACK, "--port", self.url.rsplit(":", 1)[1])
            self.home.airflow("dags", "reserialize")  # while the API server comes up
            wait_until(self._answers, _UP_SECONDS, "the API server", process=self.components["api-server"], interval=1)
            all_admins = self.home.env[_ALL_ADMINS] == "True"
            self._token = self._call("GET", "/auth/token")["access_token"] if all_admins else self.log_in("root")
            self.start("scheduler", "--skip-serve-logs")
            self.start("triggerer", "--skip-serve-logs")
            self.start("dag-processor")
            wait_until(self._healthy, _UP_SECONDS, "the components", interval=1)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            leaks.check_home(self.home, self.planted)

    def start(self, component: str, *arguments: str) -> None:
        """Start one component.

        SQLite has one writer at a time. The scheduler dies of a database that is locked for five seconds, which a busy
        machine makes likely, so all wait longer; but for the API server, of which one request can wait for another.
        """
        patience = {_DATABASE: self._patient_database} if self._sqlite and component != "api-server" else {}
        self.components[component] = ManagedProcess.start(
            [self.home.python, "-m", "airflow", component, *arguments],
            name=component,
            log=self.home.work / f"{component}.out",
            env={**self.home.env, **patience},
            cwd=self.home.work,
        )

    def stop(self) -> None:
        """End every component."""
        with ThreadPoolExecutor() as stopping:  # each takes seconds, and none needs another to end
            list(stopping.map(lambda process: process.stop(_STOP_SECONDS), self.components.values()))

    def kill(self, component: str) -> None:
        """End one component without a word, as a lost machine does."""
        os.killpg(self.components[component].pid, signal.SIGKILL)
        self.components[component].stop(1)

    def trigger(self, dag_id: str, *, run_id: str | None = None, **conf: Any) -> str:
        """Start a run and return its id, which Airflow makes up if none is given."""
        body = {"logical_date": None, "conf": conf, **({"dag_run_id": run_id} if run_id else {})}
        return str(self.api("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run."""
        return str(self.api("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"])

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the state of every task of a run."""
        listed = self.api("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances")["task_instances"]
        return {ti["task_id"]: str(ti["state"]) for ti in listed}

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        """Return one task instance."""
        found: dict[str, Any] = self.api("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}")
        return found

    def log(self, dag_id: str, run_id: str, task_id: str, *, tries: int | None = None) -> str:
        """Return the logs of a task, of every try or of the one given, as they lie on disk."""
        folder = self.home.work / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return "\n".join(file.read_text() for file in sorted(folder.rglob(f"attempt={tries or '*'}.log*")))

    def mark(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """Mark a task as a user does."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}"
        self.api("PATCH", path, {"new_state": state})

    def mark_run(self, dag_id: str, run_id: str, state: str) -> None:
        """Mark a run as a user does."""
        self.api("PATCH", f"/dags/{dag_id}/dagRuns/{quote(run_id)}", {"state": state})

    def clear(self, dag_id: str, run_id: str, *task_ids: str) -> None:
        """Clear tasks with all that follows them, as a user does."""
        body = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "include_downstream": True}
        self.api("POST", f"/dags/{dag_id}/clearTaskInstances", {**body, "task_ids": [*task_ids]})

    def clear_run(self, dag_id: str, run_id: str, *, only_failed: bool) -> None:
        """Clear a run as a user does: all tasks of it, or those that failed."""
        body = {"dry_run": False, "only_failed": only_failed}
        self.api("POST", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/clear", body)

    def wait_for_task(self, dag_id: str, run_id: str, task_id: str, *states: str, seconds: float = 900) -> None:
        """Wait until a task is in one of the states; AssertionError when its run ends before."""

        def there() -> bool:
            self._check_components()
            state = self.states(dag_id, run_id).get(task_id)
            if state not in states and self.run_state(dag_id, run_id) in RUN_ENDED:
                raise AssertionError(
                    f"{run_id} ended with {self.states(dag_id, run_id)}\n{self.errors(dag_id, run_id)}"
                )
            return state in states

        wait_until(there, seconds, f"{task_id} of {run_id} to be {states}", interval=_LOOK_SECONDS)

    def wait_for_run(self, dag_id: str, run_id: str, *, seconds: float = 900) -> str:
        """Wait until a run has ended, every task of it too, and return its state."""

        def ended() -> bool:
            self._check_components()
            return self.run_state(dag_id, run_id) in RUN_ENDED

        try:
            wait_until(ended, seconds, f"{run_id} to end", interval=_LOOK_SECONDS)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.states(dag_id, run_id)}") from None
        return self.run_state(dag_id, run_id)

    def errors(self, dag_id: str, run_id: str) -> str:
        """Return the errors in the logs of the failed tasks of a run."""
        failed = [task_id for task_id, state in self.states(dag_id, run_id).items() if state == "failed"]
        return "\n".join(f"--- {task_id}\n{errors_of(self.log(dag_id, run_id, task_id))}" for task_id in failed)

    def api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call the REST API, version 2."""
        return self._call(method, f"/api/v2{path}", body)

    def log_in(self, user: str) -> str:
        """Return the token of a user's session, where there are users."""
        return str(self._call("POST", "/auth/token", {"username": user, "password": user})["access_token"])

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method, headers=headers)
        for attempt in range(5):
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return json.loads(response.read() or "null")
            except urllib.error.HTTPError as error:
                answer = error.read().decode()
                locked = self._sqlite and "Database error" in answer  # nothing was done
                if attempt == 4 or not locked:
                    raise AssertionError(f"{method} {path}: {error.code} {answer}") from None
                time.sleep(2)
            except OSError:
                if attempt == 4 or method != "GET":
                    raise
                time.sleep(2)
        raise AssertionError("not reached")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/version", timeout=5):
                return True
        except OSError:
            return False

    def _check_components(self) -> None:
        for process in self.components.values():
            assert process.is_alive(), f"{process.describe_end()}\n{process.log_tail()}"

    def _healthy(self) -> bool:
        self._check_components()
        health = self.api("GET", "/monitor/health")
        wanted = ("scheduler", "triggerer", "dag_processor")
        return all(health.get(name, {}).get("status") == "healthy" for name in wanted)


def errors_of(log: str) -> str:
    """Return the errors of a task's log, which has one JSON object a line: their messages and exceptions."""
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    told = []
    for entry in entries:
        if entry.get("level") in ("error", "critical"):
            causes = [f"{cause['exc_type']}: {cause['exc_value']}" for cause in entry.get("error_detail") or ()]
            told.append("\n".join([str(entry.get("event")), *causes]))
    return "\n".join(told)


def change_example(name: str, folder: Path, changes: Mapping[str, str]) -> None:
    """Write an example DAG into a folder, with other text in place of some that it has once."""
    text = (example_dags() / name).read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / name).write_text(text)


def example_dags() -> Path:
    """Return the folder of the example DAGs."""
    return REPOSITORY / "dags"
