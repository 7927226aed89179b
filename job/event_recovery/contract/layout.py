"""Where a run keeps what it writes: one prefix for each run, and a name in it for each kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Rows that could not be recovered with this config; input for another run.
FAILED: Final = "failed"
#: Rows of types that hold no payload, and rows given up after too many attempts.
UNRECOVERABLE: Final = "unrecoverable"
#: One line for each recovered payload, with the ids of its events.
RECOVERED_INDEX: Final = "recovered-index"
#: One line for each row that was not recovered.
REJECTED_INDEX: Final = "rejected-index"
#: One line for each row that the run was not to recover.
SKIPPED_INDEX: Final = "skipped-index"
#: The files that the run reads, chosen once: gzipped lines of JSON.
INPUTS: Final = "inputs.jsonl.gz"
#: What Flink is given to read of them: a line for each part of a file.
SPLITS: Final = "splits.tsv"
#: What is wrong with these files, as the job found it when it began: JSON with ``damaged_files`` and ``changed_files``.
FOUND: Final = "found.json"
#: How many rows were read, counted apart from what became of them.
SUBMITTED: Final = "submitted"
#: One JSON file for each submission of the job to Flink: when it began, and how often it restarted.
ATTEMPTS: Final = "attempts"
#: Copies of damaged input files, as far as they can be read.
REPAIRED: Final = "repaired"
#: The run's numbers, a ``RunSummary`` as JSON.
SUMMARY: Final = "summary.json"
#: An empty file that is there when the run finished and the summary is complete.
SUCCESS: Final = "_SUCCESS"
#: Flink's checkpoints of this run and no other.
CHECKPOINTS: Final = "checkpoints"
#: Logs of the cluster and its steps.
LOGS: Final = "logs"
#: The recovery config and the Iglu resolver config, when they were given in place and not as an S3 URI.
CONFIG: Final = "config.json"
RESOLVER: Final = "resolver.json"
#: What became of a sample of the rows before the run was paid for, as a page.
TRIAL: Final = "trial.html"
#: The run on one page: its counts, its rows over time, and the groups of rows that did not come back.
REPORT: Final = "report.html"
#: Beside the runs: an empty object for each run, whose name says when its files arrived; see ``inputs.ledger``.
LEDGER: Final = "ledger"
#: The counters of the run over time, as a picture.
CHART: Final = "chart.png"


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Where one run keeps what it writes.

    :param prefix: ``<base>/runs/<run-id>``, a URI or a local path
    """

    prefix: str

    @classmethod
    def of(cls, *, base: str, run_id: str) -> RunPaths:
        """Return the run's place under a base, e.g. ``s3://bucket/recovery``."""
        return cls(f"{base.rstrip('/')}/runs/{run_id}")

    @classmethod
    def ledger(cls, *, base: str) -> str:
        """Return the place of the ledger under a base."""
        return f"{base.rstrip('/')}/{LEDGER}"

    def beside(self, run_id: str) -> RunPaths:
        """Return the place of another run under the same base."""
        return RunPaths(f"{self.prefix.rpartition('/')[0]}/{run_id}")

    @property
    def failed(self) -> str:
        """Rows that this config could not recover."""
        return self.path(FAILED)

    @property
    def unrecoverable(self) -> str:
        """Rows that no config could recover."""
        return self.path(UNRECOVERABLE)

    @property
    def checkpoints(self) -> str:
        """Flink's checkpoints."""
        return self.path(CHECKPOINTS)

    @property
    def logs(self) -> str:
        """Logs of the cluster."""
        return self.path(LOGS)

    @property
    def summary(self) -> str:
        """The run's numbers."""
        return self.path(SUMMARY)

    @property
    def success(self) -> str:
        """The file that says that the run is complete."""
        return self.path(SUCCESS)

    def path(self, name: str) -> str:
        """Return the place of one of the names above."""
        return f"{self.prefix}/{name}"
