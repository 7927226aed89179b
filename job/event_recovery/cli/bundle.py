"""``event-recovery bundle``: the folder that clusters boot from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from event_recovery.bundle import ARCHITECTURES, BundleError
from event_recovery.bundle.build import Recipe, build, total_size, upload, verify
from event_recovery.bundle.jars import KINESIS, S3, Coordinates
from event_recovery.bundle.stores import S3Store, load_manifest, open_store
from event_recovery.bundle.wheels import engine_is_compiled
from event_recovery.cli.console import INVALID, UNUSABLE, err, out, stop
from event_recovery.version import __version__

_FOLDER = f"event-recovery-bundle-{__version__}"


@click.group()
def bundle() -> None:
    """Make, upload and check what a cluster needs: wheels, jars, scripts and settings."""


@bundle.command("build")
@click.option(
    "-o",
    "--output",
    default=_FOLDER,
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for the bundle; it replaces a bundle that is there.",
)
@click.option(
    "--arch",
    "architectures",
    multiple=True,
    default=ARCHITECTURES,
    show_default=True,
    type=click.Choice(ARCHITECTURES),
    help="Processors of the nodes; aarch64 is Graviton.",
)
@click.option(
    "--jars",
    "jars_from",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory that has the jars; without it Maven (mvn) fetches them.",
)
@click.option("--connector", default=KINESIS, show_default=True, help="Maven coordinates of the Kinesis connector.")
def build_command(output: Path, architectures: tuple[str, ...], jars_from: Path | None, connector: str) -> None:
    """Build the bundle of this version.

    Wheels come through pip, with its settings and its cache, and jars through Maven, so that a company's own mirrors
    are used where they are set up. The same version always gives the same bundle.
    """
    with _refusals():
        jars = (Coordinates.parse(connector), Coordinates.parse(S3))
        recipe = Recipe(architectures=tuple(dict.fromkeys(architectures)), jars=jars, jars_from=jars_from)
        manifest = build(output, recipe, say=_say)
    size = total_size(manifest.files)
    out.print(
        f"wrote {output}: version {manifest.version}, {len(manifest.files)} files, {size / 1e6:,.0f} MB, "
        f"Flink {manifest.flink}, {' and '.join(manifest.architectures)}",
        highlight=False,
    )
    plain = [architecture for architecture in manifest.architectures if not engine_is_compiled(architecture)]
    if plain:
        err.print(
            f"note: the engine is plain Python for {' and '.join(plain)}; in the wheel that `make wheel` builds in a "
            "checkout it is compiled, and twice as fast",
            highlight=False,
        )
    if "aarch64" in manifest.architectures:
        err.print(
            "note: apache-flink has no wheel for aarch64; its coders run there as plain Python",
            highlight=False,
        )


@bundle.command("upload")
@click.argument("uri", metavar="S3-URI")
@click.argument(
    "folder", default=_FOLDER, metavar="[DIRECTORY]", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def upload_command(uri: str, folder: Path) -> None:
    """Put a bundle into S3; only what changed is sent.

    S3-URI is the place of the bundle itself. DAG runs look for it at s3://BUCKET/BASE/bundles/VERSION.
    """
    with _refusals():
        target = open_store(uri)
        if not isinstance(target, S3Store):
            raise BundleError(f"{uri} is not an s3:// URI")
        written = upload(folder, target, say=_say)
        count = len(load_manifest(target).files) + 1
    out.print(f"{target.name}: {len(written)} of {count} files written, the others were there", highlight=False)


@bundle.command("verify")
@click.argument("place", metavar="DIRECTORY|S3-URI", default=_FOLDER)
def verify_command(place: str) -> None:
    """Compare a bundle with its manifest, and with this version."""
    with _refusals():
        opened = open_store(place)
        problems = verify(opened)
        manifest = load_manifest(opened)
    if problems:
        for problem in problems:
            err.print(f"[bold red]error:[/] {problem}", highlight=False)
        stop(f"{opened.name} is not a bundle of version {__version__} as it was built", INVALID)
    out.print(
        f"[bold green]OK[/]: {opened.name}, version {manifest.version}, {len(manifest.files)} files, "
        f"{total_size(manifest.files) / 1e6:,.0f} MB",
        highlight=False,
    )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BundleError as error:
        stop(str(error), UNUSABLE)


def _say(text: str) -> None:
    err.print(f"[dim]{text}[/]", highlight=False)
