"""From settings to a plan: everything a run will ask of AWS, known before any of it is asked."""

from __future__ import annotations

from typing import Any

import msgspec
from event_recovery.contract import JobOptions, RunPaths, layout
from event_recovery.contract.flink import HOME
from event_recovery.contract.rate import Rate
from event_recovery.version import __version__

from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning import flink_job, job_flow, room
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.runner import Runner
from event_recovery_provider.planning.settings import Settings


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run will do, as JSON: the preflight's XCom, which the other tasks take their parts from.

    :param run_id: the recovery's own run id
    :param prefix: S3 URI below which the run keeps what it writes
    :param inputs: S3 URIs of the bad rows
    :param arrived_from: only files that arrived then or later are read, all if empty
    :param arrived_to: only files that arrived before then, likewise
    :param types: only rows of these bad row types are recovered, all if empty
    :param failed_from: only rows that failed then or later are recovered, all if empty
    :param failed_to: only rows that failed before then, likewise
    :param stream: ARN of the stream, as the preflight found it; empty where it could not ask
    :param inputs_uri: S3 URI of the list of the run's files, which the first preflight writes
    :param ledger: S3 URI below which each run leaves an entry
    :param already_read: what of files that earlier runs have recovered: ``warn``, ``skip`` or ``fail``
    :param config: S3 URI of the recovery config
    :param resolver: S3 URI of the Iglu resolver config
    :param trial_rows: rows that are tried before the cluster is started
    :param minimum_pass_ratio: the least share of them that must pass
    :param enrich: version of Enrich that is predicted
    :param querystrings: how they are written: ``exact`` or ``clean``
    :param mark: whether each event that is sent tells how often it was
    :param max_resends: how often an event may be sent over all runs; 0 for no limit
    :param rate: at which events are sent at most, as far as it is known; None for no limit
    :param stream_share: the share of the stream that it is, None when the rate was given in numbers
    :param kms_key: ARN of the KMS key that writes to S3 name; empty for none
    :param redact: whether pages show values of rows as types and lengths
    :param keep: fields whose values they show all the same
    :param approval: whether a person is asked before the cluster is started
    :param job_flow: the RunJobFlow request, without name and tags
    :param job: the submission
    :param runner: where the rows are recovered: ``cluster``, ``in_place`` or, by the size of the input, ``auto``
    :param in_place_mb: up to which size ``auto`` means in place, in MB of rows
    :param staged: what the preflight writes before the run: text by S3 URI
    :param required: S3 URIs that must exist before the run
    :param bundle: S3 URI of the bundle that the nodes boot from
    :param version: version of the job that the bundle must hold
    """

    run_id: str
    prefix: str
    region: str
    inputs: list[str]
    arrived_from: str
    arrived_to: str
    types: list[str]
    failed_from: str
    failed_to: str
    output: str
    config: str
    resolver: str
    trial_rows: int
    minimum_pass_ratio: float
    enrich: str
    querystrings: str
    mark: bool
    max_resends: int
    rate: Rate | None
    stream_share: float | None
    kms_key: str
    redact: bool
    keep: list[str]
    approval: bool
    job_flow: dict[str, Any]
    job: flink_job.FlinkJob
    runner: Runner
    in_place_mb: int
    staged: dict[str, str]
    required: list[str]
    bundle: str
    version: str
    checkpoint_dir: str
    checkpoint_interval: int
    inputs_uri: str
    ledger: str
    already_read: str
    summary_uri: str
    success_uri: str
    minimum_rows: int
    max_failed_ratio: float
    fail_on_damaged: bool
    job_seconds: int
    owner: str
    tags: dict[str, str]
    stream: str = ""

    @property
    def subtasks(self) -> int:
        """How many subtasks the job has."""
        return int(self.job.properties["parallelism.default"])

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def make_plan(settings: Settings, identity: RunIdentity) -> Plan:
    """Work out a run.

    :raises SettingsError: when the settings ask for a cluster that EMR does not have
    """
    base = f"s3://{settings.bucket}/{settings.base}".rstrip("/")
    paths = RunPaths.of(base=base, run_id=identity.run_id)
    staged: dict[str, str] = {}
    options = JobOptions(
        inputs=tuple(settings.inputs),
        output=settings.output,
        failed=paths.failed,
        unrecoverable=paths.unrecoverable,
        config=_staged(settings.config, paths.path(layout.CONFIG), staged),
        resolver=_staged(settings.resolver, paths.path(layout.RESOLVER), staged),
        arrived_from=settings.arrived_from or None,
        arrived_to=settings.arrived_to or None,
        types=settings.types,
        failed_from=settings.failed_from or None,
        failed_to=settings.failed_to or None,
        verify=settings.enrich if settings.verify else None,
        querystrings=settings.querystrings,
        mark=settings.mark,
        max_resends=settings.max_resends or None,
        max_records_per_second=settings.max_records_per_second,
        max_mb_per_second=settings.max_mb_per_second,
        stream_share=settings.stream_share,
        region=settings.region,
        checkpoint_interval=settings.interval,
        checkpoint_dir=paths.checkpoints,
        kms_key=settings.kms_key or None,
        run_id=identity.run_id,
        summary=paths.summary,
    )
    nodes = _nodes(settings)
    parallelism = settings.parallelism or nodes.workers
    job_seconds = round(settings.max_hours * 3600)
    bundle = settings.bundle_uri
    return Plan(
        run_id=identity.run_id,
        prefix=paths.prefix,
        region=settings.region,
        inputs=settings.inputs,
        arrived_from=settings.arrived_from,
        arrived_to=settings.arrived_to,
        types=list(settings.types),
        failed_from=settings.failed_from,
        failed_to=settings.failed_to,
        output=settings.output,
        config=options.config,
        resolver=options.resolver or "",
        trial_rows=settings.trial_rows,
        minimum_pass_ratio=settings.minimum_pass_ratio,
        enrich=settings.enrich,
        querystrings=settings.querystrings,
        mark=settings.mark,
        max_resends=settings.max_resends,
        rate=Rate.asked(records=settings.max_records_per_second, megabytes=settings.max_mb_per_second),
        stream_share=settings.stream_share,
        kms_key=settings.kms_key,
        redact=settings.redact,
        keep=list(settings.keep),
        approval=settings.approval,
        job_flow=_sized(_job_flow(settings, nodes, paths=paths, bundle=bundle), settings, parallelism),
        job=flink_job.FlinkJob(
            arguments=[*options.to_argv(), *settings.job_arguments],
            checkpoint_dir=paths.checkpoints,
            entry=settings.entry,
            python=settings.python,
            properties={"parallelism.default": str(parallelism)},
            max_seconds=job_seconds,
            setup=["bash", f"{HOME}/node-setup.sh"],
            drain_seconds=settings.drain_seconds,
        ),
        runner=settings.runner,
        in_place_mb=settings.in_place_mb,
        staged=staged,
        required=[text for text in (settings.config, settings.resolver) if text.startswith("s3://")],
        bundle=bundle,
        version=settings.version or __version__,
        checkpoint_dir=paths.checkpoints,
        checkpoint_interval=settings.interval,
        inputs_uri=paths.path(layout.INPUTS),
        ledger=RunPaths.ledger(base=base),
        already_read=settings.already_read,
        summary_uri=paths.summary,
        success_uri=paths.success,
        minimum_rows=settings.minimum_rows,
        max_failed_ratio=settings.max_failed_ratio,
        fail_on_damaged=settings.fail_on_damaged,
        job_seconds=job_seconds,
        owner=settings.owner,
        tags={"client": settings.client} if settings.client else {},
    )


def _job_flow(settings: Settings, nodes: job_flow.Nodes, *, paths: RunPaths, bundle: str) -> dict[str, Any]:
    try:
        return job_flow.recovery_job_flow(
            nodes=nodes,
            subnets=settings.subnet,
            instance_profile=settings.role,
            service_role=settings.service_role,
            release_label=settings.release_label,
            keypair=settings.keypair or None,
            security_configuration=settings.security_configuration or None,
            log_kms_key=settings.log_kms_key or None,
            log_uri=settings.log_uri or f"{paths.logs}/",
            bootstrap_actions=[job_flow.bootstrap_action("event-recovery", f"{bundle}/bootstrap.sh", bundle)],
            configurations=flink_job.configurations(
                region=settings.region,
                spot=nodes.task_count > 0,
                kms_key=settings.kms_key,
                extra=settings.flink,
            ),
            overrides=settings.cluster,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _sized(request: dict[str, Any], settings: Settings, parallelism: int) -> dict[str, Any]:
    """Return a RunJobFlow request with processes of sizes that fit its nodes, where no size was given."""
    given = {*settings.flink, *room.properties(settings.cluster, "flink-conf")}
    sizes = room.chosen_sizes(request, given=given, parallelism=parallelism)
    return job_flow.merge_job_flow(
        request, {"Configurations": [{"Classification": "flink-conf", "Properties": sizes}]} if sizes else {}
    )


def _nodes(settings: Settings) -> job_flow.Nodes:
    return job_flow.Nodes(
        primary_type=settings.primary_type,
        core_types=settings.core_type,
        core_count=settings.core_count,
        task_types=settings.task_type,
        task_count=settings.task_count,
        disk_gb=settings.disk_gb,
    )


def _staged(text: str, uri: str, staged: dict[str, str]) -> str:
    """Return where the job finds a JSON setting; JSON given in place is written to the run's prefix first."""
    if text.startswith("s3://"):
        return text
    staged[uri] = text
    return uri
