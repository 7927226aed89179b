"""What the commands share: loading a config with its problems shown, and talking to the terminal."""

from __future__ import annotations

import sys
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from event_recovery.cli.advice import with_advice
from event_recovery.config.check import check_config
from event_recovery.config.loader import RecoveryConfig
from event_recovery.documents.problems import ConfigError
from event_recovery.documents.sources import SourceError, read_json_source
from event_recovery.iglu.resolver import SchemaLookup
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.storage.files import Storage

#: Exit codes.
INVALID, UNUSABLE, UNWRITABLE = 1, 2, 3

#: Standard output and standard error.
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def stop(message: str, code: int) -> NoReturn:
    """Say why, and leave with an exit code."""
    err.print(f"[bold red]error:[/] {escape(message)}", highlight=False)
    raise SystemExit(code)


def warn(message: str) -> None:
    """Say what is worth a look, and go on."""
    err.print(f"[bold yellow]warning:[/] {escape(message)}", highlight=False)


def read_source(value: str, what: str, storage: Storage) -> bytes:
    """Read a JSON argument in any of its forms; ``-`` is standard input.

    :param value: the argument
    :param what: names the argument in errors
    """
    if value == "-":
        return sys.stdin.buffer.read()
    try:
        return read_json_source(value, what=what, storage=storage)
    except SourceError as error:
        stop(with_advice(error), UNUSABLE)


def read_resolver(value: str | None, storage: Storage) -> SchemaLookup | None:
    """Read the ``--resolver`` argument."""
    if value is None:
        return None
    try:
        return load_resolver(read_source(value, "--resolver", storage), client_of=storage.client_of)
    except ConfigError as error:
        stop(f"--resolver is not a resolver config:\n{error}", UNUSABLE)


def checked_config(
    source: str, resolver: str | None, storage: Storage, *, portable: bool = False
) -> tuple[RecoveryConfig, int]:
    """Check a config, and return it with the number of its warnings.

    Problems are shown with line and column, and errors end the command.

    :param portable: whether what the Scala job does not know is an error
    """
    content = read_source(source, "CONFIG", storage)
    name = "config" if source == "-" or source.lstrip()[:1] == "{" or len(source) > 200 else source
    report = check_config(content, read_resolver(resolver, storage), portable=portable)
    for located in report.problems:
        colour = "red" if located.problem.severity == "error" else "yellow"
        err.print(
            f"{escape(name)}:{located.position}: [bold {colour}]{located.problem.severity}:[/] "
            f"{escape(located.problem.message)} [dim]({escape(located.problem.path)})[/]",
            highlight=False,
        )
    if report.config is None:
        count = len(report.errors)
        err.print(f"{name} is not valid: {count} error{'s' if count != 1 else ''}", highlight=False)
        raise SystemExit(INVALID)
    return report.config, len(report.warnings)


def is_interactive() -> bool:
    """Tell whether the progress is shown on a terminal."""
    return sys.stderr.isatty()
