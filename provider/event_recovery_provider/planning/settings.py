"""The settings of a recovery: what a user fills in, checked as a whole before anything is started.

The first twelve are the variables of the cluster and job templates that event recovery has always had, under their
names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from event_recovery.contract import OPTIONS, TYPE_NAMES
from event_recovery.contract.units import interval_doubt

from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.contradictions import contradictions
from event_recovery_provider.planning.declarations import (
    Document,
    NotNegative,
    Places,
    Positive,
    Several,
    Text,
    Time,
    Types,
    Uri,
    declared,
    told,
)
from event_recovery_provider.planning.flink_job import (
    DEFAULT_DRAIN_SECONDS,
    DEFAULT_ENTRY,
    DEFAULT_MAX_SECONDS,
    DEFAULT_PYTHON,
)
from event_recovery_provider.planning.iglu_central import IGLU_CENTRAL
from event_recovery_provider.planning.job_flow import (
    DEFAULT_CORE_COUNT,
    DEFAULT_DISK_GB,
    DEFAULT_INSTANCE,
    DEFAULT_RELEASE,
    DEFAULT_SERVICE_ROLE,
)
from event_recovery_provider.planning.normalise import json_object, normalised, present, quoted

#: Options of the job that settings hand on: their bounds, defaults and help hold for both.
_CHECKPOINTS, _FROM, _TO, _TYPES, _FAILED_FROM, _FAILED_TO, _QUERYSTRINGS, _MARK, _RESENDS, _RECORDS, _MB, _SHARE = (
    next(option for option in OPTIONS if option.name == name)
    for name in (
        "checkpoint_interval",
        "arrived_from",
        "arrived_to",
        "types",
        "failed_from",
        "failed_to",
        "querystrings",
        "mark",
        "max_resends",
        "max_records_per_second",
        "max_mb_per_second",
        "stream_share",
    )
)

_INSTANCES: Final = (DEFAULT_INSTANCE, "m5.2xlarge", "m6i.xlarge", "m6i.2xlarge", "r5.xlarge")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a recovery can be told, each setting in the one form in which ``parse`` leaves it."""

    bucket: Annotated[Text, told("Where it runs", "Bucket", "bucket of the bad rows and of all that the run writes")]
    inputdir: Annotated[
        Places,
        told(
            "What to recover",
            "Bad rows",
            "path, S3 URI or pattern (`*`, `?`, `**`) of the bad rows; several, one a line",
        ),
    ]
    output: Annotated[
        Text, told("What to recover", "Kinesis stream", "stream that takes the recovered events, by name or ARN")
    ]
    config: Annotated[
        Document,
        told("What to recover", "Recovery configuration", "recovery config: JSON, base64 of JSON, or an S3 URI"),
    ]
    resolver: Annotated[
        Document,
        told("What to recover", "Iglu resolver", "Iglu resolver config, in the same forms", default="Iglu Central"),
    ] = json.dumps(IGLU_CENTRAL, indent=2)
    region: Annotated[Text, told("Where it runs", "Region", "AWS region of cluster, stream and metrics")]
    subnet: Annotated[
        Several,
        told("Where it runs", "Subnet", "EC2 subnet; several with several instance types", default="EMR's choice"),
    ] = ()
    role: Annotated[Text, told("Where it runs", "Instance profile", "instance profile of the nodes")]
    keypair: Annotated[str, told("Where it runs", "Key pair", "EC2 key pair for SSH to the primary node")] = ""
    client: Annotated[str, told("Where it runs", "Client", "whose events these are; a tag of the cluster")] = ""
    version: Annotated[
        str,
        told(
            "Where it runs",
            "Version",
            "version that the bundle must have; may be left out with `bundle`, and is then this package's",
        ),
    ] = ""
    interval: Annotated[
        int, msgspec.Meta(ge=1, le=_CHECKPOINTS.most), told("Limits", "Checkpoint interval", _CHECKPOINTS.help)
    ] = _CHECKPOINTS.default

    arrived_from: Annotated[Time, told("What to recover", "Arrived from", _FROM.help)] = ""
    arrived_to: Annotated[Time, told("What to recover", "Arrived to", _TO.help)] = ""
    types: Annotated[Types, told("What to recover", "Types", _TYPES.help, examples=TYPE_NAMES)] = ()
    failed_from: Annotated[Time, told("What to recover", "Failed from", _FAILED_FROM.help)] = ""
    failed_to: Annotated[Time, told("What to recover", "Failed to", _FAILED_TO.help)] = ""
    already_read: Annotated[
        Literal["warn", "skip", "fail"],
        told(
            "What to recover",
            "Already read",
            "files that an earlier run recovered: `warn` reads them again, `skip` leaves them out, `fail` ends the run",
        ),
    ] = "warn"
    verify: Annotated[
        bool,
        told(
            "What to recover",
            "Verify",
            "rows whose events Enrich would refuse are not sent but failed rows, so that the next config can mend them",
        ),
    ] = False
    querystrings: Annotated[Literal["exact", "clean"], told("What to recover", "Querystrings", _QUERYSTRINGS.help)] = (
        "exact"
    )
    mark: Annotated[bool, told("What to recover", "Mark", _MARK.help)] = False
    max_resends: Annotated[
        NotNegative,
        told("What to recover", "Resends at most", _RESENDS.help, default="0: no limit"),
    ] = 0
    max_records_per_second: Annotated[
        int | None, told("Limits", "Records a second at most", _RECORDS.help, default="no limit")
    ] = None
    max_mb_per_second: Annotated[float | None, told("Limits", "MB a second at most", _MB.help, default="no limit")] = (
        None
    )
    stream_share: Annotated[float | None, told("Limits", "Share of the stream", _SHARE.help, default="no limit")] = None
    base: Annotated[str, told("Where it runs", "Base path", "path in `bucket` below which runs are kept")] = (
        "event-recovery"
    )
    bundle: Annotated[
        Uri, told("Where it runs", "Bundle", "S3 URI of the bundle", default="below `base`, by `version`")
    ] = ""
    service_role: Annotated[Text, told("More", "Service role", "role of EMR itself")] = DEFAULT_SERVICE_ROLE
    release_label: Annotated[Text, told("More", "Release label", "EMR release")] = DEFAULT_RELEASE
    primary_type: Annotated[Text, told("More", "Primary type", "instance type of the primary node")] = DEFAULT_INSTANCE
    core_type: Annotated[
        Several,
        told(
            "The cluster",
            "Core nodes: type",
            "instance type of the core nodes; several, by commas, make instance fleets",
            examples=_INSTANCES,
        ),
    ] = (DEFAULT_INSTANCE,)
    core_count: Annotated[Positive, told("The cluster", "Core nodes: number", "core nodes, on demand")] = (
        DEFAULT_CORE_COUNT
    )
    task_type: Annotated[
        Several,
        told(
            "The cluster",
            "Task nodes: type",
            "instance type of the task nodes; several as for `core_type`",
            examples=_INSTANCES,
        ),
    ] = (DEFAULT_INSTANCE,)
    task_count: Annotated[NotNegative, told("The cluster", "Task nodes: number", "task nodes, as Spot")] = 0
    disk_gb: Annotated[int, msgspec.Meta(ge=10), told("More", "Disk", "size of each node's gp3 volume, in GiB")] = (
        DEFAULT_DISK_GB
    )
    parallelism: Annotated[
        NotNegative,
        told(
            "More",
            "Parallelism",
            "subtasks of the job; one that loses nodes waits ten minutes at most for as many slots",
            default="0: one for each worker node",
        ),
    ] = 0
    max_hours: Annotated[
        float,
        msgspec.Meta(gt=0, le=24 * 14),
        told(
            "Limits",
            "Hours",
            "the job, and the cluster with it, is ended after this many hours; submitted again, it has as many",
        ),
    ] = DEFAULT_MAX_SECONDS / 3600
    log_uri: Annotated[
        Uri, told("More", "Log URI", "S3 URI below which EMR puts the logs", default="`logs/` of the run")
    ] = ""
    security_configuration: Annotated[
        str, told("More", "Security configuration", "name of an EMR security configuration")
    ] = ""
    kms_key: Annotated[
        str,
        told(
            "More",
            "KMS key",
            "ARN of the KMS key that each write to S3 names, where the policy of the bucket asks for that",
            default="none: S3 encrypts as the bucket is set to",
        ),
    ] = ""
    log_kms_key: Annotated[str, told("More", "Log KMS key", "ARN of the KMS key for the logs")] = ""
    minimum_rows: Annotated[Positive, told("Limits", "Rows at least", "fewer rows fail the run")] = 1
    max_failed_ratio: Annotated[
        float,
        msgspec.Meta(ge=0, le=1),
        told(
            "Limits",
            "Failed rows at most",
            "a greater share of failed rows, 0 to 1, fails the run",
            default="1: none is greater",
        ),
    ] = 1.0
    fail_on_damaged: Annotated[
        bool,
        told(
            "Limits",
            "Fail on damaged files",
            "a file that cannot be read to its end fails the run, once all that can be read is recovered",
        ),
    ] = False
    trial_rows: Annotated[
        int,
        msgspec.Meta(ge=0, le=10_000),
        told(
            "Before the cluster",
            "Trial rows",
            "rows that are recovered and verified on the worker before a cluster is paid for; 0 for no trial",
        ),
    ] = 1000
    minimum_pass_ratio: Annotated[
        float,
        msgspec.Meta(ge=0, le=1),
        told(
            "Before the cluster",
            "Passing rows at least",
            "a smaller share of the trial's rows, 0 to 1, that is recovered and not refused by Enrich fails the run",
            default="0.0001: one row is enough",
        ),
    ] = 0.0001
    enrich: Annotated[
        Text, told("Before the cluster", "Enrich", "version of Enrich that is predicted, such as 6, 4.2 or 3.9")
    ] = "6"
    approval: Annotated[
        bool,
        told(
            "Before the cluster",
            "Approval",
            "a person who sees the trial approves the run in Airflow, or nothing is started; needs Airflow 3.1",
            default="false; in the form of `event_recovery`, true where Airflow can ask",
        ),
    ] = False
    redact: Annotated[
        bool,
        told("More", "Redact", "pages show values of rows as their types and lengths, such as `string(12)`"),
    ] = False
    keep: Annotated[
        Several,
        told(
            "More",
            "Keep",
            "with `redact`, fields whose values are shown all the same, such as `aid`; by commas",
            examples=("aid", "p", "tv"),
        ),
    ] = ()
    drain_seconds: Annotated[
        int,
        msgspec.Meta(ge=0, le=3600),
        told("More", "Drain seconds", "seconds that the cluster stays after the job for the last metrics"),
    ] = DEFAULT_DRAIN_SECONDS
    runner: Annotated[
        Literal["cluster", "in_place", "auto"],
        told(
            "The cluster",
            "Runner",
            "`in_place` recovers the rows on the worker and starts no cluster; `auto` does so for small inputs",
        ),
    ] = "cluster"
    in_place_mb: Annotated[
        Positive,
        told("The cluster", "In place at most", "with `auto`, MB of rows, about and unpacked, that are small"),
    ] = 200
    cluster: Annotated[
        dict[str, Any], told("The cluster", "RunJobFlow", "any fields of RunJobFlow, merged over the rest")
    ] = {}
    flink: Annotated[
        dict[str, str],
        told("The cluster", "Flink", "any Flink properties of the cluster; memory fits the nodes if not given"),
    ] = {}
    job_arguments: Annotated[list[str], told("More", "Job arguments", "further arguments for the job")] = []
    python: Annotated[Text, told("More", "Python", "Python interpreter of the job on the nodes")] = DEFAULT_PYTHON
    entry: Annotated[Text, told("More", "Entry", "Python file that starts the job on the primary node")] = DEFAULT_ENTRY
    owner: Annotated[str, told("More", "Owner", "who answers for the cluster; a tag of it")] = "airflow"

    @property
    def inputs(self) -> list[str]:
        """The S3 URIs of the bad rows."""
        return [one if one.startswith("s3://") else f"s3://{self.bucket}/{one.strip('/')}" for one in self.inputdir]

    @property
    def bundle_uri(self) -> str:
        """The S3 URI of the bundle, with no slash at the end."""
        return self.bundle.rstrip("/") or f"s3://{self.bucket}/{self.base.strip('/')}/bundles/{self.version}"


