"""The settings of a recovery: what a user fills in, checked as a whole before anything is started.

The first twelve are the variables of the cluster and job templates that event recovery has always had, under their
names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_type_hints

import msgspec

from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.flink_job import HOME
from event_recovery_provider.planning.job_flow import DEFAULT_INSTANCE, DEFAULT_RELEASE

#: Resolves the schemas of Iglu Central, which is where the bad row schemas live.
IGLU_CENTRAL: Final[dict[str, Any]] = {
    "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
    "data": {
        "cacheSize": 500,
        "repositories": [
            {
                "name": "Iglu Central",
                "priority": 0,
                "vendorPrefixes": ["com.snowplowanalytics"],
                "connection": {"http": {"uri": "http://iglucentral.com"}},
            }
        ],
    },
}

_NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a recovery can be told.

    :param bucket: bucket of the bad rows and of everything the run writes
    :param inputdir: where the bad rows are: a path in ``bucket`` or an S3 URI, or several, one a line or as a list
    :param output: name or ARN of the Kinesis stream that takes the recovered events
    :param config: the recovery configuration: JSON, its base64, or the S3 URI of a file that holds it
    :param resolver: the Iglu resolver configuration, in the same forms
    :param region: AWS region of the cluster, the stream and the metrics
    :param subnet: EC2 subnet of the cluster; several, one a line or as a list, with instance fleets
    :param role: instance profile of the nodes
    :param keypair: EC2 key pair for SSH to the primary node, none if empty
    :param client: whose events these are; a tag of the cluster
    :param version: version of the job, which its bundle must have; that of this package if only ``bundle`` is given
    :param interval: seconds between checkpoints; output becomes visible at each
    :param base: path in ``bucket`` below which runs are kept
    :param bundle: S3 URI of the bundle; ``s3://<bucket>/<base>/bundles/<version>`` if empty
    :param service_role: role of EMR itself
    :param release_label: EMR release
    :param primary_type: instance type of the primary node
    :param core_type: instance type of the core nodes; several, one a line or as a list, with instance fleets
    :param core_count: number of core nodes
    :param task_type: instance type of the Spot task nodes; several as for ``core_type``
    :param task_count: number of Spot task nodes
    :param disk_gb: size of each node's gp3 volume in GiB
    :param parallelism: subtasks of the job; one per node that can run a task manager if 0
    :param max_hours: the job is ended after this many hours
    :param log_uri: where EMR puts the logs; below the run's own prefix if empty
    :param security_configuration: name of an EMR security configuration, none if empty
    :param log_kms_key: ARN of the KMS key for the logs, none if empty
    :param minimum_rows: fewer submitted rows than this cannot be right
    :param max_failed_ratio: the run fails when more than this share of the rows could not be recovered; 1 never fails
    :param drain_seconds: how long the cluster stays up after the job, so that the last metrics leave it
    :param cluster: any fields of RunJobFlow, merged over what the other settings make
    :param flink: any Flink properties of the cluster
    :param job_arguments: further arguments for the job
    :param python: Python interpreter of the job on the nodes
    :param entry: Python file that starts the job on the primary node
    :param owner: who answers for the cluster; a tag
    """

    bucket: _NonEmpty
    inputdir: str | list[str]
    output: _NonEmpty
    config: str | dict[str, Any]
    resolver: str | dict[str, Any] = msgspec.field(default_factory=lambda: IGLU_CENTRAL)
    region: _NonEmpty
    subnet: str | list[str] = ""
    role: _NonEmpty
    keypair: str = ""
    client: str = ""
    version: str = ""
    interval: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 600

    base: str = "event-recovery"
    bundle: str = ""
    service_role: _NonEmpty = "EMR_DefaultRole_V2"
    release_label: _NonEmpty = DEFAULT_RELEASE
    primary_type: _NonEmpty = DEFAULT_INSTANCE
    core_type: str | list[str] = DEFAULT_INSTANCE
    core_count: _Positive = 2
    task_type: str | list[str] = DEFAULT_INSTANCE
    task_count: Annotated[int, msgspec.Meta(ge=0)] = 0
    disk_gb: Annotated[int, msgspec.Meta(ge=10)] = 64
    parallelism: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_hours: Annotated[float, msgspec.Meta(gt=0, le=24 * 14)] = 24
    log_uri: str = ""
    security_configuration: str = ""
    log_kms_key: str = ""
    minimum_rows: _Positive = 1
    max_failed_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    drain_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 75
    cluster: dict[str, Any] = {}
    flink: dict[str, str] = {}
    job_arguments: list[str] = []
    python: _NonEmpty = f"{HOME}/venv/bin/python"
    entry: _NonEmpty = f"{HOME}/job.py"
    owner: str = "airflow"

    @property
    def inputs(self) -> list[str]:
        """The S3 URIs of the bad rows."""
        found = lines(self.inputdir)
        return [one if one.startswith("s3://") else f"s3://{self.bucket}/{one.strip('/')}/" for one in found]

    @property
    def bundle_uri(self) -> str:
        """The S3 URI of the bundle, with no slash at the end."""
        return self.bundle.rstrip("/") or f"s3://{self.bucket}/{self.base.strip('/')}/bundles/{self.version}"


