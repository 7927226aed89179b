"""`python -m drills`: run the drills, then say in a table how they went. Exit code 1 when one went wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from drills.cases import DRILLS
from drills.harness import Result, run_drill
from drills.material import prepare
from drills.site import Site

_HEADER = f"{'drill':<20}{'rows':>10}{'seconds':>9}{'restarts':>10}{'duplicates':>12}  verdict"


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="drills-"))
    names = options.drills or list(DRILLS)
    results = []
    with Site(folder) as site:
        material = prepare(site, folder, rows=options.rows)
        print(f"{options.rows:,} rows, {material.bytes / 1e6:,.0f} MB, at {options.pace:g} rows/s; logs in {folder}")
        print(_HEADER, flush=True)
        for name in names:
            pace = None if name == "plain" else options.pace
            result = run_drill(site, material, DRILLS[name], pace=pace, seconds=options.seconds)
            print(_line(result), flush=True)
            if result.faults:
                (folder / f"{name}.txt").write_text(result.output)
            results.append(result)
    return 1 if any(result.faults for result in results) else 0


def _line(result: Result) -> str:
    verdict = "; ".join(result.faults) or "all accounted for"
    return (
        f"{result.drill:<20}{result.rows:>10,}{result.seconds:>9.1f}{result.restarts:>10}{result.duplicates:>12}"
        f"  {verdict}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument("drills", nargs="*", choices=[*DRILLS, []], metavar="DRILL", help=f"of {', '.join(DRILLS)}")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--pace", type=float, default=600, help="rows a second the stream takes (600)")
    parser.add_argument("--seconds", type=float, default=30, help="how long a passing fault lasts (30)")
    parser.add_argument("--folder", type=Path, help="where rows, stores and logs go (a new temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
