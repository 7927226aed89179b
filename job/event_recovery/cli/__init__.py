"""The ``event-recovery`` command.

Exit codes: 0 done, 1 the config is not valid, there is none to suggest, or too few events pass, 2 an argument or an
input cannot be used, 3 an output cannot be written.
"""

from __future__ import annotations

from importlib.util import find_spec

import click

from event_recovery._compiled import ENGINE
from event_recovery.cli.bundle import bundle
from event_recovery.cli.console import UNUSABLE, stop
from event_recovery.cli.convert import decode, encode
from event_recovery.cli.dataflow import from_dataflow_runner
from event_recovery.cli.diff import diff
from event_recovery.cli.duplicates import duplicates
from event_recovery.cli.explore import explore
from event_recovery.cli.replay import replay_command
from event_recovery.cli.run import run
from event_recovery.cli.suggest import suggest_config
from event_recovery.cli.validate import validate
from event_recovery.cli.verify import verify
from event_recovery.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    __version__,
    prog_name="event-recovery",
    message=f"%(prog)s %(version)s, engine {ENGINE}",
)
def main() -> None:
    """Recover Snowplow bad rows by a JSON recovery config."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def flink(arguments: tuple[str, ...]) -> None:
    """Run the PyFlink job; --help lists its options."""
    from event_recovery.flink.job import main as job

    if find_spec("pyflink") is None and not {"-h", "--help"} & {*arguments}:
        stop("PyFlink is not installed: pip install 'airflow-provider-event-recovery[flink]' (Python 3.11)", UNUSABLE)
    raise SystemExit(job(list(arguments)))


for command in (
    explore,
    suggest_config,
    validate,
    run,
    diff,
    verify,
    replay_command,
    duplicates,
    encode,
    decode,
    flink,
    bundle,
    from_dataflow_runner,
):
    main.add_command(command)
