"""Checks before anything runs, so that a run which cannot succeed does not begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from event_recovery import ConfigError, Limits, Recovery
from event_recovery.config.check import check_config
from event_recovery.config.loader import RecoveryConfig
from event_recovery.contract import JobOptions
from event_recovery.contract.endings import ExitCode
from event_recovery.contract.rate import Rate
from event_recovery.documents.sources import SourceError, read_json_source
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.inputs.choice import Selection
from event_recovery.inputs.given import parse_input
from event_recovery.inputs.outputs import read_as_input
from event_recovery.options.stream import StreamError, asked_by, largest_record_kib, rate_of_share, refused_stream
from event_recovery.run.locations import RunLocations
from event_recovery.run.stream import StreamOutput, largest_payload
from event_recovery.run.survey import Input, InputError, survey
from event_recovery.storage.clients import aws_client
from event_recovery.storage.files import Storage, StorageError
from event_recovery.storage.locations import Local, Location, Stream, parse_location, parse_output
from event_recovery.verify import Verifier
from event_recovery.verify.recovery import VerifiedRecovery


class PreflightError(Exception):
    """A run that must not begin; the text has a line per problem."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found out.

    :param warnings: what is worth a look, a line each
    """

    recovery: Recovery | VerifiedRecovery
    output: StreamOutput | Local
    given: Input
    warnings: tuple[str, ...]

    @property
    def rate(self) -> Rate | None:
        """At which the job sends at most; None for no limit."""
        return self.output.rate if isinstance(self.output, StreamOutput) else None


def preflight(options: JobOptions, locations: RunLocations, storage: Storage) -> Checked:
    """Check config, resolver, input and outputs, in this order.

    :raises PreflightError: for the first that cannot be used
    """
    config, verifier, warnings = checked_config(options, storage)
    output = parse_output(options.output)
    written = _written(options, locations, output)
    given = check_inputs(options, Selection.asked_by(options), storage, written=written, kept=locations.inputs)
    checked_output: StreamOutput | Local
    largest: int | None
    if isinstance(output, Stream):
        checked_output = check_stream(output, options)
        largest = checked_output.max_payload
    else:
        check_writable([("--output", output)], storage)
        checked_output, largest = output, None
    check_writable(locations.named(), storage)
    recovery = Recovery(
        config,
        Limits(payload_bytes=largest, attempts=options.max_attempts, resends=options.max_resends),
        clean=options.querystrings == "clean",
        mark=options.run_id if options.mark else None,
    )
    return Checked(
        recovery=recovery if verifier is None else VerifiedRecovery(recovery, verifier),
        output=checked_output,
        given=given,
        warnings=warnings,
    )


@contextmanager
def reading_earlier_tries() -> Iterator[None]:
    """Read what earlier tries of a run left.

    :raises PreflightError: when that cannot be read
    """
    try:
        yield
    except StorageError as error:
        raise PreflightError(
            ExitCode.OUTPUT, f"what earlier tries of this run left cannot be read: {error}; start it again later"
        ) from error


def refuse_finished(finished: bool, files: str) -> None:
    """Refuse to begin where a run has come to its end.

    :param files: URI of one of its files
    :raises PreflightError: when it has
    """
    if finished:
        raise PreflightError(
            ExitCode.OUTPUT,
            f"an earlier run has finished here: {files} and the rest is complete; name other directories "
            "to recover the same rows again, which sends them again",
        )


def checked_config(options: JobOptions, storage: Storage) -> tuple[RecoveryConfig, Verifier | None, tuple[str, ...]]:
    """Check and compile the config, and return also what verifies, and what is suspicious in it, a line each.

    :raises PreflightError: when the config, the resolver config or the version of Enrich cannot be used
    """
    try:
        content = read_json_source(options.config, what="--config", storage=storage)
    except SourceError as error:
        raise PreflightError(ExitCode.CONFIG, str(error)) from error
    schemas = None
    if options.resolver is not None:
        try:
            found = read_json_source(options.resolver, what="--resolver", storage=storage)
            schemas = load_resolver(found, client_of=partial(_client, options.endpoint_urls))
        except (SourceError, ConfigError) as error:
            raise PreflightError(ExitCode.RESOLVER, str(error)) from error
    report = check_config(content, schemas)
    if report.config is None:
        raise PreflightError(ExitCode.CONFIG, "\n".join(one.line("--config") for one in report.errors))
    try:
        verifier = None if options.verify is None else Verifier(schemas, enrich=options.verify)
    except ValueError as error:
        raise PreflightError(ExitCode.OPTIONS, f"--verify: {error}") from error
    return report.config, verifier, tuple(one.line("--config") for one in report.warnings)


def check_inputs(
    options: JobOptions,
    selection: Selection,
    storage: Storage,
    *,
    written: Iterable[tuple[str, Location]],
    kept: Location,
) -> Input:
    """Check that there is something to read, and that the run writes to none of its inputs.

    :param written: locations that the run writes to, with the option that names them
    :param kept: where the list of the run's files is, once there is one
    :raises PreflightError: when an input cannot be used, or there is nothing in all of them
    """
    problems = list(read_as_input(written, map(parse_input, options.inputs)))
    if problems:
        raise PreflightError(ExitCode.INPUT, "\n".join(f"--input {told}" for told in problems))
    try:
        return survey(options, selection, storage, kept=kept)
    except InputError as error:
        told = "\n".join(f"--input {line}" for line in str(error).splitlines())
        raise PreflightError(ExitCode.INPUT, told) from error


def _written(options: JobOptions, locations: RunLocations, output: Stream | Local) -> Iterator[tuple[str, Location]]:
    yield from locations.written()
    if isinstance(output, Local):
        yield "--output", output
    if options.checkpoint_dir is not None:
        yield "--checkpoint-dir", parse_location(options.checkpoint_dir)


def check_writable(directories: Iterable[tuple[str, Location]], storage: Storage) -> None:
    """Check that a file can be written to each directory.

    :param directories: each with the option that names it
    :raises PreflightError: when it cannot
    """
    for option, directory in directories:
        try:
            storage.check_writable(directory)
        except StorageError as error:
            raise PreflightError(ExitCode.OUTPUT, f"{option}: {error}") from error


def check_stream(stream: Stream, options: JobOptions) -> StreamOutput:
    """Check that the stream exists and is active.

    :raises PreflightError: when it cannot be written to
    """
    from botocore.exceptions import BotoCoreError, ClientError

    region = options.region or stream.region
    if region is None:
        raise PreflightError(ExitCode.OUTPUT, f"--region is required: no region is known for the stream {stream.name}")
    try:
        client = _client(options.endpoint_urls, "kinesis", region)
        answer = client.describe_stream_summary(**asked_by(stream))
        record_kib = largest_record_kib(stream, answer)
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        refused = refused_stream(stream, region, code=code, error=error)
        raise PreflightError(ExitCode.OUTPUT, f"--output: {refused}") from error
    except StreamError as error:
        raise PreflightError(ExitCode.OUTPUT, f"--output: {error}") from error
    rate = Rate.asked(records=options.max_records_per_second, megabytes=options.max_mb_per_second)
    if options.stream_share is not None:
        try:
            rate = rate_of_share(stream, answer, options.stream_share)
        except StreamError as error:
            raise PreflightError(ExitCode.OUTPUT, f"--stream-share: {error}") from error
    return StreamOutput(stream, region, max_payload=largest_payload(record_kib), rate=rate)


def _client(endpoint_urls: Mapping[str, str], service: str, region: str) -> Any:
    return aws_client(service, region, endpoint_url=endpoint_urls.get(service))
