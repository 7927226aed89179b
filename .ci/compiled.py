"""Compile the engine: the modules that every row passes through become machine code, through mypyc and Zig's compiler.

    compiled.py engine FOLDER [ARCHITECTURE ...]   copies of the package, in folders to put on PYTHONPATH
    compiled.py wheel FOLDER [ARCHITECTURE ...]    a wheel of the whole distribution

The Python sources stay beside what is compiled, and whoever has another processor, system or Python runs them: Python
takes a compiled module only where the ending of its name fits. So one wheel serves all.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from event_recovery.bundle import ARCHITECTURES
from event_recovery.bundle.wheels import compiled_suffix, package_files

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "event_recovery"
ENGINES = ROOT / ".cache" / "compiled"
# Newer than what EMR 7 has would not load there.
GLIBC = "2.28"

# Left as they are: what needs its class attributes or annotations while it runs (errors, types, structs), what may
# nest as deep as a row does (jsonexact), and what no row passes through. Python counts how deep its own calls go,
# machine code does not. So of the checks of a schema those are compiled that call each other only through a function
# that is left (dialect.by_type, dialect.compiling), or a level further down in the data, which has 400 at most.
MODULES = (
    "_compiled",
    "badrows.decoders",
    "badrows.event_ids",
    "badrows.form_encoding",
    "badrows.format_violation",
    "badrows.querystring",
    "badrows.sections",
    "badrows.serialise",
    "engine.fast",
    "engine.fast_edits",
    "engine.fast_fields",
    "engine.fast_pairs",
    "engine.fast_plan",
    "engine.held",
    "engine.recovery",
    "engine.result",
    "flows.codecs",
    "flows.conditions",
    "flows.edits",
    "flows.inplace",
    "flows.operations",
    "flows.own_steps",
    "flows.path",
    "flows.steps",
    "flows.walk",
    "iglu.uris",
    "javaregex.pattern",
    "text.base64text",
    "text.fixed_forms",
    "text.javatext",
    "text.javauri",
    "text.jsontext",
    "text.numbers",
    "text.thrift",
    "text.timestamps",
    "verify.adapters",
    "verify.collector",
    "verify.converters",
    "verify.dialect.combining",
    "verify.dialect.formats",
    "verify.dialect.keywords",
    "verify.events",
    "verify.jsonreading",
    "verify.lengths",
    "verify.lenient_base64",
    "verify.page_uris",
    "verify.pairs",
    "verify.parameters",
    "verify.schemas",
    "verify.self_describing",
    "verify.tracker",
    "verify.verdicts",
    "verify.verifier",
)

_SETUP = f"""
from mypyc.build import mypycify
from setuptools import setup

sources = {[f"{PACKAGE}/{module.replace('.', '/')}.py" for module in MODULES]}
options = ["--strict", "--follow-imports=silent"]
modules = mypycify(options + sources, debug_level="0", group_name="{PACKAGE}.compiled")
setup(name="engine", packages=[], ext_modules=modules)
"""


def main(what: str, folder: str, *architectures: str) -> None:
    """Run one of the two commands."""
    if what == "engine":
        build_engines(Path(folder), architectures or (platform.machine(),))
    elif what == "wheel":
        build_wheel(Path(folder), architectures or ARCHITECTURES)
    else:
        raise SystemExit(f"compiled.py: expected engine or wheel, got {what!r}")


def build_engines(folder: Path, architectures: tuple[str, ...]) -> None:
    """Make `FOLDER/ARCHITECTURE/event_recovery`, each unless it was made from the same sources."""
    made_from = fingerprint()
    for architecture in architectures:
        target = folder.absolute() / architecture
        stamp = target / ".made-from"
        if not stamp.is_file() or stamp.read_text() != made_from:
            sys.stdout.write(f"compiled.py: compiling {len(MODULES)} modules for {architecture}\n")
            sys.stdout.flush()
            shutil.rmtree(target, ignore_errors=True)
            copy(ROOT / "job" / PACKAGE, target / PACKAGE)
            compile_in(target, architecture)
            stamp.write_text(made_from)


def fingerprint() -> str:
    """Tell apart what a compiled package is made from."""
    made_by = (Path(__file__), ROOT / ".ci" / "constraints.txt")
    files = (*made_by, *package_files(ROOT / "job" / PACKAGE))
    return "\n".join(f"{path.relative_to(ROOT)} {sha256(path.read_bytes()).hexdigest()}" for path in files)


def compile_in(folder: Path, architecture: str) -> None:
    """Put compiled modules beside the sources of the package in a folder."""
    with TemporaryDirectory() as text:
        work = Path(text)
        copy(folder / PACKAGE, work / PACKAGE)
        (work / "setup.py").write_text(_SETUP)
        zig = f"{sys.executable} -m ziglang cc -target {architecture}-linux-gnu.{GLIBC}"
        env = {
            "CC": f"{zig} -isystem {headers(work)}",
            # Calls of each other and of Python go to where they lead at once, and not by a table of jumps.
            "CFLAGS": "-fvisibility=hidden -fno-plt -fomit-frame-pointer",
            "LDSHARED": f"{zig} -shared -s",
            "SETUPTOOLS_EXT_SUFFIX": compiled_suffix(architecture),
        }
        run(sys.executable, "setup.py", "--quiet", "build_ext", "--inplace", cwd=work, env=env)
        copy_compiled(work / PACKAGE, folder / PACKAGE)


def copy_compiled(source: Path, target: Path) -> None:
    """Put the compiled modules of one copy of the package into the same folders of another."""
    for compiled in source.rglob("*.so"):
        shutil.copy(compiled, target / compiled.relative_to(source))


def headers(work: Path) -> Path:
    """Make a folder where both architectures find Python's configuration, which Debian has in a folder for one."""
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").is_file():
        raise SystemExit(f"compiled.py: there is no Python.h in {include}; install libpython3.11-dev")
    own = include.parent / (sysconfig.get_config_var("MULTIARCH") or "") / include.name / "pyconfig.h"
    for architecture in ARCHITECTURES:
        place = work / "include" / f"{architecture}-linux-gnu" / include.name
        place.mkdir(parents=True)
        shutil.copy(own if own.is_file() else include / "pyconfig.h", place)
    return work / "include"


def build_wheel(folder: Path, architectures: tuple[str, ...]) -> None:
    """Build the distribution's wheel from a copy of the checkout, with compiled modules in it."""
    build_engines(ENGINES, architectures)
    with TemporaryDirectory() as text:
        work = Path(text)
        for name in ("job", "provider", "dags"):
            copy(ROOT / name, work / name)
        for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
            shutil.copy(ROOT / name, work)
        for architecture in architectures:
            copy_compiled(ENGINES / architecture / PACKAGE, work / "job" / PACKAGE)
        uv = str(Path(sys.executable).parent / "uv")
        constraints = str(ROOT / ".ci" / "constraints.txt")
        out = str(folder.absolute())
        run(uv, "build", "--quiet", "--wheel", "--build-constraint", constraints, "--out-dir", out, cwd=work)


def copy(source: Path, target: Path) -> None:
    """Copy a folder without what is made from it."""
    made = shutil.ignore_patterns("__pycache__", "*.pyc", "lib")
    shutil.copytree(source, target, ignore=made, symlinks=True)


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> None:
    """Run a command, and show what it printed if it fails."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed with code {done.returncode}:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
