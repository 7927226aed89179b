"""What a run has left in S3 and in its stream, beside an independent count of what it must be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from drills.outcome import Hashes, Outcome, bad_row_hash, files_faults, stream_faults, summary_faults
from event_recovery.contract import RunPaths, RunSummary
from event_recovery.contract.layout import SUBMITTED
from localaws.kinesis import record_hash

from support.yarn.site import BUCKET, YarnSite


@dataclass(frozen=True, slots=True)
class Outputs:
    """The places of one run: ``expected`` is what must become of its rows, ``stream`` has nothing of other runs."""

    site: YarnSite
    paths: RunPaths
    stream: str
    expected: Outcome

    def sent(self) -> int:
        """Records in the stream."""
        return int(self.site.fabric.kinesis.statistics(self.stream).records)

    def has_checkpoint(self) -> bool:
        """Tell whether one is complete."""
        return any(key.endswith("/_metadata") for key in self.keys(f"{self.paths.checkpoints}/"))

    def is_counted(self) -> bool:
        """Tell whether the job has committed how many rows it read, which it does last."""
        return bool(self.keys(f"{self.paths.path(SUBMITTED)}/"))

    def is_complete(self) -> bool:
        """Tell whether the run says that it is complete."""
        return bool(self.keys(self.paths.success))

    def summary(self) -> RunSummary | None:
        """Return the run's own account, None when there is none."""
        found = self.keys(self.paths.summary)
        return RunSummary.from_json(self._body(found[0])) if found else None

    def faults(self) -> list[str]:
        """Return how stream, files and account differ from the independent count; nothing when they are exact."""
        summary = self.summary()
        failed, failed_bytes = self._rows(self.paths.failed)
        unrecoverable, unrecoverable_bytes = self._rows(self.paths.unrecoverable)
        sizes = {
            "recovered": self.expected.recovered_bytes,
            "failed": failed_bytes,
            "unrecoverable": unrecoverable_bytes,
        }
        return [
            *stream_faults(self._records(), self.expected.recovered),
            *files_faults("failed", failed, self.expected.failed),
            *files_faults("unrecoverable", unrecoverable, self.expected.unrecoverable),
            *(["summary: none"] if summary is None else summary_faults(summary, self.expected, sizes)),
        ]

    def duplicates(self) -> int:
        """Count the records that the stream holds beyond one for each payload."""
        return (self._records() - self.expected.recovered).total()

    def keys(self, uri: str) -> list[str]:
        """List the bucket below a URI."""
        s3, prefix = self.site.fabric.client("s3"), uri.removeprefix(f"s3://{BUCKET}/")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def _records(self) -> Hashes:
        return Counter(record_hash(record.data) for record in self.site.fabric.kinesis.records(self.stream))

    def _rows(self, directory: str) -> tuple[Hashes, int]:
        lines = [line for key in self.keys(f"{directory}/") for line in self._body(key).splitlines()]
        return Counter(map(bad_row_hash, lines)), sum(map(len, lines))

    def _body(self, key: str) -> bytes:
        body: bytes = self.site.fabric.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body
