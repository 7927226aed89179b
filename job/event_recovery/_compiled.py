"""Whether the engine runs as machine code: this module is compiled where the others are."""

from __future__ import annotations

from typing import Final

#: Whether this module, and so the engine, is compiled.
COMPILED: Final = not __file__.endswith(".py")
#: How the engine runs, in words.
ENGINE: Final = "compiled" if COMPILED else "in plain Python"
