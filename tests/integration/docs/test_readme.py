"""The README and docs/ hold what they promise: each command is pasted as it stands, each link and name exists.

Commands run in a folder as `make demo` leaves it. The PATH there has `event-recovery` and `cat`, and stand-ins for the
programs whose work other tests show (`make demo`, an upload to AWS, an installation of this checkout, a trigger of a
running Airflow) or that only AWS can do; what a stand-in is called with is checked. Any other program is not found,
and fails the test.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from awscli.clidriver import create_clidriver
from click.testing import CliRunner
from demo.iglu import write_registry
from event_recovery.cli import main as event_recovery
from event_recovery.version import __version__
from event_recovery_provider.get_provider_info import get_provider_info
from event_recovery_provider.planning.settings import Settings
from generator import write_tree
from generator.configs import demo as demo_config
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from support.readme_blocks import REPOSITORY, Block, block_with, blocks

pytestmark = pytest.mark.integration

PAGES = ("README.md", *(path.relative_to(REPOSITORY).as_posix() for path in sorted(REPOSITORY.glob("docs/**/*.md"))))
#: Their links and commands are followed, as are those of CONTRIBUTING.md; their blocks are not run.
TESTS_PAGES = [path.relative_to(REPOSITORY).as_posix() for path in sorted(REPOSITORY.glob("tests/**/*.md"))]
ROWS = 300
POLICIES = sorted(REPOSITORY.glob("docs/iam/*.json"))
ALARMS = sorted(REPOSITORY.glob("docs/alarms/*.json"))
#: What a reader puts names of their own for, in the policies.
PLACEHOLDERS = {"ACCOUNT", "BUCKET", "IGLU_APIKEY", "INSTANCE_PROFILE_ROLE", "KEY", "REGION", "STREAM"}
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

GROUP = "schema-checkout-wrong-type-total-a74a5b"
#: What is printed by the blocks that have no block of output behind them.
PRINTED = {
    "event-recovery explore demo-output/input\n": (
        f"{ROWS} rows",
        "13 flows: about ",
        "OK: ",
        "recovered by",
        "out/good.txt",
    ),
    f"event-recovery explore sample/ --group {GROUP} --rows": ("checkout-total-is-a-number", "Would Enrich 6 take it?"),
    "event-recovery run config.json sample/": (f"{ROWS} rows", "wrote out/good.txt and out/bad.txt"),
}

# Tells what it was called with, an argument after each NUL and an empty one at the end.
_STAND_IN = '#!/bin/bash\nprintf "%s\\0" "${0##*/}" "$@" "" >>"$CALLS"\n'
_EVENT_RECOVERY = f'{_STAND_IN}[ "$1" = bundle ] || exec "{Path(sys.executable).with_name("event-recovery")}" "$@"\n'
_PROGRAMS = {"event-recovery": _EVENT_RECOVERY, **dict.fromkeys(("airflow", "aws", "make", "pip"), _STAND_IN)}


#: How Airflow is deployed: `test_deployments.py` checks these.
DEPLOYED = {"requirements", "dockerfile", "yaml"}


def make_has(*arguments: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--directory", REPOSITORY, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def pip_takes_this_checkout(command: str, *arguments: str) -> None:
    """The package is on no index: what is installed is the checkout, and what is built lands where the text says."""
    *options, requirement = arguments
    place, _, extra = requirement.removesuffix("]").partition("[")
    assert place == "."
    assert not extra or extra in PROJECT["optional-dependencies"]
    assert options == {"install": [], "wheel": ["--no-deps", "--wheel-dir", "dist"]}[command]


def aws_takes(*arguments: str) -> None:
    """AWS's command line checks names, arguments and documents by its models, and is stopped short of the call."""
    driver = create_clidriver()
    called = []

    def answer(**call: Any) -> tuple[SimpleNamespace, dict[str, Any]]:
        called.append(call["model"].name)
        return SimpleNamespace(status_code=200), {}

    driver.session.set_config_variable("region", "eu-west-1")  # that of the reader
    driver.session.register("before-call", answer)
    assert driver.main([*arguments]) == 0
    assert len(called) == 1


