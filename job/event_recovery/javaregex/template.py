r"""Java's replacement templates: ``$1``, ``${name}``, and ``\x`` for the character x itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from event_recovery.javaregex.errors import TemplateError

if TYPE_CHECKING:
    import regex

#: Literal text, or the number of a group.
Piece = str | int


class Groups(Protocol):
    """What a template has to know of a pattern: its groups."""

    @property
    def text(self) -> str:
        """The pattern as written."""

    @property
    def group_count(self) -> int:
        """Groups besides group 0."""

    @property
    def group_names(self) -> dict[str, int]:
        """Numbers of the groups that have a name."""

    @property
    def unsure_groups(self) -> frozenset[int]:
        """Groups whose text may not be asked for."""


@dataclass(frozen=True, slots=True)
class ReplacementTemplate:
    """A checked template.

    :param text: the template as written
    :param pieces: literal texts and group numbers in order, no two texts side by side
    """

    text: str
    pieces: tuple[Piece, ...]
    #: The replacement when it is the same for every match, None when it takes up groups.
    literal: str | None = field(init=False, repr=False, compare=False)
    #: Turns a match into its replacement, where a group that took no part adds nothing.
    expand: "Callable[[regex.Match[str]], str]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        has_groups = any(isinstance(piece, int) for piece in self.pieces)
        object.__setattr__(self, "literal", None if has_groups else "".join(map(str, self.pieces)))
        object.__setattr__(self, "expand", _expander(self.pieces))

    def __reduce__(self) -> tuple[Any, ...]:
        return ReplacementTemplate, (self.text, self.pieces)


def compile_template(text: str, pattern: Groups) -> ReplacementTemplate:
    """Check a template against the groups of the pattern it will be used with.

    :raises TemplateError: when Java would fail on it at the first match, or a group's text is not sure to be Java's
    """
    pieces = tuple(_pieces(text, pattern))
    for piece in pieces:
        if isinstance(piece, int) and piece in pattern.unsure_groups:
            reason = f"the text of group {piece} of {pattern.text!r} cannot be told exactly"
            raise TemplateError(text, reason, 0)
    return ReplacementTemplate(text, pieces)


def _expander(pieces: tuple[Piece, ...]) -> "Callable[[regex.Match[str]], str]":
    if not any(isinstance(piece, int) for piece in pieces):
        constant = "".join(map(str, pieces))
        return lambda match: constant
    if len(pieces) == 1 and isinstance(pieces[0], int):
        group = pieces[0]
        return lambda match: match[group] or ""
    return lambda match: "".join([piece if isinstance(piece, str) else match[piece] or "" for piece in pieces])


def _pieces(text: str, pattern: Groups) -> list[Piece]:
    pieces: list[Piece] = []
    literal = ""
    index = 0
    while index < len(text):
        char = text[index]
        if char == "$":
            group, index = _group(text, index + 1, pattern)
            if literal:
                pieces.append(literal)
                literal = ""
            pieces.append(group)
            continue
        if char == "\\":
            index += 1
            if index == len(text):
                raise TemplateError(text, "a backslash at the end escapes nothing", index - 1)
        literal += text[index]
        index += 1
    return [*pieces, literal] if literal else pieces


def _group(text: str, index: int, pattern: Groups) -> tuple[int, int]:
    """Read a group reference behind its ``$``, and return the group and the index behind the reference."""
    if text[index : index + 1] == "{":
        return _named_group(text, index + 1, pattern)
    start = index
    if not _is_digit(text, index):
        raise TemplateError(text, "'$' needs a group number or {name}; write \\$ for a dollar", index - 1)
    group = int(text[index])
    index += 1
    if group > pattern.group_count:
        raise TemplateError(text, f"there is no group {group} in {pattern.text!r}", start)
    while _is_digit(text, index) and group * 10 + int(text[index]) <= pattern.group_count:
        group = group * 10 + int(text[index])
        index += 1
    return group, index


def _named_group(text: str, start: int, pattern: Groups) -> tuple[int, int]:
    end = text.find("}", start)
    name = text[start:end]
    if end < 0 or not (name.isascii() and name.isalnum() and name[0].isalpha()):
        raise TemplateError(text, "a group is named as ${name}, ASCII letters and digits, a letter first", start - 2)
    if name not in pattern.group_names:
        raise TemplateError(text, f"there is no group {name!r} in {pattern.text!r}", start)
    return pattern.group_names[name], end + 1


def _is_digit(text: str, index: int) -> bool:
    return index < len(text) and text[index] in "0123456789"
