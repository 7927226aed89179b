"""The job's options: from the command line, from a JSON file, or both."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from event_recovery.contract import SINGLE_OPTIONS, JobOptions, option_flag
from event_recovery.flink.kinesis import MAX_BATCH
from event_recovery.flink.worker.statsd import Agent
from event_recovery.storage.locations import LocationError, Stream, parse_location, parse_output
from event_recovery.text.jsontext import no_spaces, parse

_SERVICES = ("kinesis", "s3")
_NUMBERS = ("checkpoint_interval", "batch_size", "max_buffered", "max_attempts")
_REQUIRED = ("inputs", "output", "failed", "unrecoverable", "config")
_KEYS = {"input": "inputs", "endpoint-url": "endpoint_urls"} | {name.replace("_", "-"): name for name in SINGLE_OPTIONS}

_HELP = {
    "output": "Kinesis stream, by name or ARN, or a directory for base64 lines",
    "failed": "directory for rows this config cannot recover",
    "unrecoverable": "directory for rows that hold no payload",
    "config": "recovery config: JSON, base64 of JSON, a path or an s3:// URI",
    "resolver": "Iglu resolver config, in the same forms",
    "region": "AWS region of the stream and of S3",
    "checkpoint_interval": "seconds between checkpoints (600)",
    "checkpoint_dir": "directory for checkpoints; needed to resume",
    "batch_size": "records per request to the stream (500)",
    "max_buffered": "records waiting for the stream before the job slows down (1000)",
    "run_id": "name of the run, for its summary",
    "summary": "path of summary.json (beside the failed directory); recovered-index and _SUCCESS stand beside it",
    "max_attempts": "over all runs, how often a row may fail before it counts as unrecoverable (no limit)",
    "statsd": "HOST[:PORT] of the StatsD agent on each machine; as Flink's own StatsD reporter has it, if there is one",
}


class OptionsError(ValueError):
    """Options that cannot be used; `problems` has a line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def parse_command(argv: Sequence[str]) -> tuple[JobOptions, bool]:
    """Read a command line; options given there win over those of the `--options` file. Tells also whether `--json` is.

    OptionsError names every option that is missing, unknown or out of range. `--help` prints and exits.
    """
    given = vars(_parser().parse_args(argv))
    path, as_json = given.pop("options"), given.pop("json")
    from_file = {} if path is None else _read_file(Path(path))
    options = {**from_file, **{name: value for name, value in given.items() if value is not None}}
    return build_options(options), as_json


def parse_options(argv: Sequence[str]) -> JobOptions:
    """The job's options alone; see `parse_command`."""
    return parse_command(argv)[0]


def build_options(values: Mapping[str, Any]) -> JobOptions:
    """Check option values, by the names of `JobOptions`; numbers may come as text. OptionsError lists every fault."""
    problems = [f"{_flag(name)} is required" for name in _REQUIRED if not values.get(name)]
    checked: dict[str, Any] = {}
    for name, value in values.items():
        try:
            checked[name] = _checked(name, value)
        except (ValueError, LocationError) as error:
            problems.append(f"{_flag(name)}: {error}")
    if not problems:
        output = parse_output(checked["output"])
        if isinstance(output, Stream) and output.region is None and not checked.get("region"):
            problems.append(f"--region is required: the stream {output.name} is given by name, not by ARN")
    if problems:
        raise OptionsError(problems)
    return JobOptions(**checked)


def region_of(options: JobOptions) -> str | None:
    """The region of the stream, and of the run's bucket with it: that of the options, else the one in the ARN."""
    output = parse_output(options.output)
    return options.region or (output.region if isinstance(output, Stream) else None)


def _checked(name: str, value: object) -> object:
    match name:
        case "inputs":
            return _inputs(value)
        case "endpoint_urls":
            return _endpoints(value)
        case _ if name in _NUMBERS:
            return _number(name, value)
        case _:
            return _text(name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {value!r}")  # noqa: TRY004 - a wrong option, not a wrong program
    if name == "output":
        parse_output(value)
    elif name == "statsd":
        Agent.parse(value)
    elif name in ("failed", "unrecoverable", "checkpoint_dir", "summary"):
        parse_location(value)
    return value


def _inputs(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected a path or a list of paths, not {value!r}")
    for item in value:
        parse_location(item)
    return tuple(value)


def _endpoints(value: object) -> dict[str, str]:
    if isinstance(value, list) and all(isinstance(item, str) and "=" in item for item in value):
        value = dict(item.split("=", 1) for item in value)
    if not isinstance(value, dict):
        raise ValueError(f"expected SERVICE=URL, not {value!r}")  # noqa: TRY004 - a wrong option, not a wrong program
    for service, url in value.items():
        if service not in _SERVICES:
            raise ValueError(f"{service!r} is not one of the services {', '.join(_SERVICES)}")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ValueError(f"expected an http:// or https:// URL for {service}, not {url!r}")
    return value


def _number(name: str, value: object) -> int:
    try:
        number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or number < 1:
        raise ValueError(f"expected a whole number of at least 1, not {value!r}")
    if name == "batch_size" and number > MAX_BATCH:
        raise ValueError(f"Kinesis takes at most {MAX_BATCH} records a request, not {number}")
    return number


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = parse(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise OptionsError([f"--options: cannot read {path}: {error.strerror}"]) from error
    except ValueError as error:
        raise OptionsError([f"--options: {path} is not JSON: {error}"]) from error
    if not isinstance(document, dict):
        raise OptionsError([f"--options: {path} holds no JSON object"])
    unknown = sorted(set(document) - set(_KEYS))
    if unknown:
        raise OptionsError([f"--options: {path}: there is no option {name!r}" for name in unknown])
    return {_KEYS[key]: _inlined(key, value) for key, value in document.items()}


def _inlined(key: str, value: Any) -> Any:
    """A config or resolver may stand in the file as it is, not as text; its numbers stay as they are written."""
    if key not in ("config", "resolver") or not isinstance(value, dict):
        return value
    # Half a pair of surrogates is no text that a process could be given, but its escape is.
    return no_spaces(value).encode(errors="backslashreplace").decode()


def _flag(name: str) -> str:
    return {"inputs": "--input", "endpoint_urls": "--endpoint-url"}.get(name) or option_flag(name)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionsError([message])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="event-recovery flink", description="Recover bad rows with Flink.", allow_abbrev=False)
    parser.add_argument("--input", dest="inputs", action="append", metavar="PATH", help="file or directory; repeatable")
    for name in SINGLE_OPTIONS:
        parser.add_argument(option_flag(name), help=_HELP[name])
    parser.add_argument(
        "--endpoint-url",
        dest="endpoint_urls",
        action="append",
        metavar="SERVICE=URL",
        help="server that stands in for AWS; SERVICE is kinesis or s3; repeatable",
    )
    parser.add_argument(
        "--options", metavar="FILE", help="JSON object of the options above, without the dashes in front"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on standard output, too")
    return parser
