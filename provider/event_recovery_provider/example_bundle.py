"""The example DAGs that come with the package, as a DAG bundle.

To have them listed, add this to ``[dag_processor] dag_bundle_config_list``, and nothing needs to be copied::

    {"name": "event-recovery", "classpath": "event_recovery_provider.example_bundle.ExampleDagBundle", "kwargs": {}}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.local import LocalDagBundle

EXAMPLE_DAGS = Path(__file__).parent / "example_dags"


class ExampleDagBundle(LocalDagBundle):
    """A local DAG bundle whose folder is the package's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"path": str(EXAMPLE_DAGS), **kwargs})
