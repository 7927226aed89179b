"""``event-recovery suggest``: a recovery config for what failed, tried on the rows it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import orjson
from rich.markup import escape
from rich.table import Table

from event_recovery.cli.console import INVALID, UNUSABLE, UNWRITABLE, out, stop, warn
from event_recovery.cli.exploring import check_unread, read_groups
from event_recovery.cli.inputs import Wanted, find_files
from event_recovery.cli.options import row_options, s3_options
from event_recovery.cli.proving import enrich_option, make_resolver, querystrings_option
from event_recovery.cli.reading import tell_choice
from event_recovery.explore.report import explored
from event_recovery.storage.files import Storage
from event_recovery.suggest import Suggestions, as_json, as_markdown, schemas_of, suggest
from event_recovery.suggest.told import does, headline, in_short
from event_recovery.text.shorten import shorten
from event_recovery.text.words import one_line
from event_recovery.verify import Verifier

_WIDTH: Final = 100
_SHOWN: Final = 40
_DOES: Final = 200
_COLOURS: Final = {"mended": "green", "decide": "yellow", "nothing": "red"}


@click.command("suggest")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the config there, and beside it, as Markdown, what to check and to decide.",
)
@click.option("--resolver", metavar="R", help="Iglu resolver config that Enrich has; without it schemas are not known.")
@click.option("--portable", is_flag=True, help="Only steps that the Scala job knows.")
@enrich_option
@querystrings_option
@click.option("--json", "as_document", is_flag=True, help="Print one JSON object in place of the table.")
@row_options()
@s3_options
def suggest_config(
    wanted: Wanted,
    output: str | None,
    resolver: str | None,
    enrich: str,
    querystrings: str,
    storage: Storage,
    *,
    portable: bool,
    as_document: bool,
) -> None:
    """Suggest a recovery config for what failed, and try it on the rows.

    INPUT is as for the run command. Flows are written for what can be mended without a decision; each is tried on rows
    of its group, which are recovered and verified, and one that makes none of them pass is left out. What needs a
    decision is told with the values that broke the rule. See docs/suggest.md.
    """
    found = find_files(wanted, storage)
    for written in _files(output):
        check_unread("--output", str(written), found)
    known = make_resolver(resolver, storage)
    part = read_groups(wanted, found, storage, holds=True)
    result = suggest(
        explored(part.groups, files=len(found.files), unread=part.unread, sample=wanted.sample),
        Verifier(known, enrich=enrich),
        schemas_of(known),
        portable=portable,
        clean=querystrings == "clean",
    )
    if as_document:
        click.echo(orjson.dumps(as_json(result), option=orjson.OPT_INDENT_2))
    else:
        out.print(_table(result))
        tell_choice(wanted, found, part.groups.rows)
    if output is not None:
        _write(result, output)


def _files(output: str | None) -> tuple[Path, ...]:
    if output is None:
        return ()
    config = Path(output)
    if config.suffix == ".md":
        stop(f"--output: {output} would be overwritten by what is told of it, name a file that ends in .json", UNUSABLE)
    return config, config.with_suffix(".md")


def _table(result: Suggestions) -> Table:
    table = Table(title="What could be done", caption=headline(result), width=_WIDTH)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("group, what the config does", overflow="fold", ratio=1)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("tried", justify="right", no_wrap=True)
    table.add_column("passes", justify="right", no_wrap=True)
    for one in result.groups[:_SHOWN]:
        table.add_row(
            str(one.of.number),
            f"[bold]{escape(one.of.key.name)}[/]\n[dim]{escape(shorten(one_line(does(one)), _DOES))}[/]",
            f"{one.of.group.rows:,}",
            f"{one.tried.rows:,}" if one.mends else "",
            f"[{_COLOURS[one.verdict]}]{in_short(one)}[/]",
        )
    more = len(result.groups) - _SHOWN
    if more > 0:
        table.add_row("", f"and {more:,} more groups, which --json and the Markdown have", "", "", "")
    return table


def _write(result: Suggestions, output: str) -> None:
    config, told = _files(output)
    texts = {told: as_markdown(result, config.name).encode()}
    if result.flows:
        texts[config] = orjson.dumps(result.config, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    for target, text in texts.items():
        try:
            target.write_bytes(text)
        except OSError as error:
            stop(f"--output {target} cannot be written: {error.strerror or error}", UNWRITABLE)
    click.echo(f"wrote {' and '.join(map(str, sorted(texts)))}", err=True)
    if not result.flows:
        warn(f"no flow makes a row pass, so {config} is not written")
        raise SystemExit(INVALID)
