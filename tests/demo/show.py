"""The demo from its beginning to its end."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from event_recovery import Recovery
from event_recovery.cli.diff import show as show_diff
from event_recovery.cli.inputs import Wanted, find_files
from event_recovery.cli.reading import read_rows
from event_recovery.contract import NAMESPACE, RunPaths, RunSummary
from event_recovery.contract.layout import CHART, REPORT, TRIAL
from event_recovery.engine.explain import Explanation, explain
from event_recovery.storage.files import Storage
from event_recovery_provider.results.chart import timeline
from localaws.fabric import Fabric
from rich.console import Console
from rich.live import Live
from support.airflow.service import Airflow, example_dags

from demo.display import account, chart, progress
from demo.logs import task_log_tail
from demo.site import Site
from demo.watch import DAG, RUN_ENDED, TASKS, Look, Watch

#: The least that each state of a cluster lasts, in seconds: on AWS it is minutes.
PACE = {"provision": 5.0, "bootstrap": 1.0, "step": 1.0, "terminate": 5.0}
#: A cluster that is there in seconds is asked for more often than one that takes minutes.
OFTEN = {"AIRFLOW__EVENT_RECOVERY__POLL_INTERVAL": "2"}
_RUN_SECONDS = 600.0
_LOOK_SECONDS = 2.0
_DAGS = ("event_recovery.py", "event_recovery_single_task.py")


class DemoError(Exception):
    """The demo did not come to its end; the text says why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What to show: how many rows, and where files go. Servers keep their logs in ``output/work``."""

    console: Console
    output: Path
    rows: int
    seed: int = 7

    @property
    def work(self) -> Path:
        """The folder of the servers and of Airflow."""
        return self.output / "work"

    @contextmanager
    def started(self) -> Iterator[tuple[Airflow, Site]]:
        """Have the fabric, the site and Airflow running; all of it is ended on the way out."""
        for folder in (self.work, self.output / "input"):
            shutil.rmtree(folder, ignore_errors=True)
        self.work.mkdir(parents=True)
        with ExitStack() as running:
            running.callback(self._say, "everything is stopped")
            with self._phase("local AWS: EMR, S3, Kinesis, CloudWatch"):
                fabric = running.enter_context(
                    Fabric(
                        self.work / "aws", pace=PACE, statsd_namespace=NAMESPACE, statsd_interval=1.0, s3="seaweedfs"
                    )
                )
            site = Site(fabric, self.output)
            dags = self.work / "dags"
            dags.mkdir()
            for name in _DAGS:
                shutil.copy(example_dags() / name, dags)
            with ThreadPoolExecutor(1) as beside, self._phase(f"Airflow, and {self.rows:,} bad rows in S3"):
                filled = beside.submit(self._fill, site)
                airflow = running.enter_context(
                    Airflow(self.work / "airflow", env=fabric.env, dags={"demo": dags}, **OFTEN)
                )
                filled.result()
            yield airflow, site

    def run(self, airflow: Airflow, site: Site, *, answer: Callable[[str], None] | None = None) -> str:
        """Run the manual DAG to its end and show it; returns the id of its run. DemoError when it fails.

        :param answer: is given the id once Airflow asks whether to go on; without it, nobody is asked
        """
        airflow.api("POST", "/variables", {"key": DAG, "value": json.dumps(site.settings())})
        run_id = airflow.trigger(DAG, inputdir="bad", approval=answer is not None)
        if answer is not None:
            airflow.wait_for_task(DAG, run_id, "approve", "awaiting_input")
            answer(run_id)
        watch = Watch(airflow, site, run_id)
        self.console.print(
            f"\nDAG [bold]{DAG}[/], run {run_id}\n{airflow.url}/dags/{DAG}/runs/{run_id}", highlight=False
        )
        look = self._follow(watch)
        if look.state != "success":
            failed = [name for name in TASKS if name in look.tasks and look.tasks[name].state == "failed"]
            tails = "\n".join(task_log_tail(airflow, DAG, run_id, name) for name in failed)
            raise DemoError(f"the run ended as {look.state}; failed: {', '.join(failed) or 'no task'}\n{tails}")
        self._results(watch, site)
        return run_id

    def _fill(self, site: Site) -> None:
        site.prepare()
        site.add_rows(self.rows, seed=self.seed)

    def _follow(self, watch: Watch) -> Look:
        """Show the run until it has ended; line by line where no one watches."""
        began = time.monotonic()
        look = Look()
        live = Live(console=self.console, auto_refresh=False, transient=False) if self.console.is_terminal else None
        with live or nullcontext():
            while True:
                before, look = look, watch.look()
                seconds = time.monotonic() - began
                if live:
                    live.update(progress(look, total=self.rows, seconds=seconds), refresh=True)
                else:
                    self._tell(before, look, seconds)
                if look.state in RUN_ENDED:
                    return look
                if seconds > _RUN_SECONDS:
                    raise DemoError(f"the run did not end within {_RUN_SECONDS:.0f} s; look at its logs in {self.work}")
                time.sleep(_LOOK_SECONDS)

    def _tell(self, before: Look, look: Look, seconds: float) -> None:
        for name in TASKS:
            task, known = look.tasks.get(name), before.tasks.get(name)
            if task and task.state != "none" and (known is None or known.state != task.state):
                self._say(f"{seconds:5.0f} s  {name} {task.state}")

    def _results(self, watch: Watch, site: Site) -> None:
        paths = RunPaths(watch.prefix())
        text = site.read(paths.summary)
        if text is None:
            raise DemoError(f"{paths.summary} is not there, though the run succeeded")
        summary = RunSummary.from_json(text)
        written: dict[str, bytes] = {}
        for name, file in ((CHART, "balance.png"), (REPORT, "report.html"), (TRIAL, "trial.html")):
            content = site.read(paths.path(name))
            if content is None:
                raise DemoError(f"{paths.path(name)} is not there; see the logs of the tasks trial and report")
            written[file] = content
        (self.output / "summary.json").write_bytes(text)
        (self.output / "config.json").write_text(site.config_text())
        for file, content in written.items():
            (self.output / file).write_bytes(content)
        self.console.print()
        self.console.print(account(summary))
        self.console.print("\nThe counters in CloudWatch, over the run:")
        self.console.print(chart(timeline(watch.series())))
        self.console.print("\nWhat the config did to one of the rows:")
        show_diff(1, _changed_row(site))
        if not summary.balanced or summary.submitted != self.rows:
            raise DemoError(f"{summary.submitted} of {self.rows} rows are accounted for")
        left = {name: state for name, state in site.clusters().items() if not state.startswith("TERMINATED")}
        if left:
            raise DemoError(f"clusters outlived the run: {left}")
        self._say(f"every row accounted for, every cluster ended; the run on a page is {self.output}/report.html")

    @contextmanager
    def _phase(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        with self.console.status(f"starting {what} ..."):
            yield
        self._say(f"[green]✓[/] {what} [dim]{time.monotonic() - began:.0f} s[/]")

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False)


def _changed_row(site: Site) -> Explanation:
    """The first row in which a step changed something."""
    recovery = Recovery.from_config(site.config)
    storage = Storage()
    wanted = Wanted((f"{site.rows}/**/*schema_violations*",))
    found = find_files(wanted, storage)
    explained = (explain(recovery, line) for line in read_rows(wanted, found, storage, lambda _: None))
    return next(one for one in explained if one.changes and one.result.outcome == "recovered")
