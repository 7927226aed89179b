"""Recover Snowplow bad rows by a JSON recovery config."""

from event_recovery.problems import ConfigError, Problem
from event_recovery.recovery import Recovery, Result
from event_recovery.version import __version__

__all__ = ["ConfigError", "Problem", "Recovery", "Result", "__version__"]
