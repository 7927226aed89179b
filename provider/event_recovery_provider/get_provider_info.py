"""What the provider tells Airflow about itself. Imports nothing heavy: Airflow reads it with its configuration."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, modules, links and configuration options.

    Not its plugin, which is an entry point of the package: Airflow 3.3 takes one that is named twice for an error.
    """
    package = "event_recovery_provider"
    integration = "Snowplow event recovery"
    return {
        "package-name": "airflow-provider-event-recovery",
        "name": integration,
        "description": "Replays Snowplow bad rows with PyFlink on transient Amazon EMR clusters.",
        "integrations": [{"integration-name": integration, "tags": ["aws", "service"]}],
        "operators": [
            {
                "integration-name": integration,
                "python-modules": [
                    f"{package}.operators.{name}"
                    for name in (
                        "approval",
                        "cluster",
                        "explore",
                        "job",
                        "preflight",
                        "report",
                        "single",
                        "sweep",
                        "sweep_runs",
                        "trial",
                    )
                ],
            }
        ],
        "sensors": [
            {
                "integration-name": integration,
                "python-modules": [f"{package}.sensors.{name}" for name in ("balance", "checkpoint", "cluster", "job")],
            }
        ],
        "triggers": [{"integration-name": integration, "python-modules": [f"{package}.triggers.wait"]}],
        "bundles": [{"integration-name": integration, "python-modules": [f"{package}.example_bundle"]}],
        "extra-links": [
            f"{package}.links.{name}" for name in ("RecoveryMetricsLink", "RecoveryPrefixLink", "RecoveryStepLogsLink")
        ],
        "config": {
            "event_recovery": {
                "description": "The pace of a recovery, and whose clusters its are. The defaults suit AWS; a shorter"
                " pace suits a local server.",
                "options": {
                    "deployment": _option(
                        "Name of this Airflow, where several share an AWS account and may have runs of the same name;"
                        " the same for all of its components.",
                        "string",
                        "",
                    ),
                    "poll_interval": _option("Seconds between two looks at a cluster or a job.", "float", "60"),
                    "log_wait": _option(
                        "Seconds to wait, after a failure, for EMR to deliver the logs.", "float", "180"
                    ),
                    "metrics_period": _option(
                        "Length in seconds of the periods in which metrics are read: 1, 5, 10, 30 or a multiple of 60.",
                        "integer",
                        "60",
                    ),
                    "tab": _option(
                        "Whether every DAG run has a tab Recovery, which shows the pages of a recovery (Airflow 3.1).",
                        "boolean",
                        "True",
                    ),
                },
            }
        },
    }


def _option(description: str, kind: str, default: str) -> dict[str, Any]:
    return {
        "description": description,
        "type": kind,
        "default": default,
        "example": None,
        "version_added": "0.1.0",
    }
