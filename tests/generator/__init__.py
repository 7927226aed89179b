"""Realistic bad rows of all twelve types, the same for the same seed: input for tests, the demo and load.

``rows`` yields lines, ``write_tree`` writes files as Snowplow's partitioned bad rows bucket lays them out.
"""

from __future__ import annotations

from generator.badrows import DEFAULT_MIX, RECOVERABLE_MIX
from generator.stream import rows
from generator.tree import Manifest, write_tree

__all__ = ["DEFAULT_MIX", "RECOVERABLE_MIX", "Manifest", "rows", "write_tree"]
