"""``event-recovery run``: recover files on this machine, to look at the result before a cluster does the rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import orjson
from rich.table import Table

from event_recovery.cli.console import UNUSABLE, UNWRITABLE, checked_config, out, stop, warn
from event_recovery.cli.inputs import Found, Wanted, find_files
from event_recovery.cli.options import row_options, s3_options
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.proving import enrich_option, make_verifier, querystrings_option, verdict_table
from event_recovery.cli.reading import no_rows, read_rows, tell_choice
from event_recovery.contract import told_unknown
from event_recovery.engine.recovery import Recovery
from event_recovery.engine.result import Result
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local
from event_recovery.text.thrift import read_payload
from event_recovery.verify import Verdict, Verifier
from event_recovery.verify.tally import Tally

#: Rows by outcome, type, error and flow.
Counts = Counter[tuple[str, str, str, str]]

_NO_BAD_ROW: Final = "not a bad row"
_WRITTEN: Final = ("good.txt", "bad.txt", "good.thrift", "would-fail.txt")


@click.command()
@click.argument("config")
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for good.txt and bad.txt.",
)
@click.option("--raw", is_flag=True, help="Also write good.thrift: each event after its length in 4 bytes, big-endian.")
@click.option("--resolver", help="Iglu resolver config, for --verify and a config that names a schema of your own.")
@click.option("--verify", is_flag=True, help="Write events that Enrich would refuse to would-fail.txt.")
@enrich_option
@querystrings_option
@row_options()
@s3_options
def run(
    config: str,
    wanted: Wanted,
    output: Path,
    raw: bool,
    resolver: str | None,
    verify: bool,
    enrich: str,
    querystrings: str,
    storage: Storage,
) -> None:
    """Recover bad rows from files.

    CONFIG is a file, an s3:// URI, base64 or inline JSON. INPUT is a file, a directory (read to its depths), a bucket,
    a prefix or an object below s3://, a pattern (*, ?, and ** for any folders), or - for standard input. It is read as
    the job reads it: names that end in .gz, .gzip or .bz2 are unpacked, those that begin with a dot or an underscore
    are passed over. Recovered events go to good.txt as JSON lines, the rows that failed or cannot be recovered to
    bad.txt. With --verify, payloads with an event that Enrich would refuse go to would-fail.txt instead, each with the
    bad rows' types and failures; those that could not be checked stay in good.txt.
    """
    recovery = Recovery(checked_config(config, resolver, storage)[0], clean=querystrings == "clean")
    found = find_files(wanted, storage)
    _check_unread(output, found)
    counts: Counts = Counter()
    proof = Proof(make_verifier(resolver, enrich, storage)) if verify else None
    with _sinks(output, raw=raw, verify=verify) as sinks, reading_progress("recovering", wanted, found) as progress:
        for line in read_rows(wanted, found, storage, progress.read):
            result = recovery.recover(line)
            counts[_group(result)] += 1
            _write(result, sinks, proof)
    if not counts:
        stop(no_rows(wanted), UNUSABLE)
    out.print(summary_table(counts))
    if proof is not None and proof.tally.events:
        out.print(verdict_table(proof.tally, enrich))
    tell_choice(wanted, found, sum(counts.values()))
    unknown = told_unknown(_failed_by_type(counts))
    if unknown:
        warn(unknown)
    names = ["good.txt", "bad.txt", *(["would-fail.txt"] if verify else [])]
    out.print(f"wrote {' and '.join(str(output / name) for name in names)}", highlight=False)


def _check_unread(output: Path, found: Found) -> None:
    """Check that no file that is read would be overwritten."""
    written = {Local(output / name).identity: output / name for name in _WRITTEN}
    for file in found.files:
        if file.location.identity in written:
            stop(f"--output: {written[file.location.identity]} is one of the inputs, name another directory", UNUSABLE)


def _failed_by_type(counts: Counts) -> Counter[str]:
    types: Counter[str] = Counter()
    for (outcome, row_type, _, _), rows in counts.items():
        if outcome == "failed" and row_type != _NO_BAD_ROW:
            types[row_type] += rows
    return types


def _group(result: Result) -> tuple[str, str, str, str]:
    return result.outcome, result.type or _NO_BAD_ROW, result.error or "", result.flow or ""


@dataclass(slots=True)
class Proof:
    """What Enrich would say of the recovered events so far."""

    verifier: Verifier
    tally: Tally = field(default_factory=Tally)

    def refusals(self, payload: bytes) -> list[Verdict]:
        """Count the verdicts on a payload, and return those on events that would fail."""
        verdicts = self.verifier.verify(payload)
        self.tally.add(verdicts)
        return [one for one in verdicts if one.outcome == "fails"]


@dataclass(frozen=True, slots=True)
class Sinks:
    """The files that a run writes; None for one that was not asked for."""

    good: BinaryIO
    bad: BinaryIO
    framed: BinaryIO | None
    would_fail: BinaryIO | None


@contextmanager
def _sinks(output: Path, *, raw: bool, verify: bool) -> Iterator[Sinks]:
    try:
        output.mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            good, bad, framed, would_fail = (
                files.enter_context((output / name).open("wb")) if wanted else None
                for name, wanted in zip(_WRITTEN, (True, True, raw, verify), strict=True)
            )
            if good is not None and bad is not None:
                yield Sinks(good, bad, framed, would_fail)
    except OSError as error:
        stop(f"--output {output} cannot be written: {error.strerror or error}", UNWRITABLE)


def _write(result: Result, sinks: Sinks, proof: Proof | None) -> None:
    if result.payload is None:
        sinks.bad.write((result.bad_row or "").encode("utf-8", "replace") + b"\n")
        return
    document: dict[str, Any] = asdict(read_payload(result.payload))
    refusals = [] if proof is None else proof.refusals(result.payload)
    if refusals and sinks.would_fail is not None:
        document["would_fail"] = [{"bad_row": one.bad_row_type, "failure": one.failure} for one in refusals]
        sinks.would_fail.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        return
    sinks.good.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    if sinks.framed is not None:
        sinks.framed.write(len(result.payload).to_bytes(4) + result.payload)


def summary_table(counts: Counts) -> Table:
    """Lay out counts by outcome, type, error and flow, with a total for each outcome."""
    table = Table(title="Recovery", caption=f"{sum(counts.values()):,} rows")
    for heading in ("outcome", "bad row type", "error", "flow"):
        table.add_column(heading, overflow="fold")
    table.add_column("rows", justify="right")
    colours = {"recovered": "green", "failed": "red", "unrecoverable": "yellow"}
    for outcome, colour in colours.items():
        groups = sorted((key, count) for key, count in counts.items() if key[0] == outcome)
        if not groups:
            continue
        for (_, row_type, error, flow), count in groups:
            table.add_row(f"[{colour}]{outcome}[/]", row_type, error, flow, f"{count:,}")
        table.add_row(f"[bold {colour}]{outcome}[/]", "all", "", "", f"[bold]{sum(n for _, n in groups):,}[/]")
        table.add_section()
    return table
