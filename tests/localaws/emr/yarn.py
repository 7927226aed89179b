"""The YARN applications of a node: one JSON file each, written by the application's master and read by everyone."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = "var/lib/yarn"
LIVING = ("ACCEPTED", "RUNNING")


@dataclass(slots=True, kw_only=True)
class Application:
    """One application. ``state`` and ``final_state`` are YARN's, ``pid`` its master, ``rest_url`` Flink's REST API."""

    id: str
    name: str
    state: str = "ACCEPTED"
    final_state: str = "UNDEFINED"
    rest_url: str = ""
    pid: int = 0
    diagnostics: str = ""

    @property
    def is_living(self) -> bool:
        """True until it has finished, failed or been killed, or its master is gone."""
        return self.state in LIVING and (self.pid == 0 or Path(f"/proc/{self.pid}").exists())

    def save(self, root: Path) -> None:
        """Write the file, whole or not at all."""
        file = root / FOLDER / f"{self.id}.json"
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(dataclasses.asdict(self)))
        draft.replace(file)


def load(root: Path, application_id: str) -> Application | None:
    """Return one application of the node, or None."""
    try:
        return Application(**json.loads((root / FOLDER / f"{application_id}.json").read_text()))
    except FileNotFoundError:
        return None


def load_all(root: Path) -> list[Application]:
    """Return every application of the node, oldest first."""
    found = [load(root, file.stem) for file in sorted((root / FOLDER).glob("*.json"))]
    return [application for application in found if application is not None]


def new_id(root: Path, cluster_started: int) -> str:
    """Return the id of the node's next application; ``cluster_started`` is in seconds since the epoch."""
    return f"application_{cluster_started}000_{len(load_all(root)) + 1:04}"


def container_id(application_id: str, number: int) -> str:
    """Return the id of an application's container; the first one holds its master."""
    return f"{application_id.replace('application', 'container')}_01_{number:06}"
