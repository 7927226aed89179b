"""The values of the job's options: what is refused of each, and of all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from event_recovery.contract import OPTIONS, JobOptions, Option
from event_recovery.contract.mark import check_resends, check_run_id
from event_recovery.contract.options import QUERYSTRINGS
from event_recovery.contract.rate import rate_faults
from event_recovery.options.agent import Agent
from event_recovery.options.types import check_types
from event_recovery.storage.locations import Stream, parse_location, parse_output
from event_recovery.text.times import check_window, parse_time

_SERVICES = ("kinesis", "s3", "secretsmanager", "ssm", "cloudwatch")
_BY_NAME = {option.name: option for option in OPTIONS}


class OptionsError(ValueError):
    """Options that cannot be used.

    :param problems: a line for each
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def build_options(values: Mapping[str, Any]) -> JobOptions:
    """Check option values.

    :param values: by the names of ``JobOptions``; numbers may be text
    :raises OptionsError: with every fault
    """
    problems = [f"{option.flag} is required" for option in OPTIONS if option.required and not values.get(option.name)]
    checked: dict[str, Any] = {}
    for name, value in values.items():
        option = _BY_NAME[name]
        try:
            checked[name] = _checked(option, value)
        except ValueError as error:
            problems.append(f"{option.flag}: {error}")
    problems += _empty_windows(checked)
    if checked.get("verify") and not checked.get("resolver"):
        problems.append("--resolver is required with --verify: schemas are looked up by it")
    problems += _unmarked(checked)
    problems += _rates(checked)
    if not problems:
        output = parse_output(checked["output"])
        if isinstance(output, Stream) and output.region is None and not checked.get("region"):
            problems.append(f"--region is required: the stream {output.name} is given by name, not by ARN")
    if problems:
        raise OptionsError(problems)
    return JobOptions(**checked)


def region_of(options: JobOptions) -> str | None:
    """Return the region of the stream and of the run's bucket: that of the options, else the one in the ARN."""
    output = parse_output(options.output)
    return options.region or (output.region if isinstance(output, Stream) else None)


def _checked(option: Option, value: object) -> object:
    if option.kind == "services":
        return _endpoints(value)
    if option.kind == "number":
        return _number(option, value)
    if option.kind == "decimal":
        return _decimal(value)
    if option.kind == "types":
        return _types(value)
    if option.kind == "switch":
        return _switch(value)
    if option.repeatable:
        return _inputs(value)
    return _text(option, value)


def _text(option: Option, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {value!r}")  # noqa: TRY004 - a wrong option, not a wrong program
    if option.kind == "output":
        parse_output(value)
    elif option.kind == "agent":
        Agent.parse(value)
    elif option.kind == "time":
        parse_time(value)
    elif option.kind == "place":
        parse_location(value)
    elif option.kind == "choice" and value not in QUERYSTRINGS:
        raise ValueError(f"expected {' or '.join(QUERYSTRINGS)}, not {value!r}")
    return value


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {value!r}")  # noqa: TRY004 - a wrong option, not a wrong program
    return value


def _inputs(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected a path or a list of paths, not {value!r}")
    for item in value:
        parse_location(item)
    return tuple(value)


def _types(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [one.strip() for one in value.split(",") if one.strip()]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected names of bad row types, not {value!r}")
    check_types(value)
    return tuple(value)


def _empty_windows(checked: Mapping[str, Any]) -> list[str]:
    problems = []
    for first, last in (("arrived_from", "arrived_to"), ("failed_from", "failed_to")):
        begin, end = checked.get(first), checked.get(last)
        try:
            check_window(begin and parse_time(begin), end and parse_time(end))
        except ValueError as error:
            problems.append(f"{_BY_NAME[first].flag}: {error}")
    return problems


def _unmarked(checked: Mapping[str, Any]) -> list[str]:
    problems = []
    mark, run_id = bool(checked.get("mark")), checked.get("run_id")
    try:
        check_resends(checked.get("max_resends"), mark=mark)
    except ValueError as error:
        problems.append(f"--max-resends: {error}")
    if mark and not run_id:
        problems.append("--run-id is required with --mark: the mark names the run")
    elif mark:
        try:
            check_run_id(run_id or "")
        except ValueError as error:
            problems.append(f"--run-id: {error}")
    return problems


def _rates(checked: Mapping[str, Any]) -> list[str]:
    output = checked.get("output")
    faults = rate_faults(
        records=checked.get("max_records_per_second"),
        megabytes=checked.get("max_mb_per_second"),
        share=checked.get("stream_share"),
        to_stream=output is None or isinstance(parse_output(output), Stream),
    )
    return [f"{_BY_NAME[name].flag}: {fault}" for name, fault in faults.items()]


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


def _number(option: Option, value: object) -> int:
    try:
        number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or number < 1 or (option.most is not None and number > option.most):
        bounds = "of at least 1" if option.most is None else f"from 1 to {option.most}"
        raise ValueError(f"expected a whole number {bounds}, not {value!r}")
    return number


def _decimal(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None:
        raise ValueError(f"expected a number, not {value!r}")
    return number