#: Every setting, in the order of ``Settings``.
SETTINGS: Final = declared(Settings)


def parse(values: Mapping[str, Any], *, defaults: Mapping[str, Any] | str | None = None) -> Settings:
    """Check settings as they come from a form, a template or a file, and bring each into its one form.

    Texts are taken for numbers where a number belongs, since templates render to text; None and an empty text stand for
    the default. A list may come as text, one entry a line; JSON may come as an object or in base64.

    :param defaults: what holds where ``values`` says nothing: settings, or a JSON object of them
    :raises SettingsError: naming every field that is wrong, with its value and what was expected
    """
    declarations = {setting.name: setting for setting in SETTINGS}
    given = {**present(json_object(defaults)), **present(values)}
    normal: dict[str, Any] = {}
    problems = [
        f"{name}: not a setting; expected one of {', '.join(declarations)}"
        for name in sorted(set(given) - set(declarations))
    ]
    problems += [f"{one.name}: missing" for one in SETTINGS if one.required and one.name not in given]
    for name in declarations.keys() & given.keys():
        try:
            normal[name] = normalised(declarations[name].kind, given[name])
            msgspec.convert(normal[name], declarations[name].annotation, strict=False)
        except ValueError as error:
            problems.append(f"{name}: {error}, given {quoted(given[name])}{_unit_doubt(name, given[name])}")
    if not problems:
        settings = msgspec.convert(normal, Settings, strict=False)
        problems = contradictions(settings)
        if not problems:
            return settings
    listed = "\n".join(f"  - {problem}" for problem in sorted(problems))
    raise SettingsError(f"{len(problems)} of the settings cannot be used:\n{listed}")


def _unit_doubt(name: str, value: Any) -> str:
    """Tell which seconds an interval probably means that no day has."""
    text = str(value)
    doubt = interval_doubt(int(text)) if name == "interval" and text.isascii() and text.isdecimal() else None
    return "" if doubt is None else f"; {doubt}"
