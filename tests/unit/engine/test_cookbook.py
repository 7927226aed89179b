"""Every recipe of docs/cookbook.md mends its row, in both forms, into what Enrich takes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from event_recovery import Recovery
from event_recovery.config.check import check_config
from event_recovery.config.formats import OWN_RECOVERIES, RECOVERIES
from generator import rows
from support.engine.rows import Json, b64, config, flow, line_of, recover_with, thrift_payload
from support.engine.strategies import compact
from support.engine.thrift import read_struct
from support.readme_blocks import REPOSITORY, blocks
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

PAGE = "docs/cookbook.md"
TEXT = (REPOSITORY / PAGE).read_text()
#: What the rows of the recipes are held to; checkout 1-0-0 was never published, and legacy is not there any more.
VERIFIER = verifier(
    schema(
        "checkout",
        "1-0-1",
        type="object",
        properties={
            "total": {"type": "integer"},
            "currency": {"type": "string"},
            "quantity": {"type": "integer"},
            "comment": {"type": "string", "maxLength": 10},
        },
        required=["total"],
        additionalProperties=False,
    ),
    schema("page", type="object", properties={"kind": {"type": "string"}}, additionalProperties=False),
)
EVENTS_AND_ENTITIES = {"e", "ue_pr", "ue_px", "co", "cx"}
#: A row that is sent as it came, because what was wrong was not the row.
AS_IT_CAME = "A schema published since, or an Iglu that was away"
#: What the Scala job sends otherwise than it is meant.
ONE_FORM = {"A query string not escaped"}


@dataclass(frozen=True)
class Recipe:
    """One heading of the page with its blocks: what failed, one config or two, and what is sent."""

    title: str
    failing: dict[str, Any]
    configs: list[str]
    after: dict[str, Any]

    @property
    def row_type(self) -> str:
        (key,) = json.loads(self.configs[0])["data"]
        return str(key.split("/")[1])

    def row(self) -> Json:
        """Give a generated row of the type, with the failing part of this recipe in it."""
        row: dict[str, Any] = json.loads(next(iter(rows(1, seed=3, mix={self.row_type: 1}))))
        data = row["data"]
        data["failure"].update(self.failing["failure"])
        if "querystring" in self.failing:
            path = "/com.snowplowanalytics.snowplow/tp2"
            data["payload"] = b64(thrift_payload(querystring=self.failing["querystring"], path=path))
            return row
        payload = data["payload"].get("raw", data["payload"])
        payload.update(self.failing.get("payload", {}))
        name = "parameters" if "parameters" in payload else "querystring"
        given = {"e": "ue" if "ue_pr" in self.failing["parameters"] else "pv", **self.failing["parameters"]}
        kept = [one for one in payload[name] if one["name"] not in {*EVENTS_AND_ENTITIES, *given}]
        payload[name] = kept + [
            {"name": key, "value": value if isinstance(value, str) else compact(value)} for key, value in given.items()
        ]
        if name == "querystring":
            payload |= {"body": None, "contentType": None}
            data["payload"] = payload
        return row


def recipes() -> list[Recipe]:
    starts = [(TEXT.count("\n", 0, one.start()) + 1, one[1]) for one in re.finditer(r"^## (.*)$", TEXT, re.MULTILINE)]
    made = []
    for (line, title), (end, _) in zip(starts, [*starts[1:], (10**6, "")], strict=True):
        failing, *configs, after = [one.text for one in blocks() if one.page == PAGE and line < one.line < end]
        made.append(Recipe(title, json.loads(failing), configs, json.loads(after)))
    return made


RECIPES = recipes()
CONFIGS = [(recipe, text) for recipe in RECIPES for text in recipe.configs]
IDS = [f"{recipe.title}-{'own' if OWN_RECOVERIES.uri in text else 'portable'}" for recipe, text in CONFIGS]


def outcomes(payload: bytes | None) -> set[str]:
    assert payload is not None
    return {verdict.outcome for verdict in VERIFIER.verify(payload)}


@pytest.mark.parametrize(("recipe", "text"), CONFIGS, ids=IDS)
def test_a_recipe_sends_what_it_says(recipe: Recipe, text: str) -> None:
    result = recover_with(text, recipe.row())
    if recipe.after["sent"] is None:
        assert (result.outcome, result.error) == ("failed", "FailedToMatchConfiguration")
        return
    assert result.payload is not None, result.message
    struct = read_struct(result.payload)
    assert isinstance(struct["querystring"], str)
    sent = dict(parse_qsl(struct["querystring"], keep_blank_values=True))
    for name, value in recipe.after["sent"].items():
        if isinstance(value, str):
            assert sent[name] == value
        elif OWN_RECOVERIES.uri in text:
            assert sent[name] == compact(value)
        else:
            assert json.loads(sent[name]) == value
    assert struct["path"] == recipe.after.get("path", struct["path"])
    assert outcomes(result.payload) == {"passes"}


@pytest.mark.parametrize(("recipe", "text"), CONFIGS, ids=IDS)
def test_nothing_is_wrong_with_the_config_of_a_recipe(recipe: Recipe, text: str) -> None:
    assert check_config(text.encode(), None).problems == ()
    own = OWN_RECOVERIES.uri in text
    assert bool(check_config(text.encode(), None, portable=True).errors) == own
    assert own or RECOVERIES.uri in text


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_enrich_would_refuse_the_row_of_a_recipe_as_it_came(recipe: Recipe) -> None:
    payload = Recovery.from_config(config(flow())).recover(line_of(recipe.row())).payload
    # The engine escapes a query string by itself, also without a step.
    as_it_came = recipe.title == AS_IT_CAME or recipe.title in ONE_FORM
    assert outcomes(payload) == {"passes" if as_it_came else "fails"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_has_a_portable_form(recipe: Recipe) -> None:
    portable = [text for text in recipe.configs if RECOVERIES.uri in text]
    assert len(portable) == 1
    assert len(recipe.configs) <= 2
    section = TEXT.split(f"## {recipe.title}\n", 1)[1].split("\n## ", 1)[0]
    assert ("Not portable" in section) == (recipe.title in ONE_FORM)


def test_rows_of_people_are_taken_where_bots_are_left_out() -> None:
    (recipe,) = [one for one in RECIPES if one.title == "Bots left out"]
    row = recipe.row()
    row["data"]["payload"]["raw"]["useragent"] = (
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    )
    result = recover_with(recipe.configs[0], row)
    assert outcomes(result.payload) == {"passes"}
