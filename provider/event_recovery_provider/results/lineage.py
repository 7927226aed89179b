"""What a task read and wrote, as OpenLineage tells it: places, rows, bytes and files, and no values of rows.

A place is a dataset: a prefix of S3, or a stream. The files that were read are told of as the part of a prefix that
they are, since each file comes once and would otherwise be a dataset of its own for ever.

No I/O here, and none in the methods of the operators that ask: the OpenLineage provider calls them in a fork of the
task, which shares the task's connections to Airflow and to AWS, and which it ends after ten seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from event_recovery.contract import RunPaths, RunSummary, layout
from event_recovery.inputs.given import GivenInput, parse_input
from event_recovery.options.command import read_command
from event_recovery.options.values import build_options
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, parse_location

from event_recovery_provider._compat import openlineage_subset

#: Files that are named; of more, only their number is told.
MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A dataset, by OpenLineage's names for it.

    :param rows: how many were read or written there; None when that is not known, as of the others
    :param bytes: their size as it is stored
    :param files: URIs of the files that were read there
    """

    namespace: str
    name: str
    rows: int | None = None
    bytes: int | None = None
    files: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """What was read, and what was written."""

    read: tuple[Place, ...]
    written: tuple[Place, ...]


def of_job(arguments: Sequence[str], *, stream: str) -> Lineage:
    """Return what a job is to read and to write.

    :param arguments: its command line
    :param stream: ARN of the stream; empty when it is not known
    :raises OptionsError: when the job would refuse it
    """
    options = build_options(read_command(arguments).values)
    paths = RunPaths(options.failed.rpartition("/")[0])
    return of_run(paths, options.inputs, stream=stream, files=None, summary=None)


def of_run(
    paths: RunPaths,
    inputs: Iterable[str],
    *,
    stream: str,
    files: Sequence[StoredFile] | None,
    summary: RunSummary | None,
) -> Lineage:
    """Return what a run read and wrote.

    :param inputs: S3 URIs, or patterns of them
    :param stream: ARN of the stream; empty when it is not known
    :param files: what was read of the inputs; None when that is not known
    :param summary: the run's account; None when there is none, and the places are all that is told
    """
    streams = _streams(stream)
    if summary is not None:
        streams = [replace(one, rows=summary.recovered.rows, bytes=summary.recovered.bytes) for one in streams]
    rows = None if summary is None else summary.submitted
    return Lineage(_read(inputs, files, rows=rows), (*streams, *_written(paths, summary)))


def of_exploration(inputs: Iterable[str], place: str, *, files: Sequence[StoredFile] | None, rows: int) -> Lineage:
    """Return what an exploration read and wrote.

    :param place: S3 URI of what it wrote
    :param files: what it read; None when not all of it was read
    """
    return Lineage(_read(inputs, files, rows=rows), (_in_s3(place),))


def facets(lineage: Lineage) -> Any:
    """Return it as the OpenLineage provider wants it; that provider is there, since nothing else asks."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.generated.input_statistics_input_dataset import InputStatisticsInputDatasetFacet
    from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet

    def read(place: Place) -> Any:
        told: dict[str, Any] = {}
        if place.rows is not None or place.files is not None:
            count = None if place.files is None else len(place.files)
            told["inputStatistics"] = InputStatisticsInputDatasetFacet(place.rows, place.bytes, count)
        if place.files and len(place.files) <= MOST_NAMED and (part := openlineage_subset(place.files)):
            told["subset"] = part
        return InputDataset(place.namespace, place.name, inputFacets=told)

    def written(place: Place) -> Any:
        told: dict[str, Any] = {}
        if place.rows is not None:
            told["outputStatistics"] = OutputStatisticsOutputDatasetFacet(place.rows, place.bytes)
        return OutputDataset(place.namespace, place.name, outputFacets=told)

    return OperatorLineage(
        inputs=[read(place) for place in lineage.read], outputs=[written(place) for place in lineage.written]
    )


def _read(inputs: Iterable[str], files: Sequence[StoredFile] | None, *, rows: int | None = None) -> tuple[Place, ...]:
    """Return the prefixes of inputs. Rows are not told apart by input, so that only one input has a number of them."""
    given = [one for one in map(parse_input, inputs) if isinstance(one.start, S3)]
    places = {_folder(one): _in_s3(_folder(one)) for one in given}
    own: dict[str, list[StoredFile]] = {place: [] for place in places}
    for file in files or ():
        of = next((one for one in given if one.takes(file.location)), None)
        if of is not None:
            own[_folder(of)].append(file)
    return tuple(
        replace(
            place,
            rows=rows if len(places) == 1 else None,
            bytes=None if files is None else sum(file.size for file in own[uri]),
            files=None if files is None else tuple(file.location.uri for file in own[uri]),
        )
        for uri, place in places.items()
    )


def _folder(given: GivenInput) -> str:
    """Return what is listed of an input; the literal part of a pattern may end in the middle of a name."""
    uri = given.start.uri
    return uri if given.pattern is None else uri.rpartition("/")[0]


def _written(paths: RunPaths, summary: RunSummary | None) -> list[Place]:
    """Return what a run writes to S3, for others to read."""
    failed, unrecoverable = _in_s3(paths.failed), _in_s3(paths.unrecoverable)
    recovered_index = _in_s3(paths.path(layout.RECOVERED_INDEX))
    rejected_index = _in_s3(paths.path(layout.REJECTED_INDEX))
    if summary is None:
        return [failed, unrecoverable, recovered_index, rejected_index]
    told = [
        replace(failed, rows=summary.failed.rows, bytes=summary.failed.bytes),
        replace(unrecoverable, rows=summary.unrecoverable.rows, bytes=summary.unrecoverable.bytes),
        replace(recovered_index, rows=summary.recovered.rows),
        replace(rejected_index, rows=summary.failed.rows + summary.unrecoverable.rows),
    ]
    if summary.skipped.rows:
        told.append(replace(_in_s3(paths.path(layout.SKIPPED_INDEX)), rows=summary.skipped.rows))
    return told


def _in_s3(uri: str) -> Place:
    location = parse_location(uri)
    assert isinstance(location, S3)
    return Place(f"s3://{location.bucket}", location.key or "/")


def _streams(arn: str) -> list[Place]:
    """Return the stream, or nothing: by a name without its account it would be another dataset at every site.

    OpenLineage's naming has no rule for Kinesis. This is the one that it has for AWS Glue: the ARN, parted at its end.
    """
    namespace, _, name = arn.rpartition(":")
    return [Place(namespace, name)] if namespace else []
