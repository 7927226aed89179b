"""A bundle that is small and quick to build: all of the job, without PyFlink."""

from __future__ import annotations

from pathlib import Path

from event_recovery.bundle.build import Recipe
from event_recovery.bundle.wheelhouse import Pins, cluster_pins

JARS = Path(__file__).resolve().parents[3] / "job/jars/lib"
# What the job imports before it turns to Flink or AWS.
SMALL = frozenset(
    "attrs cachetools click jsonschema jsonschema-specifications librt markdown-it-py mdurl msgspec mypy-extensions "
    "orjson pip pygments referencing regex rich rpds-py typing-extensions urllib3".split()
)


def recipe(*architectures: str) -> Recipe:
    pins = cluster_pins()
    few = tuple(pin for pin in pins.downloaded if pin.split("==")[0] in SMALL)
    assert len(few) == len(SMALL)
    built = tuple(pin for pin in pins.built if pin.startswith("docopt=="))
    return Recipe(architectures=architectures, jars_from=JARS, pins=Pins(few, built, pins.build_tools))
