"""Java's two notions of "the same letter in another case": ASCII only, and one-to-one Unicode mappings."""

from functools import lru_cache

from event_recovery.javaregex.charset import CharSet, Explicit, chars, explicit
from event_recovery.javaregex.syntax import BackReference, Grapheme, Literal, Node, OneOf
from event_recovery.javaregex.widths import children

# The last code point with a case mapping lies in the Adlam block.
_LAST_CASED = 0x1E943
_DOTTED_CAPITAL_I = 0x130


def to_upper(code_point: int) -> int:
    """Map one code point to upper case where that is again one code point (``ß`` stays)."""
    upper = chr(code_point).upper()
    if len(upper) > 1:
        # Greek letters with an iota below have a one-to-one mapping, which only title() still shows.
        upper = chr(code_point).title()
    return ord(upper) if len(upper) == 1 else code_point


def to_lower(code_point: int) -> int:
    """Map one code point to lower case."""
    return ord("i") if code_point == _DOTTED_CAPITAL_I else ord(chr(code_point).lower())


def fold(code_point: int) -> int:
    """Return the lower case of the upper case, by which Java compares two letters."""
    return to_lower(to_upper(code_point))


@lru_cache(maxsize=1)
def _cased() -> tuple[tuple[int, int, int], ...]:
    """List ``(code point, its upper case, its fold)`` for all code points that have another case."""
    letters = (ord(char) for char in map(chr, range(_LAST_CASED + 1)) if char.upper() != char or char.lower() != char)
    return tuple((code, to_upper(code), fold(code)) for code in letters)


def any_case(low: int, high: int, *, unicode: bool) -> CharSet:
    """Return the code points that a case-insensitive ``low-high`` accepts."""
    if unicode:
        others = [code for code, upper, folded in _cased() if low <= upper <= high or low <= folded <= high]
    else:
        letters = (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))
        # In ASCII the two cases of a letter differ in one bit.
        others = [code for code in letters if low <= code ^ 0x20 <= high]
    return explicit([(low, high), *((code, code) for code in others)])


def same_letter(code_point: int) -> CharSet:
    """Return the code points with the same fold, which is what Unicode case-insensitive runs of text compare."""
    folded = fold(code_point)
    others = [code for code, _, other in _cased() if other == folded]
    return explicit([(code_point, code_point), (folded, folded), *((code, code) for code in others)])


def may_hold_letters(node: Node) -> bool:
    """Tell whether a match of the node may hold a character that has another case; unsure counts as yes."""
    match node:
        case Literal(text):
            return _overlaps_cased(chars(text))
        case OneOf(charset):
            return _overlaps_cased(charset)
        case BackReference() | Grapheme():
            return True
        case _:
            return any(map(may_hold_letters, children(node)))


def _overlaps_cased(charset: CharSet) -> bool:
    if not isinstance(charset, Explicit):
        return True
    return any(low <= code <= high for low, high in charset.ranges for code, _, _ in _cased())
