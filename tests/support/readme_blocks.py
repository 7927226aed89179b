"""The fenced blocks of the README and of the pages below docs/, as a reader copies them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)

# A step and what it does; flows of a config; what failed in a row, and what is sent for it.
_EXAMPLES = ('[\n  {\n    "name"', '{"op"', "before ", '{\n  "failure"', '{\n  "sent"', '{\n  "path"')


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its page, the number of its first line, and its language, which is empty for commands."""

    page: str
    line: int
    language: str
    text: str

    @property
    def is_example(self) -> bool:
        """Tell whether it is a part of a row or a config: such have tests of their own, by their pages."""
        return self.text.startswith(_EXAMPLES)

    def __str__(self) -> str:
        """Return where it stands, as an editor opens it."""
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Return every block of every page."""
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
    return [block for page in pages for block in _of_page(page)]


def block_with(text: str) -> Block:
    """Return the first block that has the text in it; LookupError when there is none."""
    found = next((block for block in blocks() if text in block.text), None)
    if found is None:
        raise LookupError(f"no block of the README or of docs/ has {text!r}")
    return found


def _of_page(page: Path) -> list[Block]:
    text = page.read_text()
    name = page.relative_to(REPOSITORY).as_posix()
    return [
        Block(name, text.count("\n", 0, one.start("text")) + 1, one["language"], textwrap.dedent(one["text"]))
        for one in _FENCE.finditer(text)
    ]