def the_command_line_takes(*arguments: str) -> None:
    command: click.Command = event_recovery
    rest = [*arguments]
    while isinstance(command, click.Group):
        _, found, rest = command.resolve_command(click.Context(command), rest)
        assert found is not None
        command = found
    command.make_context(command.name, rest)


def airflow_takes(*arguments: str) -> None:
    from airflow.cli.cli_parser import get_parser

    parsed = get_parser().parse_args(arguments)
    assert parsed.dag_id in {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    assert set(json.loads(parsed.conf)) <= set(Settings.__struct_fields__)


CALLED: dict[str, Callable[..., None]] = {
    "airflow": airflow_takes,
    "aws": aws_takes,
    "event-recovery": the_command_line_takes,
    "make": make_has,
    "pip": pip_takes_this_checkout,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the reader has it: after `make demo` or `make demo-rows`, with configs of the pages, and rows."""
    folder = tmp_path_factory.mktemp("reader")
    write_tree(folder / "demo-output/input", ROWS, seed=7, size=6000, nested=True)
    write_tree(folder / "sample", ROWS, seed=7, nested=True)
    (folder / "demo-output/config.json").write_text(json.dumps(demo_config()))
    write_registry(folder / "demo-output/iglu")
    for document in (*POLICIES, *ALARMS, *REPOSITORY.glob("docs/bucket/*.json")):
        shutil.copy(document, folder)
    (folder / "config.json").write_text(block_with('"checkout-total-is-a-number"').text)
    (folder / "decided.json").write_text(json.dumps(decided(folder)))
    (folder / f"event-recovery-bundle-{__version__}").mkdir()
    (folder / "bin").mkdir()
    for name, text in _PROGRAMS.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    cat = shutil.which("cat")
    assert cat is not None
    (folder / "bin/cat").symlink_to(cat)
    return folder


def decided(folder: Path) -> dict[str, Any]:
    """What is suggested, with the flows that the first recovery adds."""
    rows, resolver, config = folder / "demo-output/input", folder / "demo-output/resolver.json", folder / "mend.json"
    choice = ["--types", "schema_violations", "--resolver", str(resolver), "-o", str(config)]
    done = CliRunner().invoke(event_recovery, ["suggest", str(rows), *choice], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(config.read_text())
    [flows] = document["data"].values()
    flows += json.loads(block_with('"product-currency-in-cx"').text)
    return document


def paste(text: str, folder: Path) -> tuple[str, list[list[str]]]:
    """Run commands, and return what they print with what each program was called with."""
    calls = folder / "calls"
    calls.unlink(missing_ok=True)
    shell = shutil.which("bash")
    assert shell is not None
    env = {"PATH": str(folder / "bin"), "CALLS": str(calls), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [shell, "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**env, "PYTHONPATH": str(REPOSITORY / "job")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    told = calls.read_text().removesuffix("\0\0").split("\0\0") if calls.exists() else []
    return done.stdout, [call.split("\0") for call in told]


@pytest.mark.parametrize("block", [block for block in blocks() if not block.language], ids=str)
def test_a_block_of_commands_does_what_it_promises(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    printed, calls = paste(f"{block.text}\nexport -p >exported", folder)
    for program, *arguments in calls:
        CALLED[program](*arguments)
    exported = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST" in (folder / "exported").read_text()
    assert calls or exported or block.text.startswith("cat "), "a block of commands that none of the checks has seen"
    for start, texts in PRINTED.items():
        if block.text.startswith(start):
            assert [text for text in texts if text not in printed] == []


@pytest.mark.parametrize(
    "block", [block for block in blocks() if block.language == "text" and not block.is_example], ids=str
)
def test_a_block_of_output_is_what_the_commands_before_it_print(block: Block, folder: Path) -> None:
    before = [one for one in blocks() if one.page == block.page and one.line < block.line][-1]
    assert before.language == ""
    printed, _ = paste(before.text, folder)
    assert [line.rstrip() for line in printed.splitlines()] == block.text.splitlines()


@pytest.mark.parametrize(
    "block", [block for block in blocks() if block.language == "json" and not block.is_example], ids=str
)
def test_a_block_of_json_is_a_valid_recovery_config(block: Block, folder: Path) -> None:
    (folder / "block.json").write_text(block.text)
    printed, _ = paste("event-recovery validate block.json 2>&1", folder)
    assert printed.startswith("OK: ")
    assert "warning" not in printed


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {block.language for block in blocks()} == {"", "text", "json", "python", *DEPLOYED}
    assert [block.page for block in blocks() if block.language == "python"] == ["docs/telling.md"], "a test runs it"
    assert [start for start in PRINTED if not any(block.text.startswith(start) for block in blocks())] == []
    fences = sum((REPOSITORY / page).read_text().count("```") for page in PAGES)
    assert len(blocks()) == fences / 2


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", *TESTS_PAGES])
def test_commands_links_and_paths_in_the_text_are_there(page: str) -> None:
    text = (REPOSITORY / page).read_text()
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert ((REPOSITORY / page).parent / target).exists(), target
    for command in re.findall(r"`(make [^`]+)`", text):
        make_has(*shlex.split(command)[1:])
    for command in re.findall(r"`pip ([^`]+ [^`]+)`", text):
        pip_takes_this_checkout(*shlex.split(command))
    for name in re.findall(r"`(AIRFLOW__\w+)`", text):
        _, section, option = name.lower().split("__")
        assert option in get_provider_info()["config"][section]["options"], name
    for command in re.findall(r"`event-recovery ([^`]+)`", text):
        the_command_line_takes(*command.split())


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_grants_with_the_placeholders_that_the_page_names(path: Path) -> None:
    policy = path.read_text()
    statements = json.loads(policy)["Statement"]
    if "Principal" not in policy:
        IAMPolicyDocumentValidator(policy).validate()
    assert {one["Effect"] for one in statements} == {"Allow"}
    assert len({one.get("Sid") for one in statements}) == len(statements)
    assert set(re.findall(r"\b[A-Z][A-Z_]+\b", policy)) <= PLACEHOLDERS
    page = (REPOSITORY / "docs/iam/service-role.md").read_text()
    assert f"file://{path.name}" in page
    assert {name for name in PLACEHOLDERS if f"`{name}`" not in page} == set()


def test_caller_and_nodes_may_read_the_apikey_where_it_is_kept() -> None:
    for name in ("caller", "instance-profile"):
        statements = json.loads((REPOSITORY / f"docs/iam/{name}.json").read_text())["Statement"]
        (granted,) = [one for one in statements if one.get("Sid") == "ReadTheApikey"]
        assert granted["Action"] == ["secretsmanager:GetSecretValue", "ssm:GetParameter"]


def test_caller_and_nodes_may_use_the_keys_of_stream_bucket_and_logs() -> None:
    granted = {
        path.stem: {action for one in json.loads(path.read_text())["Statement"] for action in _list(one["Action"])}
        for path in POLICIES
    }
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= granted["caller"]
    assert {"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey"} <= granted["instance-profile"]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_bundle_of_dags_that_is_named_is_there() -> None:
    (name,) = re.findall(r'"(event_recovery_provider\.[\w.]+)"', block_with("DAG_BUNDLE_CONFIG_LIST").text)
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)


def test_the_table_of_params_has_every_setting_and_no_other() -> None:
    text = (REPOSITORY / "README.md").read_text()
    section = text[text.index("## Params") : text.index("## Write and try")]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(Settings.__struct_fields__)


def test_the_version_in_the_pages_is_this_one() -> None:
    for page in PAGES:
        text = (REPOSITORY / page).read_text()
        assert set(re.findall(r"bundles/(\d[\w.]*)|version,(\d[\w.]*),", text)) <= {
            (__version__, ""),
            ("", __version__),
        }
