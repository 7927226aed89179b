"""The small parts of the pattern grammar: quantifiers, the letters of flag groups, group names."""

from event_recovery.javaregex.reader import Flags, Reader
from event_recovery.javaregex.syntax import Greed

_MAX_REPEAT = 0x7FFFFFFF
_DIGITS = frozenset("0123456789")

_FLAG_LETTERS = {
    "i": Flags.IGNORE_CASE,
    "m": Flags.MULTILINE,
    "s": Flags.DOTALL,
    "d": Flags.UNIX_LINES,
    "u": Flags.UNICODE_CASE,
    "x": Flags.COMMENTS,
    "U": Flags.UNICODE_CLASSES | Flags.UNICODE_CASE,
}


def read_flags(reader: Reader) -> None:
    """Read the letters of ``(?...)`` and switch the reader's flags."""
    off = False
    while (letter := reader.peek()) in _FLAG_LETTERS or letter in ("c", "-"):
        if letter == "c":
            raise reader.error("canonical equivalence (?c) cannot be translated", back=0)
        if letter == "-":
            if off:
                return
            off = True
        elif off:
            reader.flags &= ~_FLAG_LETTERS[letter]
        else:
            reader.flags |= _FLAG_LETTERS[letter]
        reader.next()


def read_group_name(reader: Reader) -> str:
    """Read a group name and the ``>`` that ends it."""
    name = ""
    while (char := reader.read()).isascii() and char.isalnum():
        name += char
    if not name[:1].isalpha():
        raise reader.error("a group name starts with a letter and has only ASCII letters and digits")
    if char != ">":
        raise reader.error("a group name ends with '>' and has only ASCII letters and digits")
    return name


def read_quantifier(reader: Reader) -> tuple[int, int | None, Greed] | None:
    """Read a quantifier, if one follows: the least and the most repetitions (None: no limit) and how greedy it is."""
    least: int
    most: int | None
    match reader.peek():
        case "?":
            least, most = 0, 1
        case "*":
            least, most = 0, None
        case "+":
            least, most = 1, None
        case "{":
            least, most = _read_counts(reader)
        case _:
            return None
    match reader.next():
        case "?":
            greed = Greed.LAZY
        case "+":
            greed = Greed.POSSESSIVE
        case _:
            return least, most, Greed.GREEDY
    reader.next()
    return least, most, greed


def _read_counts(reader: Reader) -> tuple[int, int | None]:
    """Read ``{n}``, ``{n,}`` or ``{n,m}`` and leave the cursor on the closing brace."""
    char = reader.skip()
    if char not in _DIGITS:
        raise reader.error("'{' must start a repetition such as {2,3}; write \\{ for the character")
    digits = char
    while (char := reader.read()) in _DIGITS:
        digits += char
    least = int(digits)
    most: int | None = least
    if char == ",":
        digits = ""
        while (char := reader.read()) in _DIGITS:
            digits += char
        # Java reads "{2,x" as far as an upper bound of zero, and fails on the brace.
        most = int(digits) if digits else None
    if char != "}":
        raise reader.error("a repetition is not closed by '}'")
    if max(least, most or 0) > _MAX_REPEAT or (most is not None and most < least):
        raise reader.error("a repetition's bounds are out of order or too large")
    reader.unread()
    return least, most
