"""Run variants of the whole job by turns over the same rows, on local S3, Kinesis and Flink, and compare their CPU.

Each round runs each variant over few rows and over many, so that what a row costs and what the start costs come apart,
and what else the machine does meets all of them. A variant is words with commas between them: compiled, plain or java
(the same lines to the stream in Java alone), in_place (no Flink, but processes), KEY=VALUE for Flink, --NAME=VALUE for
the job, the folder of another checkout. The first is what the others are compared with.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
from pathlib import Path

from drills.material import prepare
from drills.site import Site

from benchmarks.job.runs import RunFailedError, code_of, measure
from benchmarks.job.tables import RUN_HEADER, Pair, run_line, summary
from benchmarks.job.variants import Variant, VariantError, parse_variant

_OWN = Path(__file__).resolve().parents[3]
_FILES = 24


def main() -> int:
    """Run what the command line asks for; exit code 1 when a run failed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-job-") as folder:
        try:
            _compare(options, Path(folder))
        except RunFailedError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def _compare(options: argparse.Namespace, folder: Path) -> None:
    variants: list[Variant] = options.variants
    few, many = options.rows
    codes = {one.name: code_of(one, cache=_OWN / ".cache" / "measured", own=_OWN) for one in variants}
    for code in set(codes.values()):
        # Not in the first run of each, which would take longer than the others.
        compileall.compile_dir(str(code / "event_recovery"), quiet=1)
    runs: dict[str, list[Pair]] = {one.name: [] for one in variants}
    with Site(folder, with_faults=False) as site:
        small = prepare(site, folder, rows=few, size=options.bytes, files=_FILES)
        large = prepare(site, folder, rows=few, size=options.bytes, files=_FILES, copies=many // few)
        print(RUN_HEADER, flush=True)
        for _ in range(options.rounds):
            for one in variants:
                took = []
                for material in (small, large):
                    took.append(measure(site, material, one, codes[one.name]))
                    print(run_line(one.name, took[-1]), flush=True)
                runs[one.name].append((took[0], took[1]))
    for line in summary(runs):
        print(line)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.job", description=__doc__)
    parser.add_argument("variants", nargs="*", default=["plain", "compiled"], metavar="VARIANT", help="plain compiled")
    parser.add_argument(
        "--rows", type=int, nargs=2, default=[20_000, 100_000], metavar=("FEW", "MANY"), help="20000 100000"
    )
    parser.add_argument("--bytes", type=int, default=5_000, help="of a row (5000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each variant has its turn (3)")
    options = parser.parse_args()
    few, many = options.rows
    if few < 1 or many % few or many == few:
        parser.error(f"--rows: {many:,} is no multiple of {few:,}, expected the same rows several times")
    try:
        options.variants = [parse_variant(text, own=_OWN) for text in options.variants]
    except VariantError as error:
        parser.error(str(error))
    if len({one.name for one in options.variants}) < len(options.variants):
        parser.error("the same variant twice: give one of them another order of words")
    return options


if __name__ == "__main__":
    sys.exit(main())
