"""The job's command line, taken apart: the same parser in the job and in whoever is about to submit it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from event_recovery.contract import OPTIONS
from event_recovery.options.values import OptionsError

#: What stands for the value of an option, by its kind.
METAVARS: Final = {
    "place": "PATH",
    "output": "STREAM|DIRECTORY",
    "document": "JSON",
    "services": "SERVICE=URL",
    "time": "TIME",
    "types": "TYPE[,TYPE...]",
    "agent": "HOST[:PORT]",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, with no value checked yet.

    :param values: what was given, by the names of ``JobOptions``; of an option that is given twice, the later
    :param options_file: path of the file that gives further options, None if there is none
    :param as_json: whether the summary is printed as JSON, too
    """

    values: dict[str, Any]
    options_file: str | None
    as_json: bool


def read_command(argv: Sequence[str]) -> Command:
    """Take a command line apart. ``--help`` prints and exits.

    :raises OptionsError: for an option that does not exist or has no value
    """
    given = vars(_parser().parse_args(argv))
    path, as_json = given.pop("options"), given.pop("json")
    return Command({name: value for name, value in given.items() if value is not None}, path, as_json)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionsError([message])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="event-recovery flink", description="Recover bad rows with Flink.", allow_abbrev=False)
    for option in OPTIONS:
        if option.kind == "switch":
            parser.add_argument(option.flag, dest=option.name, action="store_const", const=True, help=option.help)
            continue
        default = f" ({option.default})" if option.kind == "number" and option.default is not None else ""
        again = "; repeatable" if option.repeatable else ""
        parser.add_argument(
            option.flag,
            dest=option.name,
            action="append" if option.repeatable else "store",
            metavar=METAVARS.get(option.kind, option.flag.removeprefix("--").upper().replace("-", "_")),
            help=f"{option.help}{default}{again}",
        )
    parser.add_argument(
        "--options", metavar="FILE", help="JSON object of the options above, without the dashes in front"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on standard output, too")
    return parser
