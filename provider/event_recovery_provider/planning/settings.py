"""The settings of a recovery: what a user fills in, checked as a whole before anything is started.

The first twelve are the variables of the cluster and job templates that event recovery has always had, under their
names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, get_type_hints

import msgspec
from event_recovery.contract.flink import HOME

from event_recovery_provider.exceptions import SettingsError, shortened
from event_recovery_provider.planning.job_flow import DEFAULT_INSTANCE, DEFAULT_RELEASE

#: Resolves the schemas of Iglu Central, which is where the bad row schemas live.
_IGLU_CENTRAL: Final[dict[str, Any]] = {
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
    """Everything a recovery can be told, each setting in the one form in which ``parse`` leaves it.

    :param bucket: bucket of the bad rows and of everything the run writes
    :param inputdir: where the bad rows are, each a path in ``bucket`` or an S3 URI
    :param output: name or ARN of the Kinesis stream that takes the recovered events
    :param config: the recovery configuration: JSON, or the S3 URI of a file that holds it
    :param resolver: the Iglu resolver configuration, as ``config``; Iglu Central if none is given
    :param region: AWS region of the cluster, the stream and the metrics
    :param subnet: EC2 subnet of the cluster; several only with instance fleets
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
    :param core_type: instance type of the core nodes; several make instance fleets
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
    inputdir: tuple[str, ...]
    output: _NonEmpty
    config: _NonEmpty
    resolver: _NonEmpty = json.dumps(_IGLU_CENTRAL, indent=2)
    region: _NonEmpty
    subnet: tuple[str, ...] = ()
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
    core_type: tuple[str, ...] = (DEFAULT_INSTANCE,)
    core_count: _Positive = 2
    task_type: tuple[str, ...] = (DEFAULT_INSTANCE,)
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
        return [one if one.startswith("s3://") else f"s3://{self.bucket}/{one.strip('/')}/" for one in self.inputdir]

    @property
    def bundle_uri(self) -> str:
        """The S3 URI of the bundle, with no slash at the end."""
        return self.bundle.rstrip("/") or f"s3://{self.bucket}/{self.base.strip('/')}/bundles/{self.version}"


def entries(value: Any) -> Any:
    """Return the entries of a setting that takes one or several: a list, or text with one a line or with commas.

    What is neither is returned as it is, for ``parse`` to refuse.
    """
    parts = value.replace(",", "\n").splitlines() if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        return value
    return tuple(part.strip() for part in parts if part.strip())


def json_text(value: Any) -> Any:
    """Return a JSON setting as JSON text, or as the S3 URI it is; it may come as an object or in base64.

    What is none of these is returned as it is, for ``parse`` or the preflight to refuse.
    """
    if isinstance(value, dict):
        return json.dumps(value, indent=2)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith(("s3://", "{")):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


#: How the settings that come in several forms are brought into one.
_NORMAL: Final[dict[str, Callable[[Any], Any]]] = {
    "inputdir": entries,
    "subnet": entries,
    "core_type": entries,
    "task_type": entries,
    "config": json_text,
    "resolver": json_text,
}


def parse(values: Mapping[str, Any], *, defaults: Mapping[str, Any] | str | None = None) -> Settings:
    """Check settings as they come from a form, a template or a file, and bring each into its one form.

    Texts are taken for numbers where a number belongs, since templates render to text; None and an empty text stand for
    the default. A list may come as text, one entry a line; JSON may come as an object or in base64.

    :param defaults: what holds where ``values`` says nothing: settings, or a JSON object of them
    :raises SettingsError: naming every field that is wrong, with its value and what was expected
    """
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    types = get_type_hints(Settings, include_extras=True)
    given = {**_given(_object(defaults)), **_given(values)}
    normal = {name: _NORMAL[name](value) if name in _NORMAL else value for name, value in given.items()}
    problems = [
        f"{name}: not a setting; expected one of {', '.join(fields)}" for name in sorted(set(given) - set(fields))
    ]
    problems += [f"{name}: missing" for name, field in fields.items() if field.required and name not in given]
    for name in fields.keys() & given.keys():
        try:
            msgspec.convert(normal[name], types[name], strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}, given {_quoted(given[name])}")
    if not problems:
        settings = msgspec.convert(normal, Settings, strict=False)
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
        raise SettingsError(f"the defaults are not JSON: {error}; given {_quoted(defaults)}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"the defaults are no JSON object; given {_quoted(defaults)}")
    return found


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if "/" in settings.bucket or ":" in settings.bucket:
        problems.append(f"bucket: expected the name of a bucket, given {settings.bucket!r}")
    if not settings.inputs:
        problems.append("inputdir: expected a path or an S3 URI, given neither")
    if not settings.bundle and not settings.version:
        problems.append("version: missing; expected the version of the bundle, or its URI as bundle")
    uris = {"bundle": settings.bundle, "log_uri": settings.log_uri}
    problems += [
        f"{name}: expected an s3:// URI, given {uri!r}" for name, uri in uris.items() if uri and "s3://" not in uri
    ]
    fleets = len(settings.core_type) > 1 or len(settings.task_type) > 1
    if len(settings.subnet) > 1 and not fleets:
        problems.append("subnet: several subnets need several instance types, so that instance fleets are used")
    return problems


def _quoted(value: Any) -> str:
    return shortened(repr(value), most=80)
