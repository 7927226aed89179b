"""Is this config good? One answer for the command line, the job and the provider's preflight, in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from event_recovery.config.lint.lint import lint_config
from event_recovery.config.loader import RecoveryConfig, load_config
from event_recovery.config.portable import own_parts
from event_recovery.config.schema import validate_config
from event_recovery.documents.positions import JsonSyntaxError, Position, SourceMap, map_source, parse_json
from event_recovery.documents.problems import ConfigError, Problem, json_path
from event_recovery.iglu.resolver import SchemaLookup


@dataclass(frozen=True, slots=True)
class LocatedProblem:
    """A problem, and the line and column of the value that it is about."""

    position: Position
    problem: Problem

    def line(self, name: str) -> str:
        """Return it as compilers do: ``name:line:column: severity: message (JSON path)``."""
        problem = self.problem
        text = f"{name}:{self.position}: {problem.severity}: {problem.message} ({problem.path})"
        # Half of a surrogate pair, which the config may show, cannot be written to a log.
        return text.encode(errors="backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class ConfigReport:
    """What the check found.

    :param config: the compiled config, None when there are errors
    :param problems: errors and warnings, in the order of their places in the text
    """

    config: RecoveryConfig | None
    problems: tuple[LocatedProblem, ...] = ()

    @property
    def errors(self) -> tuple[LocatedProblem, ...]:
        """What keeps the config from being used."""
        return tuple(one for one in self.problems if one.problem.severity == "error")

    @property
    def warnings(self) -> tuple[LocatedProblem, ...]:
        """What its author most likely did not mean."""
        return tuple(one for one in self.problems if one.problem.severity == "warning")


def check_config(content: bytes, schemas: SchemaLookup | None, *, portable: bool = False) -> ConfigReport:
    """Check a config as it was written: its JSON, its schema, whether it compiles, and its traps.

    :param content: the text of the config
    :param schemas: where a schema is looked up that does not come with this package; without it such a config is
        refused
    :param portable: whether what the Scala job does not know is an error
    """
    try:
        document = parse_json(content)
        source_map = map_source(content)
    except JsonSyntaxError as error:
        return ConfigReport(None, (LocatedProblem(error.position, Problem("$", f"not JSON: {error.message}")),))
    problems = validate_config(document, schemas)
    config = None
    try:
        config = load_config(content)
    except ConfigError as error:
        # What the schema refuses it says in more detail.
        known = {problem.path for problem in problems}
        problems += [problem for problem in error.problems if problem.path not in known]
    lint = lint_config(document)
    if portable:
        unknown = [Problem(json_path(parts), message) for parts, message in own_parts(document)]
        problems += unknown
        # The lint may have warned of the same.
        told = {(problem.path, problem.message) for problem in unknown}
        lint = [problem for problem in lint if (problem.path, problem.message) not in told]
    if problems:
        config = None
    return ConfigReport(config, _located([*problems, *source_map.repeated_keys(), *lint], source_map))


def _located(problems: Iterable[Problem], source_map: SourceMap) -> tuple[LocatedProblem, ...]:
    located = (LocatedProblem(source_map.position(problem.path), problem) for problem in problems)
    return tuple(sorted(located, key=lambda one: one.position))
