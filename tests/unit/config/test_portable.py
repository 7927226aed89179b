"""What ``validate --portable`` names: all that the Scala job does not know, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery.config.check import check_config
from event_recovery.config.formats import OWN_RECOVERIES, RECOVERIES, RECOVERIES_WITH_ADD
from support.engine.rows import (
    SCHEMA,
    Json,
    add,
    cast,
    config,
    delete,
    flow,
    own_config,
    remove,
    rename,
    replace,
    set_to,
    truncate,
    uri,
)

pytestmark = pytest.mark.unit

KEYS = [uri(SCHEMA, "2-0-*")]
EVENT = "$.raw.parameters.ue_pr.data.data"
PORTABLE = (replace(f"{EVENT}.a", "x"), remove(f"{EVENT}.a"), cast(f"{EVENT}.a", "String", "Numeric"))
OWN = (
    add(f"{EVENT}.a", "x"),
    delete(f"{EVENT}.a"),
    rename(f"{EVENT}.a", "b"),
    set_to(f"{EVENT}.a", 1),
    truncate(f"{EVENT}.a", 1),
)
OWN_CASTS = (
    cast(f"{EVENT}.a", "String", "Boolean"),
    cast(f"{EVENT}.a", "String", "Integer"),
    cast(f"{EVENT}.a", "Numeric", "Integer"),
    cast("$.raw.parameters.vid", "String", "Numeric"),
    cast("$.raw.parameters.vid", "String", "Integer"),
)


def refused(document: Json) -> dict[str, str]:
    """Give the errors of a portable check by the ends of their paths, when there are none without it."""
    content = json.dumps(document).encode()
    assert check_config(content, None).errors == ()
    report = check_config(content, None, portable=True)
    assert (report.config is None) == bool(report.errors)
    places = [one.problem.path.rpartition("[0].")[2] for one in report.errors]
    assert len(places) == len({*places})
    return {place: one.problem.message for place, one in zip(places, report.errors, strict=True)}


@pytest.mark.parametrize("steps", [(), PORTABLE], ids=["no-step", "published-steps"])
def test_a_published_config_is_portable(steps: tuple[Any, ...]) -> None:
    assert refused(config(flow(*steps), keys=KEYS)) == {}


def test_every_step_of_our_own_is_named_once() -> None:
    found = refused(config(flow(*PORTABLE, *OWN), keys=KEYS))
    assert [*found] == [f"steps[{place}].op" for place in range(3, 8)]
    for step, message in zip(OWN, found.values(), strict=True):
        assert message.startswith(f"{step['op']} is run here, but jobs of the Scala engine refuse it")


def test_what_is_an_error_is_not_also_a_warning() -> None:
    content = json.dumps(config(flow(*OWN), keys=KEYS)).encode()
    assert len(check_config(content, None).warnings) == len(OWN)
    assert check_config(content, None, portable=True).warnings == ()


@pytest.mark.parametrize("schema", [RECOVERIES_WITH_ADD.uri, OWN_RECOVERIES.uri])
def test_a_schema_of_our_own_is_named(schema: str) -> None:
    found = refused({**config(flow(), keys=KEYS), "schema": schema})
    assert found == {"$.schema": f"jobs of the Scala engine do not know {schema}: they take {RECOVERIES.uri}"}


def test_casts_of_our_own_are_named() -> None:
    found = refused(own_config(flow(*PORTABLE, *OWN_CASTS), keys=KEYS))
    assert [*found] == ["$.schema", *(f"steps[{place}].to" for place in range(3, 8))]
    assert found["steps[3].to"] == "jobs of the Scala engine have no cast from String to Boolean"
    assert "cannot cast a parameter to Numeric" in found["steps[6].to"]
