"""What is installed on a node: commands from the start, applications once the bootstrap actions are through."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from localaws.emr.model import Params
from localaws.emr.node.paths import translate
from localaws.flink.home import CONNECTOR_JARS, find_distribution, java_options

_IMPORT_ROOT = Path(__file__).resolve().parents[3]
_SUDO = """#!/bin/sh
# Everything on a node runs as one user: sudo only has to step aside.
while [ $# -gt 0 ]; do
  case "$1" in
    -u | -g) shift 2 ;;
    -*) shift ;;
    *=*) export "$1"; shift ;;
    *) break ;;
  esac
done
exec "$@"
"""


def install_commands(root: Path, more: Path | None) -> None:
    """Put ``aws``, ``sudo``, Python and every file of the folder ``more`` on the node's PATH."""
    for command in more.iterdir() if more is not None else ():
        _link(command.resolve(), root / "usr/bin" / command.name)
    write_command(root, "sudo", _SUDO)
    write_command(root, "aws", f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    # Wrappers, because a link to a virtual environment's interpreter does not find the environment.
    for name in ("python3", f"python3.{sys.version_info.minor}"):
        write_command(root, name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


def install_applications(root: Path, names: Sequence[str], configurations: Sequence[Params]) -> None:
    """Install what the cluster asks for, with YARN imitated: its command always, Flink with its ``flink-conf``.

    :raises FileNotFoundError: when Flink is asked for and the PyFlink distribution is not installed here
    """
    write_command(root, "yarn", _launcher("localaws.emr.node.yarn"))
    if not any(name.lower() == "flink" for name in names):
        return
    distribution = find_distribution()
    install_flink(
        root, distribution, {"env.java.opts.all": java_options(distribution), **flink_settings(configurations)}
    )
    write_command(root, "flink", _launcher("localaws.emr.node.flink"))
    write_command(root, "flink-yarn-session", _launcher("localaws.emr.node.flink", "yarn-session"))


def install_flink(root: Path, distribution: Path, settings: Mapping[str, str]) -> None:
    """Lay out a distribution as EMR does, with these settings, in which a path of the node is one below its folder."""
    home = root / "usr/lib/flink"
    shutil.copytree(distribution / "bin", home / "bin")  # copies: its scripts follow links to find their home
    for folder in ("lib", "opt", "plugins"):
        shutil.copytree(distribution / folder, home / folder, copy_function=_link)
    for jar in CONNECTOR_JARS.glob("flink-s3-fs-*.jar"):  # which EMR has in opt, and pip's distribution has not
        _link(jar.resolve(), home / "opt" / jar.name)
    conf = root / "etc/flink/conf"
    shutil.copytree(distribution / "conf", conf)
    (conf / "config.yaml").unlink()  # EMR writes the older flat file, and Flink takes only one of them
    write_flink_conf(conf, {key: translate(value, root) for key, value in settings.items()})
    (home / "conf").symlink_to(conf)
    (root / "mnt/var/log/flink").mkdir()
    (home / "log").symlink_to(root / "mnt/var/log/flink")


def flink_settings(configurations: Sequence[Params]) -> dict[str, str]:
    """Return the properties of the ``flink-conf`` classification."""
    return {
        key: value
        for configuration in configurations
        if configuration.get("Classification") == "flink-conf"
        for key, value in configuration.get("Properties", {}).items()
    }


def write_flink_conf(folder: Path, settings: Mapping[str, str]) -> None:
    """Write EMR's flat ``flink-conf.yaml``."""
    (folder / "flink-conf.yaml").write_text("".join(f"{key}: {value}\n" for key, value in sorted(settings.items())))


def read_flink_conf(folder: Path) -> dict[str, str]:
    """Read what ``write_flink_conf`` wrote, and perhaps a bootstrap action or a step changed."""
    lines = (folder / "flink-conf.yaml").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def python_command(module: str) -> list[str]:
    """Return a command that runs a module's ``main``, without leaving its import path to what that starts."""
    return [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, '{_IMPORT_ROOT}'); from {module} import main; sys.exit(main(sys.argv[1:]))",
    ]


def _launcher(module: str, *args: str) -> str:
    return f'#!/bin/sh\nexec {shlex.join([*python_command(module), *args])} "$@"\n'


def write_command(root: Path, name: str, text: str) -> None:
    """Write a script to the node's ``/usr/bin``."""
    file = root / "usr/bin" / name
    file.write_text(text)
    file.chmod(0o755)


def _link(source: str | Path, target: str | Path) -> None:
    Path(target).symlink_to(source)
