"""Where a run writes, from its options."""

from __future__ import annotations

from dataclasses import dataclass

from event_recovery.contract import JobOptions, layout
from event_recovery.options.values import region_of
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Location, parse_location


@dataclass(frozen=True, slots=True)
class RunLocations:
    """The directories and files of one run, beside the stream."""

    failed: Location
    unrecoverable: Location
    recovered_index: Location
    rejected_index: Location
    skipped_index: Location
    submitted: Location
    attempts: Location
    repaired: Location
    inputs: Location
    splits: Location
    found: Location
    summary: Location
    success: Location

    @classmethod
    def of(cls, options: JobOptions) -> RunLocations:
        """Return the locations of the run with these options.

        The indexes, ``summary.json`` and ``_SUCCESS`` are side by side, and beside the failed directory by default.
        """
        failed = parse_location(options.failed)
        summary = failed.parent.child(layout.SUMMARY) if options.summary is None else parse_location(options.summary)
        return cls(
            failed=failed,
            unrecoverable=parse_location(options.unrecoverable),
            recovered_index=summary.parent.child(layout.RECOVERED_INDEX),
            rejected_index=summary.parent.child(layout.REJECTED_INDEX),
            skipped_index=summary.parent.child(layout.SKIPPED_INDEX),
            submitted=summary.parent.child(layout.SUBMITTED),
            attempts=summary.parent.child(layout.ATTEMPTS),
            repaired=summary.parent.child(layout.REPAIRED),
            inputs=summary.parent.child(layout.INPUTS),
            splits=summary.parent.child(layout.SPLITS),
            found=summary.parent.child(layout.FOUND),
            summary=summary,
            success=summary.parent.child(layout.SUCCESS),
        )

    def written(self) -> list[tuple[str, Location]]:
        """List all locations, each with the option that decides it."""
        rest = (self.attempts, self.repaired, self.inputs, self.splits, self.found, self.summary, self.success)
        return [*self.named(), *(("--summary", place) for place in rest)]

    def named(self) -> list[tuple[str, Location]]:
        """List the directories of rows and counts, each with the option that decides it."""
        return [
            ("--failed", self.failed),
            ("--unrecoverable", self.unrecoverable),
            ("--summary", self.recovered_index),
            ("--summary", self.rejected_index),
            ("--summary", self.skipped_index),
            ("--summary", self.submitted),
        ]


def storage_of(options: JobOptions) -> Storage:
    """Return where the run's client reads and writes, as its options say."""
    return Storage(s3_endpoint_url=options.endpoint_urls.get("s3"), region=region_of(options), kms_key=options.kms_key)
