"""What the commands share: loading a config with its problems shown, and talking to the terminal."""

from __future__ import annotations

import sys
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from event_recovery.config.lint.lint import lint_config
from event_recovery.config.schema import validate_config
from event_recovery.documents.positions import JsonSyntaxError, SourceMap, map_source, parse_json
from event_recovery.documents.problems import ConfigError, Problem
from event_recovery.documents.sources import SourceError, read_json_source
from event_recovery.engine.recovery import Recovery
from event_recovery.iglu.resolver import SchemaLookup
from event_recovery.iglu.resolver_config import load_resolver

INVALID, UNUSABLE, UNWRITABLE = 1, 2, 3

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def stop(message: str, code: int) -> NoReturn:
    """Say why, and leave with an exit code."""
    err.print(f"[bold red]error:[/] {escape(message)}", highlight=False)
    raise SystemExit(code)


def read_source(value: str, what: str) -> bytes:
    """Read a JSON argument in any of its forms; ``-`` is standard input."""
    if value == "-":
        return sys.stdin.buffer.read()
    try:
        return read_json_source(value, what=what)
    except SourceError as error:
        stop(str(error), UNUSABLE)


def read_resolver(value: str | None) -> SchemaLookup | None:
    """Read the ``--resolver`` argument."""
    if value is None:
        return None
    try:
        return load_resolver(read_source(value, "--resolver"), what="--resolver")
    except ConfigError as error:
        stop(f"--resolver is not a resolver config:\n{error}", UNUSABLE)


def check_config(source: str, resolver: str | None) -> tuple[Recovery, list[Problem], SourceMap]:
    """Validate and compile a config; every problem is shown with its line and column, and ends the command."""
    content = read_source(source, "CONFIG")
    name = "config" if source == "-" or source.lstrip()[:1] == "{" or len(source) > 200 else source
    try:
        document = parse_json(content)
        source_map = map_source(content)
    except JsonSyntaxError as error:
        err.print(f"{name}:{error.position}: [bold red]error:[/] {escape(error.message)}", highlight=False)
        raise SystemExit(INVALID) from None
    problems = validate_config(document, read_resolver(resolver))
    recovery = None
    try:
        recovery = Recovery.from_config(content)
    except ConfigError as error:
        known = {problem.path for problem in problems}
        problems += [problem for problem in error.problems if problem.path not in known]
    warnings = [*source_map.repeated_keys(), *lint_config(document)]
    show_problems(name, [*problems, *warnings], source_map)
    if recovery is None or problems:
        count = len(problems)
        err.print(f"{name} is not valid: {count} error{'s' if count != 1 else ''}", highlight=False)
        raise SystemExit(INVALID)
    return recovery, warnings, source_map


def show_problems(name: str, problems: list[Problem], source_map: SourceMap) -> None:
    """Print problems in the order of their places, as compilers do."""
    for position, problem in sorted(((source_map.position(p.path), p) for p in problems), key=lambda item: item[0]):
        colour = "red" if problem.severity == "error" else "yellow"
        err.print(
            f"{escape(name)}:{position}: [bold {colour}]{problem.severity}:[/] "
            f"{escape(problem.message)} [dim]({escape(problem.path)})[/]",
            highlight=False,
        )


def is_interactive() -> bool:
    """Tell whether somebody watches the progress."""
    return sys.stderr.isatty()
