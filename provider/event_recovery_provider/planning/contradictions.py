"""What is wrong with settings of which each alone is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from event_recovery.contract.mark import check_resends
from event_recovery.contract.rate import rate_faults
from event_recovery.storage.locations import LocationError, Stream, parse_output
from event_recovery.text.times import check_window, parse_time

if TYPE_CHECKING:
    from event_recovery_provider.planning.settings import Settings


def contradictions(settings: Settings) -> list[str]:
    """Return what is wrong, a line each."""
    # Loaded here, since no DAG file is to load more of the job than it needs.
    from event_recovery_provider.planning.apikeys import refused_apikeys

    problems = []
    if "/" in settings.bucket or ":" in settings.bucket:
        problems.append(f"bucket: expected the name of a bucket, given {settings.bucket!r}")
    if not settings.inputs:
        problems.append("inputdir: expected a path or an S3 URI, given neither")
    if not settings.bundle and not settings.version:
        problems.append("version: missing; expected the version of the bundle, or its URI as bundle")
    if settings.keep and not settings.redact:
        problems.append(f"keep: names fields for redact, which is not on, given {', '.join(settings.keep)}")
    fleets = len(settings.core_type) > 1 or len(settings.task_type) > 1
    if len(settings.subnet) > 1 and not fleets:
        problems.append("subnet: several subnets need several instance types, so that instance fleets are used")
    for window in ("arrived", "failed"):
        begin, end = getattr(settings, f"{window}_from"), getattr(settings, f"{window}_to")
        try:
            check_window(parse_time(begin) if begin else None, parse_time(end) if end else None)
        except ValueError as error:
            problems.append(f"{window}_from: {error}")
    try:
        check_resends(settings.max_resends or None, mark=settings.mark)
    except ValueError as error:
        problems.append(f"max_resends: {error}")
    faults = rate_faults(
        records=settings.max_records_per_second,
        megabytes=settings.max_mb_per_second,
        share=settings.stream_share,
        to_stream=_is_stream(settings.output),
    )
    problems += [f"{name}: {fault}" for name, fault in faults.items()]
    return [*problems, *refused_apikeys(settings.resolver, settings.job_arguments)]


def _is_stream(output: str) -> bool:
    """Tell whether an output is a stream, or none at all, which is told by the check of the command line."""
    try:
        return isinstance(parse_output(output), Stream)
    except LocationError:
        return True
