"""Recover Snowplow bad rows by a JSON recovery config.

The names below are loaded when they are first used: whoever imports ``event_recovery.contract`` alone, as a DAG file
does, does not load the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from event_recovery.documents.problems import ConfigError, Problem
    from event_recovery.engine.recovery import Recovery
    from event_recovery.engine.result import Limits, Result
    from event_recovery.version import __version__

__all__ = ["ConfigError", "Limits", "Problem", "Recovery", "Result", "__version__"]

_HOMES = {
    "ConfigError": "documents.problems",
    "Limits": "engine.result",
    "Problem": "documents.problems",
    "Recovery": "engine.recovery",
    "Result": "engine.result",
    "__version__": "version",
}


def __getattr__(name: str) -> Any:
    """Load a public name and keep it, so that it is looked up here once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
