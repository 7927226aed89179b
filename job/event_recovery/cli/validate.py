"""``event-recovery validate``: whether a config is what its author means."""

from __future__ import annotations

import click

from event_recovery.cli.console import checked_config, out
from event_recovery.cli.options import s3_options
from event_recovery.storage.files import Storage


@click.command()
@click.argument("config")
@click.option("--resolver", help="Iglu resolver config, for a config that names a schema of your own.")
@click.option("--portable", is_flag=True, help="Refuse what the Scala job does not know, such as steps of our own.")
@s3_options
def validate(config: str, resolver: str | None, portable: bool, storage: Storage) -> None:
    """Check a recovery config against its schema, compile it, and warn of traps.

    CONFIG is a file, an s3:// URI, base64 or inline JSON, or - for standard input.
    """
    checked, warnings = checked_config(config, resolver, storage, portable=portable)
    flows = sum(len(flows) for _, flows in checked.flows_by_key)
    noted = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    keys = len(checked.flows_by_key)
    out.print(
        f"[bold green]OK[/]: {flows} flow{'s' if flows != 1 else ''} "
        f"for {keys} schema key{'s' if keys != 1 else ''}{noted}",
        highlight=False,
    )
