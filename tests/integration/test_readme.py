"""The README and docs/ hold what they promise: each command is pasted as it stands, each link and name exists.

Commands run in a folder as `make demo` leaves it. The PATH there has `event-recovery` and `cat`, and stand-ins for the
programs whose work other tests show (`make demo`, an upload to AWS, an installation from an index, a trigger of a
running Airflow); what a stand-in is called with is checked. Any other program is not found, and fails the test.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest
from event_recovery.cli import main as event_recovery
from event_recovery.version import __version__
from event_recovery_provider.settings import Settings
from generator import write_tree
from generator.configs import demo as demo_config
from readme_blocks import REPOSITORY, Block, block_with, blocks

pytestmark = pytest.mark.integration

PAGES = ("README.md", *(path.relative_to(REPOSITORY).as_posix() for path in sorted(REPOSITORY.glob("docs/**/*.md"))))
ROWS = 300
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

#: What is printed by the blocks that have no block of output behind them.
PRINTED = {
    "event-recovery validate demo-output/config.json": ("OK: ", "recovered by", f"{ROWS} rows", "out/good.txt"),
    "event-recovery run config.json sample/": (f"{ROWS} rows", "wrote out/good.txt and out/bad.txt"),
}

# Tells what it was called with, an argument after each NUL and an empty one at the end.
_STAND_IN = '#!/bin/bash\nprintf "%s\\0" "${0##*/}" "$@" "" >>"$CALLS"\n'
_EVENT_RECOVERY = f'{_STAND_IN}[ "$1" = bundle ] || exec "{Path(sys.executable).with_name("event-recovery")}" "$@"\n'
_PROGRAMS = {"event-recovery": _EVENT_RECOVERY, **dict.fromkeys(("airflow", "make", "pip"), _STAND_IN)}


def make_has(*arguments: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--directory", REPOSITORY, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def pip_installs_this(command: str, *requirements: str) -> None:
    assert command == "install"
    for requirement in requirements:
        name, _, extra = requirement.rstrip("]").partition("[")
        assert name == PROJECT["name"]
        assert not extra or extra in PROJECT["optional-dependencies"]


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
    "event-recovery": the_command_line_takes,
    "make": make_has,
    "pip": pip_installs_this,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the reader has it: after `make demo`, with the config of the page and a sample of rows."""
    folder = tmp_path_factory.mktemp("reader")
    write_tree(folder / "demo-output/input", ROWS, seed=7, nested=True)
    (folder / "demo-output/config.json").write_text(json.dumps(demo_config()))
    shutil.copytree(folder / "demo-output/input", folder / "sample")
    (folder / "config.json").write_text(block_with('"checkout-total-is-a-number"').text)
    (folder / f"event-recovery-bundle-{__version__}").mkdir()
    (folder / "bin").mkdir()
    for name, text in _PROGRAMS.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    cat = shutil.which("cat")
    assert cat is not None
    (folder / "bin/cat").symlink_to(cat)
    return folder


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
    assert calls or exported, "a block of commands that none of the checks has seen"
    for start, texts in PRINTED.items():
        if block.text.startswith(start):
            assert [text for text in texts if text not in printed] == []


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "text"], ids=str)
def test_a_block_of_output_is_what_the_commands_before_it_print(block: Block, folder: Path) -> None:
    before = [one for one in blocks() if one.page == block.page and one.line < block.line][-1]
    assert before.language == ""
    printed, _ = paste(before.text, folder)
    assert [line.rstrip() for line in printed.splitlines()] == block.text.splitlines()


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "json"], ids=str)
def test_a_block_of_json_is_a_valid_recovery_config_or_a_policy(block: Block, folder: Path) -> None:
    document = json.loads(block.text)
    if "Statement" in document:
        assert {one["Effect"] for one in document["Statement"]} == {"Allow"}
        return
    (folder / "block.json").write_text(block.text)
    printed, _ = paste("event-recovery validate block.json 2>&1", folder)
    assert printed.startswith("OK: ")
    assert "warning" not in printed


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {block.language for block in blocks()} == {"", "text", "json"}
    assert [start for start in PRINTED if not any(block.text.startswith(start) for block in blocks())] == []
    fences = sum((REPOSITORY / page).read_text().count("```") for page in PAGES)
    assert len(blocks()) == fences / 2


@pytest.mark.parametrize("page", PAGES)
def test_commands_links_and_paths_in_the_text_are_there(page: str) -> None:
    text = (REPOSITORY / page).read_text()
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert ((REPOSITORY / page).parent / target).exists(), target
    for command in re.findall(r"`(make [^`]+)`", text):
        make_has(*command.split()[1:])
    for requirement in re.findall(r"`pip install '([^`]+)'`", text):
        pip_installs_this("install", requirement)
    for command in re.findall(r"`event-recovery ([^`]+)`", text):
        the_command_line_takes(*command.split())


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
