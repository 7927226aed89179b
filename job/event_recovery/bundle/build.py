"""Make a bundle, and put it where clusters find it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from event_recovery.bundle.jars import KINESIS, S3, Coordinates, copy_jars, fetch_jars
from event_recovery.bundle.manifest import (
    ANY,
    ARCHITECTURES,
    MANIFEST,
    NEEDED,
    BundleError,
    BundleFile,
    Manifest,
    check_manifest,
    checksums,
)
from event_recovery.bundle.stores import BundleStore, LocalStore, S3Store, load_manifest, sha256_of
from event_recovery.bundle.wheelhouse import Pins, Say, cluster_pins, make_wheelhouse
from event_recovery.contract.flink import FLINK_CONF
from event_recovery.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What goes into a bundle."""

    architectures: tuple[str, ...] = ARCHITECTURES
    jars: tuple[Coordinates, ...] = (Coordinates.parse(KINESIS), Coordinates.parse(S3))
    #: A directory that has the jars; Maven fetches them without it.
    jars_from: Path | None = None
    #: Python packages beside the job; all that a cluster needs without it.
    pins: Pins | None = None


def build(folder: Path, recipe: Recipe, *, say: Say = lambda _: None) -> Manifest:
    """Make a bundle in a directory, in place of any bundle there was.

    The same recipe gives the same bytes. What was there before stays until the new bundle is complete.

    :raises BundleError: when the directory holds something else, or a part cannot be provided
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} is not empty and is not a bundle: name another directory")
    pins = recipe.pins or cluster_pins()
    work = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        for name in NEEDED:
            (work / name).write_bytes(own_file(name))
            (work / name).chmod(0o755 if name.endswith(".sh") else 0o644)
        say(f"{len(recipe.jars)} jars from {recipe.jars_from or 'Maven'}")
        if recipe.jars_from is not None:
            copy_jars(recipe.jars, source=recipe.jars_from, folder=work / "jars")
        else:
            fetch_jars(recipe.jars, folder=work / "jars")
        make_wheelhouse(work / "wheels", pins=pins, architectures=recipe.architectures, say=say)
        manifest = write_manifest(work, recipe, flink=pins.flink)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)
    return manifest


def write_manifest(folder: Path, recipe: Recipe, *, flink: str) -> Manifest:
    """Write the lists of checksums, and the manifest over all there is in a directory."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = [_entry(folder, path) for path in paths]
    for arch in recipe.architectures:
        lines = [f"{file.sha256}  {file.path}\n" for file in entries if file.arch in (ANY, arch)]
        (folder / checksums(arch)).write_text("".join(lines))
    entries += [_entry(folder, folder / checksums(arch)) for arch in recipe.architectures]
    manifest = Manifest(
        version=__version__,
        flink=flink,
        architectures=tuple(recipe.architectures),
        jars=tuple(map(str, recipe.jars)),
        files=tuple(sorted(entries)),
    )
    (folder / MANIFEST).write_text(manifest.to_json())
    return manifest


def verify(place: BundleStore, *, version: str = __version__) -> list[str]:
    """Compare a whole bundle with its manifest, and list the differences.

    :raises BundleError: when it has no manifest
    """
    manifest = load_manifest(place)
    stored = {file.path: place.stored(file.path) for file in manifest.files}
    return check_manifest(manifest, version=version, stored=stored)


def upload(folder: Path, target: S3Store, *, say: Say = lambda _: None) -> Sequence[str]:
    """Put into S3 what is not there yet, the manifest last, and return the paths that were written.

    :raises BundleError: when the directory is not the bundle that its manifest describes
    """
    source = LocalStore(folder)
    if problems := verify(source):
        raise BundleError("\n".join(problems))
    manifest = load_manifest(source)
    # Whoever finds the new manifest finds all that it names.
    own = BundleFile(MANIFEST, (folder / MANIFEST).stat().st_size, sha256_of(folder / MANIFEST))
    written = []
    for file in (*manifest.files, own):
        known = target.known(file.path)
        if known is None or (known.size, known.sha256) != (file.size, file.sha256):
            say(file.path)
            target.put(file.path, folder / file.path, file.sha256)
            written.append(file.path)
    return written


def total_size(entries: Iterable[BundleFile]) -> int:
    """Return the bytes of all files together."""
    return sum(file.size for file in entries)


def own_file(name: str) -> bytes:
    """Return one of the files that every bundle has, by its name in ``manifest.NEEDED``."""
    if name == FLINK_CONF.name:
        return FLINK_CONF.read_bytes()
    return (files("event_recovery.bundle") / "files" / name).read_bytes()


def _entry(folder: Path, path: Path) -> BundleFile:
    parts = path.relative_to(folder).parts
    arch = parts[1] if parts[0] == "wheels" else ANY
    return BundleFile("/".join(parts), path.stat().st_size, sha256_of(path), arch)
