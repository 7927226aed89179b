"""Whether the job would take its command line: asked of the job's own parser, so that the words are the job's."""

from __future__ import annotations

from collections.abc import Sequence

from event_recovery.contract import OPTIONS, JobOptions, Option
from event_recovery.options.command import read_command
from event_recovery.options.values import OptionsError, build_options
from event_recovery.text.shorten import shorten

#: Settings that have another name than the job's option.
_SETTINGS = {"--input": "inputdir", "--checkpoint-interval": "interval"}
#: Options that no setting gives and no check reads: ``job_arguments`` is where they are set.
_FREE = ("batch_size", "max_buffered", "max_attempts", "statsd", "endpoint_urls")
_SHOWN_LENGTH = 80


def check_command(own: Sequence[str], further: Sequence[str]) -> tuple[list[str], list[str]]:
    """Check the command line of the job.

    An option that the settings give cannot be given again: the job would go by the later value, while the checks and
    the other tasks go by the settings. A second ``--input`` would be read without a check.

    :param own: what the settings came to
    :param further: ``job_arguments``, which stand behind it
    :return: what keeps the job from beginning, and what could not be checked, a line each
    """
    refused = _refused(own)
    problems = [_of_setting(line) for line in refused]
    if {"-h", "--help"} & {*further}:
        return [*problems, "job_arguments: --help ends the job before it begins"], []
    whole = [*own, *further]
    added = [f"job_arguments: {line}" for line in _refused(whole) if line not in refused]
    if problems or added:
        return [*problems, *added], []
    given = read_command(whole)
    before, after = build_options(read_command(own).values), build_options(given.values)
    problems += [_given_again(option, before, after) for option in _changed(before, after)]
    if given.options_file is None:
        return problems, []
    return problems, [f"job_arguments: --options {given.options_file} is a file of the cluster and was not checked"]


def _refused(argv: Sequence[str]) -> tuple[str, ...]:
    """Return what the job says against a command line; ``--help`` would end this process, too."""
    try:
        build_options(read_command(argv).values)
    except OptionsError as error:
        return error.problems
    return ()


def _of_setting(line: str) -> str:
    flag, colon, rest = line.partition(":")
    return f"{_SETTINGS.get(flag, flag.removeprefix('--').replace('-', '_'))}{colon}{rest}"


def _changed(before: JobOptions, after: JobOptions) -> list[Option]:
    return [
        option
        for option in OPTIONS
        if option.name not in _FREE and getattr(before, option.name) != getattr(after, option.name)
    ]


def _given_again(option: Option, before: JobOptions, after: JobOptions) -> str:
    first, later = getattr(before, option.name), getattr(after, option.name)
    if option.name == "inputs":
        more = _short(", ".join(later[len(first) :]))
        return f"job_arguments: {option.flag} {more} would not be checked; name it in {_SETTINGS[option.flag]}"
    return (
        f"job_arguments: {option.flag} is given again: the job would go by {_short(later)}, "
        f"the checks and the other tasks by {_short(first)}"
    )


def _short(value: object) -> str:
    return shorten(str(value), _SHOWN_LENGTH)
