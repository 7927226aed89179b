"""The job's options: from the command line, from a JSON file, or both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from event_recovery.contract import OPTIONS, JobOptions, Option
from event_recovery.options.command import read_command
from event_recovery.options.values import OptionsError, build_options
from event_recovery.text.jsontext import no_spaces, parse

_BY_KEY = {option.flag.removeprefix("--"): option for option in OPTIONS}


def parse_command(argv: Sequence[str]) -> tuple[JobOptions, bool]:
    """Read a command line, and tell also whether the summary is printed as JSON.

    Options given there win over those of the ``--options`` file. ``--help`` prints and exits.

    :raises OptionsError: with every option that is missing, unknown or out of range
    """
    command = read_command(argv)
    from_file = {} if command.options_file is None else _read_file(Path(command.options_file))
    return build_options({**from_file, **command.values}), command.as_json


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = parse(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise OptionsError([f"--options: cannot read {path}: {error.strerror}"]) from error
    except ValueError as error:
        raise OptionsError([f"--options: {path} is not JSON: {error}"]) from error
    if not isinstance(document, dict):
        raise OptionsError([f"--options: {path} holds no JSON object"])
    unknown = sorted(set(document) - set(_BY_KEY))
    if unknown:
        raise OptionsError([f"--options: {path}: there is no option {name!r}" for name in unknown])
    return {_BY_KEY[key].name: _inlined(_BY_KEY[key], value) for key, value in document.items()}


def _inlined(option: Option, value: Any) -> Any:
    """Return a config or resolver, which may be in the file as it is, as text; its numbers stay as written."""
    if option.kind != "document" or not isinstance(value, dict | str):
        return value
    text = value if isinstance(value, str) else no_spaces(value)
    # A process cannot be given half a pair of surrogates as text, but it can be given its escape.
    return text.encode(errors="backslashreplace").decode()
