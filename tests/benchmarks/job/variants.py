"""What is compared: an engine, a checkout, settings of Flink and options of the job, in a word each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class VariantError(ValueError):
    """A variant that is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run the job.

    :param name: what it was called on the command line
    :param checkout: of the product
    :param compiled: whether its engine is
    :param java: whether the yardstick runs instead of the job: the same lines to the stream, in Java alone
    :param in_place: whether ``event-recovery replay`` runs instead of the job
    :param settings: of Flink, on top of those of the bundle
    :param options: more words of the job's command line, which win over those before
    """

    name: str
    checkout: Path
    compiled: bool = True
    java: bool = False
    in_place: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def parse_variant(text: str, *, own: Path) -> Variant:
    """Read a variant, words with commas between them; what no word says is the compiled engine of this checkout.

    ``compiled``, ``plain`` and ``java`` say what runs, ``in_place`` that no Flink does, ``KEY=VALUE`` is a setting of
    Flink, ``--NAME=VALUE`` an option of the job, and any other word the folder of a checkout.

    :param own: this checkout
    :raises VariantError: when a word is none of these
    """
    words = text.split(",")
    settings: dict[str, str] = {}
    options: list[str] = []
    kinds: list[str] = []
    checkouts: list[Path] = []
    in_place = "in_place" in words
    for word in words:
        if word == "in_place":
            continue
        if word in ("compiled", "plain", "java"):
            kinds.append(word)
        elif word.startswith("--"):
            options.append(word)
        elif "=" in word:
            key, _, value = word.partition("=")
            settings[key] = value
        elif word and (Path(word) / "job" / "event_recovery").is_dir():
            checkouts.append(Path(word).resolve())
        else:
            raise VariantError(f"{text}: {word!r} is no engine, setting, option or folder of a checkout")
    if len(kinds) > 1 or len(checkouts) > 1:
        raise VariantError(
            f"{text}: expected one engine and one checkout, not {', '.join([*kinds, *map(str, checkouts)])}"
        )
    if in_place and (settings or "java" in kinds):
        raise VariantError(f"{text}: in_place is without Flink, expected none of its settings, and not java")
    return Variant(
        name=text,
        checkout=checkouts[0] if checkouts else own,
        compiled="plain" not in kinds,
        java="java" in kinds,
        in_place=in_place,
        settings=settings,
        options=tuple(options),
    )
