"""What the provider declares to Airflow, beside what its code has and what Airflow takes."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import airflow
import croniter  # noqa: F401 - with its first DAG Airflow loads it, and it asks the command `file` about Python
import event_recovery_provider
import jsonschema
import pytest
from airflow.dag_processing.bundles.base import BaseDagBundle
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseHook, BaseNotifier, BaseOperator, BaseOperatorLink, BaseSensorOperator
from airflow.triggers.base import BaseTrigger
from event_recovery_provider.get_provider_info import get_provider_info

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[3]
SCHEMA = Path(airflow.__file__).parent / "provider_info.schema.json"
TOLD = get_provider_info()
#: What is listed by its modules. A sensor is an operator too; the first that fits counts.
BY_MODULE = {
    "bundles": BaseDagBundle,
    "sensors": BaseSensorOperator,
    "operators": BaseOperator,
    "triggers": BaseTrigger,
    "hooks": BaseHook,
}
#: Configuration: how it is read, by what is declared.
READ_BY = {"string": "get", "boolean": "getboolean", "integer": "getint", "float": "getfloat"}


def classes() -> Iterator[type]:
    """Every public class that a module of the provider defines."""
    for module in pkgutil.walk_packages(event_recovery_provider.__path__, "event_recovery_provider."):
        if ".example_dags." not in module.name:
            for name, value in vars(importlib.import_module(module.name)).items():
                if inspect.isclass(value) and value.__module__ == module.name and not name.startswith("_"):
                    yield value


def test_it_fits_airflows_own_schema_and_has_no_word_that_airflow_does_not_know() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(TOLD, schema)
    assert set(TOLD) - set(schema["properties"]) == set()
    for option in TOLD["config"]["event_recovery"]["options"].values():
        assert set(option) <= set(schema["definitions"]["option"]["properties"])
    integrations = {one["integration-name"] for one in TOLD["integrations"]}
    assert {one["integration-name"] for kind in BY_MODULE for one in TOLD.get(kind, ())} == integrations


def test_every_module_that_has_something_for_airflow_is_declared_and_no_other() -> None:
    found: dict[str, set[str]] = {kind: set() for kind in BY_MODULE}
    for one in classes():
        kind = next((kind for kind, base in BY_MODULE.items() if issubclass(one, base)), None)
        if kind and not one.__module__.endswith(".base"):  # what operators and sensors share is none itself
            found[kind].add(one.__module__)
    declared = {kind: {name for one in TOLD.get(kind, ()) for name in one["python-modules"]} for kind in BY_MODULE}
    assert declared == found


def test_every_link_is_declared_and_no_other() -> None:
    found = {f"{one.__module__}.{one.__name__}" for one in classes() if issubclass(one, BaseOperatorLink)}
    assert set(TOLD["extra-links"]) == found


def test_the_plugin_is_an_entry_point_and_is_named_once() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    found = {f"{one.__module__}:{one.__name__}" for one in classes() if issubclass(one, AirflowPlugin)}
    assert set(project["entry-points"]["airflow.plugins"].values()) == found
    assert "plugins" not in TOLD
    assert project["name"] == TOLD["package-name"]


def test_there_is_nothing_else_to_declare() -> None:
    """No notifier, decorator, connection type or asset: with the first one comes its declaration."""
    assert [one for one in classes() if issubclass(one, BaseNotifier)] == []
    assert not {"task-decorators", "connection-types", "notifications", "asset-uris"} & set(TOLD)


def test_every_option_that_is_read_is_declared_with_its_type_and_default() -> None:
    tree = ast.parse((Path(event_recovery_provider.__file__).parent / "config.py").read_text())
    read: dict[str, Any] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        assert isinstance(call.func, ast.Attribute)
        section, option = (ast.literal_eval(argument) for argument in call.args)
        if section == "event_recovery":
            read[option] = call.func.attr, ast.literal_eval(call.keywords[0].value)
    options = TOLD["config"]["event_recovery"]["options"]
    assert set(options) == set(read)
    for name, option in options.items():
        how, default = read[name]
        assert READ_BY[option["type"]] == how, name
        assert type(default)(ast.literal_eval(option["default"]) if option["default"] else "") == default, name
