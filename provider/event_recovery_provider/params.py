"""The form of the manual DAG: the settings as Airflow params."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Param

from event_recovery_provider.planning.job_flow import DEFAULT_INSTANCE
from event_recovery_provider.planning.settings import Settings

_DATA = "What to recover"
_PLACE = "Where it runs"
_CLUSTER = "The cluster"
_LIMITS = "Limits"
_MORE = "More"

#: What a setting says of its bounds, in the words of JSON Schema.
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum")

#: Settings that those who need them know by name.
_PLAIN = {
    "primary_type": "string",
    "disk_gb": "integer",
    "parallelism": "integer",
    "service_role": "string",
    "release_label": "string",
    "log_uri": "string",
    "security_configuration": "string",
    "log_kms_key": "string",
    "drain_seconds": "integer",
    "job_arguments": "array",
    "python": "string",
    "entry": "string",
    "owner": "string",
}


def recovery_params(**defaults: Any) -> dict[str, Param]:
    """Return the params of a recovery DAG.

    Nothing but the input is required by the form: what is left empty comes from the defaults of the preflight task, and
    what is missing then is reported by it, all at once and before anything is started. The bounds of a number are those
    of the setting.

    :param defaults: initial values by the name of the setting
    :raises ValueError: for a default that is no setting
    """
    params = {**_data(), **_place(), **_cluster(), **_limits(), **_more()}
    unknown = sorted(set(defaults) - set(params))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no setting; expected some of {', '.join(params)}")
    known = msgspec.json.schema(Settings)["$defs"]["Settings"]["properties"]
    for name, param in params.items():
        param.schema.update({bound: known[name][bound] for bound in _BOUNDS if bound in known[name]})
    for name, value in defaults.items():
        params[name].value = value
    return params


def _data() -> dict[str, Param]:
    return {
        "inputdir": Param(
            type="string",
            minLength=1,
            title="Bad rows",
            section=_DATA,
            format="multiline",
            description="A path in the bucket or an S3 URI; several, one a line.",
        ),
        "config": _optional(
            ["object", "string"], _DATA, "Recovery configuration", "JSON, or the S3 URI of a file that holds it."
        ),
        "resolver": _optional(
            ["object", "string"], _DATA, "Iglu resolver", "JSON, or an S3 URI. Iglu Central if left empty."
        ),
        "output": _optional("string", _DATA, "Kinesis stream", "Name or ARN of the stream that takes the events."),
    }


def _place() -> dict[str, Param]:
    return {
        "bucket": _optional("string", _PLACE, "Bucket", "Bucket of the bad rows and of what the run writes."),
        "region": _optional("string", _PLACE, "Region", "AWS region of the cluster, the stream and the metrics."),
        "subnet": _optional("string", _PLACE, "Subnet", "EC2 subnet; several with several instance types."),
        "role": _optional("string", _PLACE, "Instance profile", "What the nodes may do."),
        "keypair": _optional("string", _PLACE, "Key pair", "For SSH to the primary node."),
        "client": _optional("string", _PLACE, "Client", "Whose events these are; a tag of the cluster."),
        "version": _optional("string", _PLACE, "Version", "Version of the job, which its bundle must have."),
        "base": _optional("string", _PLACE, "Base path", "Path in the bucket below which runs are kept."),
        "bundle": _optional("string", _PLACE, "Bundle", "S3 URI of the bundle, if it is not at its usual place."),
    }


def _cluster() -> dict[str, Param]:
    kinds = [DEFAULT_INSTANCE, "m5.2xlarge", "m6i.xlarge", "m6i.2xlarge", "r5.xlarge"]
    return {
        "core_type": _optional(
            "string", _CLUSTER, "Core nodes: type", "Several, one a line, for a choice.", examples=kinds
        ),
        "core_count": _optional("integer", _CLUSTER, "Core nodes: number", "On demand."),
        "task_type": _optional("string", _CLUSTER, "Task nodes: type", "As for the core nodes.", examples=kinds),
        "task_count": _optional("integer", _CLUSTER, "Task nodes: number", "Spot; none if left empty."),
        "cluster": _optional(["object"], _CLUSTER, "RunJobFlow", "Any fields of RunJobFlow, merged over the rest."),
        "flink": _optional(["object"], _CLUSTER, "Flink", "Any Flink properties of the cluster."),
    }


def _limits() -> dict[str, Param]:
    return {
        "interval": _optional("integer", _LIMITS, "Checkpoint interval", "Seconds."),
        "max_hours": _optional("number", _LIMITS, "Hours", "The job is ended after this many."),
        "minimum_rows": _optional("integer", _LIMITS, "Rows at least", "Fewer cannot be right."),
        "max_failed_ratio": _optional("number", _LIMITS, "Failed rows at most", "As a share of all rows, 0 to 1."),
    }


def _more() -> dict[str, Param]:
    return {name: _optional(kind, _MORE, name.replace("_", " ").capitalize()) for name, kind in _PLAIN.items()}


def _optional(kind: str | list[str], section: str, title: str, description: str = "", **schema: Any) -> Param:
    kinds = kind if isinstance(kind, list) else [kind]
    return Param(None, type=["null", *kinds], section=section, title=title, description=description or None, **schema)
