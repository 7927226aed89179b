"""What is installed on a node: commands from the start, applications once the bootstrap actions are through."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from localaws.emr.model import Params

_IMPORT_ROOT = Path(__file__).resolve().parents[2]
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
# Java 17 opens its packages to Flink only where told to, as the configuration Flink comes with does.
_ADD_OPENS = " ".join(
    [
        *(
            f"--add-exports=java.{module}=ALL-UNNAMED"
            for module in (
                "base/sun.net.util",
                "management/sun.management",
                "rmi/sun.rmi.registry",
                "security.jgss/sun.security.krb5",
            )
        ),
        *(
            f"--add-opens=java.base/{package}=ALL-UNNAMED"
            for package in (
                "java.lang",
                "java.net",
                "java.io",
                "java.nio",
                "sun.nio.ch",
                "java.lang.reflect",
                "java.text",
                "java.time",
                "java.util",
                "java.util.concurrent",
                "java.util.concurrent.atomic",
                "java.util.concurrent.locks",
            )
        ),
    ]
)


def install_commands(root: Path) -> None:
    """Put `aws`, `sudo` and Python on the node's PATH."""
    _write_command(root, "sudo", _SUDO)
    _write_command(root, "aws", f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    # Wrappers, because a link to a virtual environment's interpreter does not find the environment.
    for name in ("python3", f"python3.{sys.version_info.minor}"):
        _write_command(root, name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


def install_applications(
    root: Path, names: Sequence[str], configurations: Sequence[Params], translate: Callable[[str], str]
) -> None:
    """Install what the cluster asks for: YARN's command always, Flink with its `flink-conf` classification.

    Raises FileNotFoundError when Flink is asked for and the PyFlink distribution is not installed here.
    """
    _write_command(root, "yarn", _launcher("localaws.emr.node_yarn"))
    if not any(name.lower() == "flink" for name in names):
        return
    home = root / "usr/lib/flink"
    distribution = _flink_distribution()
    shutil.copytree(distribution / "bin", home / "bin")  # copies: its scripts follow links to find their home
    for folder in ("lib", "opt", "plugins"):
        shutil.copytree(distribution / folder, home / folder, copy_function=_link)
    conf = root / "etc/flink/conf"
    shutil.copytree(distribution / "conf", conf)
    (conf / "config.yaml").unlink(missing_ok=True)  # EMR writes the older flat file, and Flink takes only one of them
    settings = {"env.java.opts.all": _ADD_OPENS, **flink_settings(configurations)}
    (conf / "flink-conf.yaml").write_text(
        "".join(f"{key}: {translate(value)}\n" for key, value in sorted(settings.items()))
    )
    (home / "conf").symlink_to(conf)
    (root / "mnt/var/log/flink").mkdir()
    (home / "log").symlink_to(root / "mnt/var/log/flink")
    _write_command(root, "flink", _launcher("localaws.emr.node_flink"))
    _write_command(root, "flink-yarn-session", _launcher("localaws.emr.node_flink", "yarn-session"))


def flink_settings(configurations: Sequence[Params]) -> dict[str, str]:
    """Return the properties of the `flink-conf` classification."""
    return {
        key: value
        for configuration in configurations
        if configuration.get("Classification") == "flink-conf"
        for key, value in configuration.get("Properties", {}).items()
    }


def _flink_distribution() -> Path:
    spec = importlib.util.find_spec("pyflink")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the cluster asks for Flink, but the PyFlink distribution (apache-flink) is not here")
    return Path(spec.origin).parent


def _launcher(module: str, *args: str) -> str:
    """Return a command that runs a module of the fabric, without leaving its import path to what that starts."""
    words = " ".join(f'"{arg}"' for arg in args)
    code = f"import sys; sys.path.insert(0, '{_IMPORT_ROOT}'); from {module} import main; sys.exit(main(sys.argv[1:]))"
    return f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" {words} "$@"\n'


def _write_command(root: Path, name: str, text: str) -> None:
    file = root / "usr/bin" / name
    file.write_text(text)
    file.chmod(0o755)


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)
