"""``python -m soak``: let hours pass and faults strike, count every row, print tables. Exit code 1 when one is lost.

An hour lasts a minute; a run that takes longer makes those behind it late, and all are made up for.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from demo.show import OFTEN
from generator import rows
from support.airflow.hours import runs_of
from support.airflow.service import RUN_ENDED

from soak.count import Count, count
from soak.faults import FAULTS, strike
from soak.memory import memory_faults, resident
from soak.world import CONFIG, HOUR, SOUND, World, world

_COMPONENTS = ("scheduler", "triggerer", "api-server")
_LOOK_SECONDS = 5.0
#: Minutes for each hour before the soak is given up, and beside these.
_MOST, _MORE = 5, 20
#: Rows that end in a minute's last seconds could lie in two hours, one of which has nothing but rows that came back.
_LATE_IN_A_MINUTE = 45


class Soak:
    """One soak under way.

    :param struck: a line for each fault
    :param memory: of each component in MB, hour by hour
    """

    def __init__(self, world: World, *, hours: int, rows_an_hour: int, seed: int) -> None:
        self.world, self.hours, self.rows, self.seed = world, hours, rows_an_hour, seed
        self.struck: list[tuple[str, str]] = []
        self.memory: dict[str, list[float]] = defaultdict(list)
        self.refused = 0
        self._arrived = self._sampled = 0

    def run(self) -> None:
        """Let all hours pass, and return when each row has its place; AssertionError when they do not come to it."""
        deadline = time.monotonic() + 60 * (_MOST * self.hours + _MORE)
        with ThreadPoolExecutor(1) as beside:
            faults = beside.submit(self._strike)
            while not self._over(faults):
                assert time.monotonic() < deadline, f"not over: unread {self.world.unread()}, {self.world.going()}"
                self._look(calm=faults.done())
                time.sleep(_LOOK_SECONDS)
            faults.result()

    def _over(self, faults: Future[None]) -> bool:
        if not faults.done() or self._arrived < self.hours:
            return False
        faults.result()
        return not self.world.unread() and not self.world.going() and not self._pass_on() and self.world.pause()

    def _look(self, *, calm: bool) -> None:
        hour = (datetime.now(UTC) - self.world.first) / HOUR
        if self._arrived < self.hours and hour > self._arrived + 0.3:
            new = rows(self.rows, seed=1000 * self.seed + self._arrived)
            self.world.bucket.put([*new, SOUND])
            self._arrived += 1
        if hour > self._sampled:
            for name in _COMPONENTS:
                if megabytes := resident(name, self.world.airflow.components[name].pid):
                    self.memory[name].append(megabytes)
            self._sampled += 1
        if not calm or datetime.now(UTC).second < _LATE_IN_A_MINUTE:
            self._pass_on()
        for run_id, why in self.world.clear_red_runs():
            _tell(hour, f"cleared {run_id}: {' '.join(why.splitlines()[:2])[:200]}")

    def _pass_on(self) -> bool:
        refused = self.world.pass_on()
        self.refused += refused
        return bool(refused)

    def _strike(self) -> None:
        for number in range(self.hours):
            draw = Random(f"{self.seed} {number}")
            fault = draw.choice([one for one in FAULTS if number < one.until * self.hours])
            begin = self.world.first + (number + draw.uniform(0.1, 0.6)) * HOUR
            time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()))
            told = strike(self.world, fault, draw)
            self.struck.append((fault.name, told))
            _tell((datetime.now(UTC) - self.world.first) / HOUR, f"{fault.name}: {told}")


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"seed {options.seed}; stores and logs in {folder}", flush=True)
    with world(folder, options=OFTEN) as running:
        soak = Soak(running, hours=options.windows, rows_an_hour=options.rows, seed=options.seed)
        soak.run()
        counted = count(CONFIG, running.bucket.lines, running.found(), running.stream())
        faults = [*counted.faults, *memory_faults(soak.memory), *_left(running)]
        _print(soak, counted)
    print("\n".join(["", *faults]) if faults else "\nall accounted for")
    if not faults and options.folder is None:
        shutil.rmtree(folder)
    return 1 if faults else 0


def _left(running: World) -> list[str]:
    states = Counter(run["state"] for run in runs_of(running.airflow))
    dead = [name for name, process in running.airflow.components.items() if not process.is_alive()]
    return [
        *(f"{times} runs are {state}" for state, times in states.items() if state != "success"),
        *(f"the cluster {cluster} is alive" for cluster in running.alive()),
        *(f"the {name} has ended" for name in dead),
    ]


def _print(soak: Soak, counted: Count) -> None:
    world = soak.world
    print("\nwhat struck")
    for name, times in Counter(name for name, _ in soak.struck).most_common():
        print(f"  {name:<32}{times:>4}")
    ended = [run for run in runs_of(world.airflow) if run["state"] in RUN_ENDED]
    lines = sum(map(len, world.bucket.lines.values()))
    print(f"\n{len(ended)} runs; cleared {sum(world.cleared.values())} times, {len(world.cleared)} of them")
    print(f"{lines:,} rows in {len(world.bucket.lines):,} files, {soak.refused:,} of them refused by Enrich")
    for place, times in sorted(counted.places.items()):
        print(f"  {place:<32}{times:>7,}")
    print(f"{counted.repeated:,} records were sent again by a run that was tried again")
    print(f"{len(counted.sent):,} events, sent {max(counted.sent.values(), default=0)} times at most by the indexes")
    print("\nresident memory in MB, hour by hour")
    for name, series in soak.memory.items():
        print(f"  {name:<12}{' '.join(f'{value:.0f}' for value in series)}")


def _tell(hour: float, text: str) -> None:
    print(f"{hour:7.2f} h  {text}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--windows", type=int, default=48, help="hours in which rows arrive and faults strike (48)")
    parser.add_argument("--rows", type=int, default=40, help="rows of each hour (40)")
    parser.add_argument("--seed", type=int, default=Random().randrange(10_000), help="of rows and faults (random)")
    parser.add_argument("--folder", type=Path, help="where stores and logs go (a temporary one, gone if all went well)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
