"""What ``verify`` and ``run --verify`` share: the verifier that is asked for, and the table of what it says."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from event_recovery.cli.console import UNUSABLE, read_source, stop, warn
from event_recovery.contract.options import QUERYSTRINGS
from event_recovery.documents.problems import ConfigError
from event_recovery.iglu.resolver import Resolver
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.storage.files import Storage
from event_recovery.text.shorten import shorten
from event_recovery.verify import Verifier
from event_recovery.verify.generations import Generation
from event_recovery.verify.tally import Group, Tally

_SHOWN_GROUPS = 40
_EXAMPLE = 120
_COLOURS = {"passes": "green", "fails": "red", "not checked": "yellow"}


def make_verifier(resolver: str | None, enrich: str, storage: Storage) -> Verifier:
    """Make the verifier of a command's options."""
    return Verifier(make_resolver(resolver, storage), enrich=enrich)


def generation(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Check the ``--enrich`` option."""
    try:
        Generation.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    return value


querystrings_option = click.option(
    "--querystrings",
    type=click.Choice(QUERYSTRINGS),
    default=QUERYSTRINGS[0],
    show_default=True,
    help="As the reference writes them, or with names escaped and parameters without a value left out.",
)
enrich_option = click.option(
    "--enrich",
    default="6",
    show_default=True,
    metavar="VERSION",
    callback=generation,
    help="The version of Enrich to predict, such as 6 (the newest 6.x), 4.2 or 3.9.",
)


def make_resolver(source: str | None, storage: Storage) -> Resolver | None:
    """Make the resolver of the ``--resolver`` option; None, which is told, without one."""
    if source is None:
        warn("without --resolver no schema of yours is known, and events that have one are not checked")
        return None
    try:
        content = read_source(source, "--resolver", storage)
        return load_resolver(content, kept_in=_cache_folder(), client_of=storage.client_of)
    except ConfigError as error:
        stop(f"--resolver is not a resolver config:\n{error}", UNUSABLE)


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "event-recovery" / "schemas"


def verdict_table(tally: Tally, enrich: str) -> Table:
    """Lay out what was counted: a line for each thing that is wrong, with its share of all events."""
    counts = ", ".join(
        f"[{_COLOURS[outcome]}]{outcome}[/] {count:,} ({count / max(tally.events, 1):.1%})"
        for outcome, count in tally.outcomes.items()
    )
    table = Table(title=f"Would Enrich {enrich} take it?", caption=f"{tally.events:,} events: {counts}")
    table.add_column("verdict", no_wrap=True)
    table.add_column("schema, keyword, path, example", overflow="fold")
    for heading in ("events", "share"):
        table.add_column(heading, justify="right")
    groups = tally.sorted_groups()
    for group, counted in groups[:_SHOWN_GROUPS]:
        table.add_row(
            f"[{_COLOURS[group.outcome]}]{group.outcome}[/]",
            f"{_about(group)}\n[dim]{escape(_printable(shorten(counted.example, _EXAMPLE)))}[/]",
            f"{counted.events:,}",
            f"{counted.events / tally.events:.1%}",
        )
    if len(groups) > _SHOWN_GROUPS:
        table.add_row("", f"and {len(groups) - _SHOWN_GROUPS:,} more, which --json has", "", "")
    return table


def _about(group: Group) -> str:
    """Say what a group is of: what refused the events, and where."""
    place = f" at {group.path}" if group.path else ""
    where = f"{group.schema.removeprefix('iglu:') or group.bad_row_type}: {group.keyword}{place}"
    return escape(_printable(where.removeprefix(": ")))


def _printable(text: str) -> str:
    # No terminal takes half of a surrogate pair, which a payload may hold.
    return text.encode(errors="backslashreplace").decode()
