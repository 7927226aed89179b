"""What a DAG file loads is read again and again by Airflow's DAG processor: the engine is no part of it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from event_recovery_provider import get_provider_info as info

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).resolve().parents[3]
#: All of the engine that the provider may load to build a DAG.
CONTRACT = {f"event_recovery.contract{part}" for part in ("", ".layout", ".metrics", ".options", ".summary", ".types")}
SHARED = {"event_recovery", "event_recovery.version", *CONTRACT}
UNITS = {"event_recovery.contract.units", "event_recovery.text.shorten"}
FLINK = {"event_recovery.contract.flink"}
MARK = {"event_recovery.contract.mark"}
RATE = {"event_recovery.contract.rate"}
#: What operators and waits read of a run that was tried before.
EARLIER = {f"event_recovery.contract.{name}" for name in ("checkpoints", "endings", "losses")}
STORAGE = {"event_recovery.storage", "event_recovery.storage.locations"}
FILES = {"event_recovery.storage.clients", "event_recovery.storage.files"}
TIMES = {"event_recovery.text", "event_recovery.text.times"}
INPUTS = (
    {f"event_recovery.inputs{name}" for name in ("", ".choice", ".given", ".manifest", ".names", ".rows")}
    | TIMES
    | {"event_recovery.iglu", "event_recovery.iglu.uris"}
    | FILES
)
#: What reads the documents among the settings, once a run has them.
DOCUMENTS = {
    *("event_recovery.documents", "event_recovery.documents.sources"),
    *("event_recovery.text", "event_recovery.text.shorten"),
    *FILES,
}
#: What looks for keys of registries in them; it loads nothing but the standard library.
APIKEYS = {"event_recovery.iglu", "event_recovery.iglu.apikeys"}
#: What the settings ask of them.
TYPES = {"event_recovery.options", "event_recovery.options.types"}


def loaded(code: str, *, home: Path) -> set[str]:
    """Return the modules that a Python of its own has loaded once it ran `code`."""
    path = os.pathsep.join(str(REPOSITORY / folder) for folder in ("job", "provider"))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(sorted(sys.modules))"],
        env={**os.environ, "PYTHONPATH": path, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "event_recovery"}


def test_the_contract_loads_nothing_but_the_standard_library(tmp_path: Path) -> None:
    modules = loaded("import event_recovery.contract", home=tmp_path) - loaded("", home=tmp_path)
    assert ours(modules) == SHARED - {"event_recovery.version"}
    assert {name.split(".")[0] for name in modules} - sys.stdlib_module_names == {"event_recovery"}


def test_the_provider_info_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "from event_recovery_provider.get_provider_info import get_provider_info; get_provider_info();"
        "names = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(names - sys.stdlib_module_names))"
    )
    paths = {"PYTHONPATH": f"{REPOSITORY / 'provider'}"}
    printed = subprocess.run([sys.executable, "-S", "-c", code], env=paths, capture_output=True, text=True, check=True)
    assert ast.literal_eval(printed.stdout) == ["event_recovery_provider"]


@pytest.mark.timeout(600)
def test_the_example_dags_and_all_that_the_provider_offers_load_no_engine(tmp_path: Path) -> None:
    told = info.get_provider_info()
    modules = [name for kind in ("operators", "sensors", "triggers") for name in told[kind][0]["python-modules"]]
    files = sorted((REPOSITORY / "dags").glob("*.py"))
    assert len(files) == 7
    code = "\n".join(
        [
            "import importlib, runpy",
            f"for name in {modules!r}: importlib.import_module(name)",
            f"for file in {[str(file) for file in files]!r}: runpy.run_path(file)",
        ]
    )
    modules_loaded = loaded(code, home=tmp_path)
    contract = SHARED | UNITS | FLINK | MARK | RATE | EARLIER
    assert ours(modules_loaded) == contract | STORAGE | INPUTS | TYPES
    # What only a running task asks is loaded by it.
    assert not [name for name in modules_loaded if name.startswith("event_recovery_provider.checks")]
    assert not {"regex", "orjson", "pyflink"} & modules_loaded


def test_settings_are_parsed_without_the_engine(tmp_path: Path) -> None:
    values = {"config": "e30=", **dict.fromkeys(("bucket", "inputdir", "output", "region", "role", "version"), "x")}
    code = f"from event_recovery_provider.planning.settings import parse; parse({values!r})"
    modules = loaded(code, home=tmp_path)
    known = SHARED | UNITS | FLINK | MARK | RATE | STORAGE | DOCUMENTS | APIKEYS | TIMES | TYPES
    assert ours(modules) == known - {"event_recovery.version"}
    assert not {"regex", "orjson", "pyflink"} & modules


def test_every_component_loads_the_plugin_without_a_web_framework(tmp_path: Path) -> None:
    """It has a view, but none with the setting off, and none on Airflow 3.0, which knows no views of plugins."""
    code = """
import importlib, os
from airflow.plugins_manager import AirflowPlugin
from event_recovery_provider import config, plugin

def seen():
    importlib.reload(config), importlib.reload(plugin)
    loaded = plugin.EventRecoveryPlugin()
    assert loaded.external_views or loaded.fastapi_apps == []
    return [view["destination"] for view in loaded.external_views]

assert seen() == ["dag_run"]
os.environ["AIRFLOW__EVENT_RECOVERY__TAB"] = "False"
assert seen() == []
os.environ["AIRFLOW__EVENT_RECOVERY__TAB"] = "True"
del AirflowPlugin.external_views
assert seen() == []
"""
    modules = loaded(code, home=tmp_path)
    assert not {"fastapi", "boto3", "event_recovery_provider._compat", "event_recovery_provider.tab.app"} & modules
    assert ours(modules) == set()
