"""The job's options, each declared once: its kind, bounds, default and help.

The command line, the file of ``--options``, the provider's settings and the table in the docs are all made of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, Literal

#: What the value of an option is, which decides how it is checked.
OptionKind = Literal[
    "text", "number", "decimal", "place", "time", "types", "output", "document", "agent", "services", "choice", "switch"
]

#: How a run writes querystrings: byte for byte as the reference, or so that Enrich reads them as they were meant.
QUERYSTRINGS: Final = ("exact", "clean")

#: Records that one request to Kinesis may hold.
MAX_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the job.

    :param name: the field of ``JobOptions``
    :param flag: how it is spelled on the command line; without the dashes, in the file of ``--options``
    :param repeatable: whether it may be given several times
    :param most: greatest value of a number; the least is 1
    :param default: None when it has no default
    """

    name: str
    flag: str
    help: str
    kind: OptionKind
    required: bool
    repeatable: bool
    most: int | None
    default: Any


def _told(help_text: str, kind: OptionKind = "text", *, flag: str = "", most: int | None = None) -> dict[str, Any]:
    return {"help": help_text, "kind": kind, "flag": flag, "most": most}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """The values of the job's options; ``OPTIONS`` says what each is."""

    inputs: tuple[str, ...] = field(
        metadata=_told(
            "file, directory, bucket or pattern (*, ?, **), local or s3://",
            "place",
            flag="--input",
        )
    )
    arrived_from: str | None = field(
        default=None, metadata=_told("read only files that arrived then or later, ISO 8601 with its offset", "time")
    )
    arrived_to: str | None = field(default=None, metadata=_told("read only files that arrived before then", "time"))
    types: tuple[str, ...] = field(
        default=(), metadata=_told("recover only rows of these bad row types, by commas", "types")
    )
    failed_from: str | None = field(
        default=None,
        metadata=_told(
            "recover only rows whose data.failure.timestamp is then or later, ISO 8601 with its offset", "time"
        ),
    )
    failed_to: str | None = field(
        default=None, metadata=_told("recover only rows whose data.failure.timestamp is before then", "time")
    )
    output: str = field(metadata=_told("Kinesis stream, by name or ARN, or a directory for base64 lines", "output"))
    failed: str = field(metadata=_told("directory for rows that this config cannot recover", "place"))
    unrecoverable: str = field(metadata=_told("directory for rows that hold no payload", "place"))
    config: str = field(metadata=_told("recovery config: JSON, base64 of JSON, a path or an s3:// URI", "document"))
    resolver: str | None = field(default=None, metadata=_told("Iglu resolver config, in the same forms", "document"))
    verify: str | None = field(
        default=None,
        metadata=_told("version of Enrich, such as 6 or 3.9; events that it would refuse are failed rows"),
    )
    querystrings: str = field(
        default="exact",
        metadata=_told(
            "exact: as the reference writes them; clean: names are escaped, and parameters without a value left out",
            "choice",
        ),
    )
    mark: bool = field(
        default=False,
        metadata=_told("each event that is sent tells in a header how often recoveries have sent it", "switch"),
    )
    max_resends: int | None = field(
        default=None,
        metadata=_told(
            "over all runs, how often an event may be sent; one that came back as often is a failed row",
            "number",
        ),
    )
    region: str | None = field(default=None, metadata=_told("AWS region of the stream and of S3"))
    checkpoint_interval: int = field(
        default=600, metadata=_told("seconds between checkpoints", "number", most=24 * 3600)
    )
    checkpoint_dir: str | None = field(
        default=None, metadata=_told("directory for checkpoints; needed to resume", "place")
    )
    batch_size: int = field(default=500, metadata=_told("records per request to the stream", "number", most=MAX_BATCH))
    # Two requests, and no more than memory holds when each record has a megabyte.
    max_buffered: int = field(
        default=1_000, metadata=_told("records waiting for the stream before the job slows down", "number")
    )
    max_records_per_second: int | None = field(
        default=None, metadata=_told("records that the whole job sends in a second at most", "number")
    )
    max_mb_per_second: float | None = field(
        default=None,
        metadata=_told("MB (1,000,000 bytes, with partition keys) that it sends in a second at most", "decimal"),
    )
    stream_share: float | None = field(
        default=None,
        metadata=_told(
            "instead of both: a share, up to 1, of what the open shards of the stream take, as it is at the start",
            "decimal",
        ),
    )
    kms_key: str | None = field(
        default=None, metadata=_told("ARN of the KMS key that the writes to S3 of the job's client name")
    )
    run_id: str | None = field(default=None, metadata=_told("name of the run, for its summary and for marks"))
    summary: str | None = field(
        default=None,
        metadata=_told(
            "path of summary.json (beside the failed directory); recovered-index and _SUCCESS stand beside it", "place"
        ),
    )
    max_attempts: int | None = field(
        default=None,
        metadata=_told(
            "over all runs, how often a row may fail before it counts as unrecoverable (no limit)", "number"
        ),
    )
    statsd: str | None = field(
        default=None,
        metadata=_told(
            "StatsD agent on each machine; as Flink's own StatsD reporter has it, if there is one",
            "agent",
        ),
    )
    endpoint_urls: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_told(
            "server that stands in for AWS; SERVICE is kinesis, s3, secretsmanager, ssm or cloudwatch",
            "services",
            flag="--endpoint-url",
        ),
    )

    def to_argv(self) -> list[str]:
        """Return the command line that gives these options."""
        argv: list[str] = []
        for option in OPTIONS:
            value = getattr(self, option.name)
            if option.kind == "services":
                argv += [part for service, url in value.items() for part in (option.flag, f"{service}={url}")]
            elif option.repeatable:
                argv += [part for one in value for part in (option.flag, one)]
            elif option.kind == "types":
                argv += [option.flag, ",".join(value)] if value else []
            elif option.kind == "switch":
                argv += [option.flag] if value else []
            elif value is not None:
                argv += [option.flag, str(value)]
        return argv


def _options() -> tuple[Option, ...]:
    return tuple(
        Option(
            name=one.name,
            flag=one.metadata["flag"] or f"--{one.name.replace('_', '-')}",
            help=one.metadata["help"],
            kind=one.metadata["kind"],
            required=one.default is MISSING and one.default_factory is MISSING,
            repeatable=one.name in ("inputs", "endpoint_urls"),
            most=one.metadata["most"],
            default=None if one.default in (MISSING, (), False) else one.default,
        )
        for one in fields(JobOptions)
    )


#: Every option, in the order of ``JobOptions``.
OPTIONS: Final = _options()
