"""``event-recovery explore``: what failed, since when, how much and why."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from event_recovery.cli.console import UNUSABLE, UNWRITABLE, out, stop
from event_recovery.cli.explore_tables import group_table, groups_table
from event_recovery.cli.exploring import check_unread, placed, read_groups, storage_errors
from event_recovery.cli.inputs import STANDARD_INPUT, Found, Wanted, find_files
from event_recovery.cli.options import redact_options, row_options, s3_options
from event_recovery.cli.progress import reading_progress
from event_recovery.cli.reading import tell_choice
from event_recovery.explore.groups import Key, key_of
from event_recovery.explore.page import MOST_GROUPS, page
from event_recovery.explore.redacted import redacted
from event_recovery.explore.report import Explored, Numbered, as_json, explored
from event_recovery.storage.files import Storage, StorageError
from event_recovery.text.redact import Redaction


@click.command()
@click.option("--json", "as_document", is_flag=True, help="Print one JSON object in place of the table.")
@click.option("--group", metavar="GROUP", help="Only this group, by its name, or by its number in the table.")
@click.option("--rows", "rows_file", metavar="FILE", type=click.Path(dir_okay=False), help="Write its rows there.")
@click.option("--html", "page_file", metavar="FILE", type=click.Path(dir_okay=False), help="Also write a page there.")
@redact_options
@row_options()
@s3_options
def explore(
    wanted: Wanted,
    as_document: bool,
    group: str | None,
    rows_file: str | None,
    page_file: str | None,
    redaction: Redaction | None,
    storage: Storage,
) -> None:
    """Show what failed, in groups that are mended together.

    INPUT is as for the run command. A group has a name that is the same in every run, so that a ticket, a config and a
    later run can speak of it. Its rows, written with --group and --rows, are input for diff, run and verify. What a
    group is, and what is told of it, is in docs/explore.md.
    """
    if rows_file is not None and group is None:
        stop("--rows writes the rows of one group: name it by --group", UNUSABLE)
    if wanted.inputs.count(STANDARD_INPUT) and rows_file is not None:
        stop("--rows reads the input twice, which standard input cannot be", UNUSABLE)
    found = find_files(wanted, storage)
    for option, file in (("--rows", rows_file), ("--html", page_file)):
        check_unread(option, file, found)
    part = read_groups(wanted, found, storage)
    result = explored(part.groups, files=len(found.files), unread=part.unread, sample=wanted.sample)
    chosen = None if group is None else _chosen(result, group)
    wanted_key = None if chosen is None else chosen.key
    if redaction is not None:
        result = redacted(result, redaction)
        chosen = chosen and result.find(chosen.key.name)
    if as_document:
        document = as_json(result)
        if chosen is not None:
            document["groups"] = [one for one in document["groups"] if one["name"] == chosen.key.name]
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    else:
        out.print(groups_table(result) if chosen is None else group_table(chosen))
        tell_choice(wanted, found, part.groups.rows)
    if page_file is not None:
        _write_page(Path(page_file), result)
    if wanted_key is not None and rows_file is not None:
        _write_rows(Path(rows_file), wanted_key, wanted, found, storage)


def _chosen(result: Explored, group: str) -> Numbered:
    one = result.find(group)
    if one is None:
        stop(f"--group: there is no group {group!r}, expected a name or a number of the table", UNUSABLE)
    return one


def _write_page(target: Path, result: Explored) -> None:
    try:
        target.write_bytes(page(result))
    except OSError as error:
        stop(f"--html {target} cannot be written: {error.strerror or error}", UNWRITABLE)
    click.echo(f"wrote a page of {min(len(result.groups), MOST_GROUPS)} groups to {target}", err=True)


def _write_rows(target: Path, key: Key, wanted: Wanted, found: Found, storage: Storage) -> None:
    """Read the input again, and write the rows of a group as they are."""
    with storage_errors(), reading_progress("writing", wanted, found) as progress:
        lines = (row.line for row in placed(wanted, found, storage, progress.read, {}))
        count = 0
        try:
            with target.open("wb") as file:
                for line in lines:
                    if key_of(line) == key:
                        file.write(line + b"\n")
                        count += 1
        except OSError as error:
            if isinstance(error, StorageError):
                raise
            stop(f"--rows {target} cannot be written: {error.strerror or error}", UNWRITABLE)
    # Standard output may be JSON.
    click.echo(f"wrote {count:,} rows of {key.name} to {target}", err=True)
