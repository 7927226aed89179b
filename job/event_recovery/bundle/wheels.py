"""Wheels written by hand where no build tool makes them: the job's own, and portable ones from compiled ones.

A wheel is a zip file with a list of its content, so this needs neither network nor compiler; and the same content
always gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Final

import event_recovery
from event_recovery.version import __version__

#: The name of the distribution on package indexes.
DISTRIBUTION: Final = "airflow-provider-event-recovery"
#: The tag of a wheel that runs anywhere.
PORTABLE_TAG: Final = "py3-none-any"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_COMPILED = (".so", ".pyd")


def job_wheel(folder: Path) -> Path:
    """Write a wheel of the installed ``event_recovery`` package: engine and job, without the Airflow provider.

    It is packed from the files that are imported here, so that what ran the preflight is what runs on the cluster,
    whether it was installed by pip or is a checkout.
    """
    package = Path(event_recovery.__file__).parent
    content = {
        f"{package.name}/{path.relative_to(package).as_posix()}": path.read_bytes() for path in package_files(package)
    }
    stem = f"{DISTRIBUTION.replace('-', '_')}-{__version__}"
    info = {
        "METADATA": (
            f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: {__version__}\n"
            "Summary: The event recovery job, without its Airflow provider\nRequires-Python: >=3.11\n"
        ),
        "WHEEL": _wheel_file(PORTABLE_TAG),
        "entry_points.txt": "[console_scripts]\nevent-recovery = event_recovery.cli:main\n",
    }
    content |= {f"{stem}.dist-info/{name}": text.encode() for name, text in info.items()}
    return _write(folder / f"{stem}-{PORTABLE_TAG}.whl", content)


def compiled_suffix(architecture: str) -> str:
    """Return how the name of a module ends that is compiled for nodes with this processor, and their Python."""
    return f".cpython-311-{architecture}-linux-gnu.so"


def engine_is_compiled(architecture: str) -> bool:
    """Tell whether the installed engine has modules compiled for nodes with this processor."""
    return any(Path(event_recovery.__file__).parent.rglob(f"*{compiled_suffix(architecture)}"))


def package_files(package: Path) -> list[Path]:
    """Return the files of a package, without what Python, editors and linters put beside them."""
    return sorted(
        path
        for path in package.rglob("*")
        if path.is_file() and not any(_is_litter(part) for part in path.relative_to(package).parts)
    )


def portable(wheel: Path, folder: Path) -> Path:
    """Write a wheel that runs anywhere from one whose compiled modules all have twins in Python.

    Of what is in a bundle these are apache-flink (its coders) and crcmod. A wheel without compiled modules keeps its
    tag, and only loses the time when it was built.
    """
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        # PyFlink starts its workers by a shell script, which pip makes executable if the wheel says so.
        programs = {entry.filename for entry in archive.infolist() if entry.external_attr >> 16 & 0o111}
    kept = {name: data for name, data in content.items() if not name.endswith((*_COMPILED, ".dist-info/RECORD"))}
    name, version, *_ = wheel.stem.split("-")
    tag = "-".join(wheel.stem.split("-")[-3:])
    if any(name.endswith(_COMPILED) for name in content):
        tag = PORTABLE_TAG
        kept[_info(kept, "WHEEL")] = _wheel_file(tag).encode()
    return _write(folder / f"{name}-{version}-{tag}.whl", kept, programs)


def wheel_version(file_name: str) -> tuple[str, str]:
    """Name and version of the distribution in a wheel, from its file name."""
    name, version, *_ = file_name.split("-")
    return name, version


def _write(path: Path, content: Mapping[str, bytes], programs: Container[str] = ()) -> Path:
    record = _info(content, "RECORD")
    rows = [f"{name},{_digest(data)},{len(data)}" for name, data in sorted(content.items())]
    listed = {**content, record: "".join(f"{row}\n" for row in (*rows, f"{record},,")).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(listed, key=lambda name: (".dist-info/" in name, name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, listed[name])
    return path


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _info(names: Iterable[str], file: str) -> str:
    """Return the path of a file in the one ``.dist-info`` folder."""
    folder = next(name.split("/")[0] for name in names if name.split("/")[0].endswith(".dist-info"))
    return f"{folder}/{file}"


def _wheel_file(tag: str) -> str:
    return f"Wheel-Version: 1.0\nGenerator: event-recovery\nRoot-Is-Purelib: true\nTag: {tag}\n"


def _is_litter(part: str) -> bool:
    return part == "__pycache__" or part.startswith(".") or part.endswith((".pyc", ".orig", "~", "ruff.toml"))
