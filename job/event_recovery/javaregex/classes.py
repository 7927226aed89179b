"""Bracketed character classes, with unions, intersections and negation nested at will."""

from event_recovery.javaregex.casing import any_case, same_letter, to_lower, to_upper
from event_recovery.javaregex.charset import NOTHING, CharSet, explicit, intersect, negate, unite
from event_recovery.javaregex.escapes import character_class, read_character, read_property
from event_recovery.javaregex.reader import END, Flags, Reader


def single(code_point: int, flags: Flags) -> CharSet:
    """Return the set that one character stands for under the flags."""
    if flags & Flags.IGNORE_CASE:
        if not flags & Flags.UNICODE_CASE:
            return any_case(code_point, code_point, unicode=False)
        upper = to_upper(code_point)
        if upper != to_lower(upper):
            return same_letter(code_point)
    return explicit([(code_point, code_point)])


def read_class(reader: Reader, *, bracketed: bool = True) -> CharSet:
    """Read a class.

    :param bracketed: whether the cursor is on its ``[``; else it is before the operand of an ``&&``, which runs up to
        the closing bracket of the class it stands in and leaves that bracket unread
    """
    united: CharSet | None = None
    # Java collects single characters apart and adds them to the rest only at an intersection or at the end.
    singles: CharSet = NOTHING
    intersected = False
    char = reader.next()
    negative = char == "^" and reader.at(reader.cursor - 1) == "["
    if negative:
        char = reader.next()
    while True:
        if char == "[":
            united = _or(united, read_class(reader))
        elif char == "&" and reader.at(_after(reader)) == "&":
            united = _read_intersection(reader, united, singles)
            singles, intersected = NOTHING, True
        elif char == END:
            raise reader.error("a character class is not closed by ']'")
        elif char == "]" and (united is not None or singles != NOTHING):
            if bracketed:
                reader.next()
            whole = _or(united, singles)
            return negate(whole) if negative else whole
        else:
            if intersected:
                raise reader.error("characters behind a nested class in an intersection cannot be translated", back=0)
            item, is_single = _read_item(reader)
            if is_single:
                singles = unite(singles, item)
            else:
                united = _or(united, item)
        char = reader.peek()


def _or(united: CharSet | None, more: CharSet) -> CharSet:
    return more if united is None else unite(united, more)


def _after(reader: Reader) -> int:
    """Find the index of the character behind the one under the cursor, the cursor left where it is."""
    here = reader.cursor
    reader.next()
    index, reader.cursor = reader.cursor, here
    return index


def _read_intersection(reader: Reader, united: CharSet | None, singles: CharSet) -> CharSet:
    """Read ``&&`` and its right operand, and intersect with what stands left of it."""
    reader.next()
    char = reader.next()
    right: CharSet | None = None
    while char not in ("]", "&"):
        if char == END:
            raise reader.error("a character class is not closed by ']'")
        if char == "[":
            operand = read_class(reader)
        else:
            reader.unread()
            operand = read_class(reader, bracketed=False)
        right = _or(right, operand)
        char = reader.peek()
    left = united if singles == NOTHING else _or(united, singles)
    if left is None and right is None:
        raise reader.error("an intersection without operands", back=0)
    if right is None:
        if united is None:
            return singles
        # Java intersects with the item it read last, which is not worth imitating.
        raise reader.error("an intersection without a right operand cannot be translated", back=0)
    return right if left is None else intersect(left, right)


def _read_item(reader: Reader) -> tuple[CharSet, bool]:
    """Read a character, a range or a class escape; tell also whether it was a single character."""
    char = reader.peek()
    if char == "\\":
        char = reader.next_escaped()
        if char in ("p", "P"):
            return read_property(reader, char), False
        starts_range = reader.at(reader.cursor + 1) == "-"
        reader.unread()
        escape = reader.skip()
        predefined = character_class(escape, reader.flags)
        if predefined is not None and not (escape == "v" and starts_range):
            return predefined, False
        low = _escaped_character(reader, escape)
    else:
        reader.next()
        low = char
    if reader.peek() == "-":
        following = reader.at(reader.cursor + 1)
        if following not in ("[", "]"):
            return _read_range(reader, low), False
    return single(ord(low), reader.flags), True


def _escaped_character(reader: Reader, escape: str) -> str:
    # In the place of a range's end the vertical tab keeps its old, single meaning.
    return "\x0b" if escape == "v" else read_character(reader, escape)


def _read_range(reader: Reader, low: str) -> CharSet:
    reader.next()
    high = reader.peek()
    if high == "\\":
        escape = reader.skip()
        if escape != "v" and character_class(escape, reader.flags) is not None:
            raise reader.error("a range cannot end in a class")
        high = _escaped_character(reader, escape)
    else:
        reader.next()
    if high == END:
        raise reader.error("a character class is not closed by ']'")
    if high < low:
        raise reader.error(f"the range {low}-{high} runs backwards")
    if reader.has(Flags.IGNORE_CASE):
        return any_case(ord(low), ord(high), unicode=reader.has(Flags.UNICODE_CASE))
    return explicit([(ord(low), ord(high))])
