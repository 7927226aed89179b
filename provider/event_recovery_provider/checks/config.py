"""Whether the job would take the config and the resolver of a run: the same check as the job's own. And Enrich's."""

from __future__ import annotations

from collections.abc import Sequence


def check_enrich(version: str) -> list[str]:
    """Check that there is such a version of Enrich, and that it can be predicted; return what is wrong, a line each."""
    from event_recovery.verify.generations import Generation

    try:
        Generation.parse(version)
    except ValueError as error:
        return [f"enrich: {error}"]
    return []


def check_documents(config: bytes, resolver: bytes | None) -> tuple[list[str], Sequence[str]]:
    """Check a recovery config, with its schema from the registries of an Iglu resolver config if need be.

    A schema that comes with this package, as almost all configs name, is looked up nowhere.

    :param resolver: None when it could not be read
    :return: what keeps the job from beginning, and what is suspicious, a line each
    """
    # Loaded here, since no DAG file is to load the engine.
    from event_recovery import ConfigError
    from event_recovery.config.check import check_config
    from event_recovery.iglu.resolver_config import load_resolver

    problems: list[str] = []
    schemas = None
    if resolver is not None:
        try:
            schemas = load_resolver(resolver, what="resolver")
        except ConfigError as error:
            problems += [f"resolver: {problem}" for problem in error.problems]
    report = check_config(config, schemas)
    return [*problems, *(one.line("config") for one in report.errors)], [one.line("config") for one in report.warnings]