def lines(value: str | list[str]) -> list[str]:
    """Return the entries of a setting that takes one or several: a list, or text with one a line or with commas."""
    parts = value if isinstance(value, list) else value.replace(",", "\n").splitlines()
    return [part.strip() for part in parts if part.strip()]


def json_text(value: str | dict[str, Any]) -> str:
    """Return a JSON setting as JSON text, or as the S3 URI it is; what is neither JSON nor base64 is left as it is."""
    if isinstance(value, dict):
        return json.dumps(value, indent=2)
    text = value.strip()
    if text.startswith(("s3://", "{")):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def parse(values: Mapping[str, Any], *, defaults: Mapping[str, Any] | str | None = None) -> Settings:
    """Check settings as they come from a form, a template or a file.

    Texts are taken for numbers where a number belongs, since templates render to text; None and an empty text stand for
    the default.

    :param defaults: what holds where ``values`` says nothing: settings, or a JSON object of them
    :raises SettingsError: naming every field that is wrong, with its value and what was expected
    """
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    types = get_type_hints(Settings, include_extras=True)
    given = {**_given(_object(defaults)), **_given(values)}
    problems = [
        f"{name}: not a setting; expected one of {', '.join(fields)}" for name in sorted(set(given) - set(fields))
    ]
    problems += [f"{name}: missing" for name, field in fields.items() if field.required and name not in given]
    for name in fields.keys() & given.keys():
        try:
            msgspec.convert(given[name], types[name], strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}, given {_short(given[name])}")
    if not problems:
        settings = msgspec.convert(given, Settings, strict=False)
        problems = _contradictions(settings)
        if not problems:
            return settings
    listed = "\n".join(f"  - {problem}" for problem in sorted(problems))
    raise SettingsError(f"{len(problems)} of the settings cannot be used:\n{listed}")


def _object(defaults: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    """Read defaults that may come as JSON text from an Airflow Variable."""
    if not isinstance(defaults, str):
        return defaults or {}
    try:
        found = json.loads(defaults) if defaults.strip() else {}
    except ValueError as error:
        raise SettingsError(f"the defaults are not JSON: {error}; given {_short(defaults)}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"the defaults are no JSON object; given {_short(defaults)}")
    return found


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if "/" in settings.bucket or ":" in settings.bucket:
        problems.append(f"bucket: expected the name of a bucket, given {settings.bucket!r}")
    if not settings.inputs:
        problems.append(f"inputdir: expected a path or an S3 URI, given {settings.inputdir!r}")
    if not settings.bundle and not settings.version:
        problems.append("version: missing; expected the version of the bundle, or its URI as bundle")
    uris = {"bundle": settings.bundle, "log_uri": settings.log_uri}
    problems += [
        f"{name}: expected an s3:// URI, given {uri!r}" for name, uri in uris.items() if uri and "s3://" not in uri
    ]
    fleets = len(lines(settings.core_type)) > 1 or len(lines(settings.task_type)) > 1
    if len(lines(settings.subnet)) > 1 and not fleets:
        problems.append("subnet: several subnets need several instance types, so that instance fleets are used")
    return problems


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
