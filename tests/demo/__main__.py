"""``python -m demo``: see ``--help``. Exit code 0 when the run went as it should, 1 when not, 130 after Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from localaws.processes import ProcessFailedError
from rich.console import Console
from rich.markup import escape

from demo.show import Demo, DemoError


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    console = Console(soft_wrap=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background jobs start with it ignored
        signal.signal(number, _interrupt)
    demo = Demo(console, options.output.resolve(), options.rows, options.seed)
    began = time.monotonic()
    try:
        with demo.started() as (airflow, site):
            demo.run(airflow, site)
            console.print(f"took {time.monotonic() - began:.0f} s", highlight=False)
            if options.keep:
                console.print(f"Airflow is at [bold]{airflow.url}[/] (no login); Ctrl-C ends it", highlight=False)
                threading.Event().wait()
    except KeyboardInterrupt:
        return 0 if options.keep else 130
    except (DemoError, ProcessFailedError, AssertionError, TimeoutError, OSError) as error:
        console.print(f"[bold red]the demo failed:[/] {escape(str(error))}", highlight=False)
        console.print(f"logs are in {demo.work}", highlight=False)
        return 1
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Recover generated bad rows without AWS.")
    parser.add_argument("--rows", type=int, default=12_000, help="how many bad rows (12000)")
    parser.add_argument("--seed", type=int, default=7, help="other rows for another seed (7)")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="where files go (demo-output)")
    parser.add_argument("--keep", action="store_true", help="leave Airflow up when the run is over, until Ctrl-C")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
