"""``event-recovery verify``: whether Enrich would take what a config mends, before anything is sent."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
import orjson

from event_recovery.cli.console import INVALID, UNUSABLE, checked_config, err, out, stop
from event_recovery.cli.convert import PAYLOAD_FORMATS, split_payloads
from event_recovery.cli.inputs import Wanted, find_files
from event_recovery.cli.options import redact_options, row_options, s3_options
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.proving import enrich_option, make_verifier, querystrings_option, verdict_table
from event_recovery.cli.reading import read_rows
from event_recovery.engine.recovery import Recovery
from event_recovery.storage.files import Storage
from event_recovery.text.redact import Redaction
from event_recovery.verify import Verifier
from event_recovery.verify.tally import Tally


@click.command()
@click.argument("config", required=False)
@click.option(
    "--resolver", metavar="R", help="Iglu resolver config that Enrich has; without it schemas are not checked."
)
@enrich_option
@querystrings_option
@click.option("--payloads", metavar="FILE", help="Judge these payloads as they are, in place of CONFIG and INPUT.")
@click.option(
    "--format",
    "form",
    type=click.Choice(PAYLOAD_FORMATS),
    default="base64",
    show_default=True,
    help="How --payloads holds them; as decode has it.",
)
@click.option(
    "--minimum-pass",
    metavar="RATIO",
    type=click.FloatRange(0, 1),
    help="End with status 1 when a smaller share of the events passes, such as 0.95.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the table.")
@redact_options
@row_options(required=False)
@s3_options
def verify(
    config: str | None,
    wanted: Wanted,
    resolver: str | None,
    enrich: str,
    payloads: str | None,
    form: str,
    minimum_pass: float | None,
    as_json: bool,
    querystrings: str,
    redaction: Redaction | None,
    storage: Storage,
) -> None:
    """Recover bad rows, and tell whether Enrich would take the events.

    CONFIG and INPUT are as for the run command. Nothing is written or sent. What is checked, and what cannot be, is in
    docs/proving.md.
    """
    if (payloads is None) == (config is None) or (payloads is None and not wanted.inputs):
        stop("name a CONFIG with INPUTs, or --payloads FILE", UNUSABLE)
    verifier, tally, rows = make_verifier(resolver, enrich, storage), Tally(), Counter[str]()
    if payloads is not None:
        _judge(tally, verifier, split_payloads(_read(payloads), form))
    elif config is not None:
        recovery = Recovery(checked_config(config, resolver, storage)[0], clean=querystrings == "clean")
        found = find_files(wanted, storage)
        with reading_progress("proving", wanted, found) as progress:
            for line in read_rows(wanted, found, storage, progress.read):
                result = recovery.recover(line)
                rows[result.outcome] += 1
                if result.payload is not None:
                    tally.add(verifier.verify(result.payload))
    shown = tally if redaction is None else tally.redacted(redaction)
    _show(shown, rows, enrich, as_json=as_json)
    if minimum_pass is not None and tally.pass_ratio < minimum_pass:
        err.print(f"{tally.pass_ratio:.1%} of the events pass, less than {minimum_pass:.1%}", highlight=False)
        raise SystemExit(INVALID)


def _read(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        stop(f"--payloads {source} cannot be read: {error.strerror}", UNUSABLE)


def _judge(tally: Tally, verifier: Verifier, payloads: Iterable[bytes]) -> None:
    for payload in payloads:
        tally.add(verifier.verify(payload))


def _show(tally: Tally, rows: Counter[str], enrich: str, *, as_json: bool) -> None:
    if not tally.events and not rows:
        stop("there is nothing to judge", UNUSABLE)
    lost = {outcome: rows[outcome] for outcome in ("failed", "unrecoverable") if rows[outcome]}
    if as_json:
        document = {"enrich": enrich, **tally.as_json(), "not_recovered": lost}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        return
    if tally.events:
        out.print(verdict_table(tally, enrich))
    for outcome, count in lost.items():
        out.print(f"{count:,} of {rows.total():,} rows {outcome}, so that there is nothing to judge", highlight=False)
