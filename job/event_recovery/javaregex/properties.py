r"""The names that Java accepts in ``\p{...}``, as sets of code points."""

import re

import regex

from event_recovery.javaregex.charset import ANYTHING, CharSet, Property, chars, explicit, intersect, negate, unite

DIGIT = explicit([(ord("0"), ord("9"))])
SPACE = chars(" \t\n\x0b\f\r")
WORD = explicit([(ord("A"), ord("Z")), (ord("a"), ord("z")), (ord("0"), ord("9")), (ord("_"), ord("_"))])
HORIZONTAL_SPACE = unite(chars("\t \u00a0\u1680\u180e\u202f\u205f\u3000"), explicit([(0x2000, 0x200A)]))
VERTICAL_SPACE = explicit([(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)])


def _any_of(*operands: CharSet) -> CharSet:
    united, *rest = operands
    for operand in rest:
        united = unite(united, operand)
    return united


def _categories(*names: str) -> CharSet:
    return _any_of(*(Property(f"\\p{{{name}}}") for name in names))


UNICODE_DIGIT = _categories("Nd")
UNICODE_SPACE = _any_of(_categories("Z"), explicit([(0x09, 0x0D), (0x85, 0x85)]))
_ALPHABETIC = Property(r"\p{Alphabetic}")
_JOIN_CONTROL = explicit([(0x200C, 0x200D)])
UNICODE_WORD = _any_of(_ALPHABETIC, _categories("M", "Nd", "Pc"), _JOIN_CONTROL)
LETTER_OR_DIGIT = _categories("L", "Nd")

_LOWERCASE = Property(r"\p{Lowercase}")
_UPPERCASE = Property(r"\p{Uppercase}")
_TITLECASE = _categories("Lt")
_ANY_CASE = _any_of(_LOWERCASE, _UPPERCASE, _TITLECASE)
_CASED_LETTER = _categories("Lu", "Ll", "Lt")
_CONTROL = _categories("Cc")
_HEX_DIGIT = _any_of(UNICODE_DIGIT, explicit([(0x41, 0x46), (0x61, 0x66), (0xFF21, 0xFF26), (0xFF41, 0xFF46)]))
_BLANK = _any_of(_categories("Zs"), chars("\t"))
_GRAPH = negate(_categories("Z", "Cc", "Cs", "Cn"))
_IGNORABLE = _any_of(explicit([(0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x9F)]), _categories("Cf"))
_OTHER_ID_START = explicit([(0x1885, 0x1886), (0x2118, 0x2118), (0x212E, 0x212E), (0x309B, 0x309C)])
_OTHER_ID_CONTINUE = explicit([(0xB7, 0xB7), (0x387, 0x387), (0x1369, 0x1371), (0x19DA, 0x19DA)])
# Blanks that must not break a line are not white space to Java's own predicate.
_NO_BREAK = chars("\u00a0\u2007\u202f")

_UNICODE_POSIX: dict[str, CharSet] = {
    "ALPHA": _ALPHABETIC,
    "LOWER": _LOWERCASE,
    "UPPER": _UPPERCASE,
    "SPACE": UNICODE_SPACE,
    "PUNCT": _categories("P"),
    "XDIGIT": _HEX_DIGIT,
    "ALNUM": _any_of(_ALPHABETIC, UNICODE_DIGIT),
    "CNTRL": _CONTROL,
    "DIGIT": UNICODE_DIGIT,
    "BLANK": _BLANK,
    "GRAPH": _GRAPH,
    "PRINT": intersect(_any_of(_GRAPH, _BLANK), negate(_CONTROL)),
}

_UNICODE_BINARY: dict[str, CharSet] = {
    "ALPHABETIC": _ALPHABETIC,
    "ASSIGNED": negate(_categories("Cn")),
    "CONTROL": _CONTROL,
    "HEXDIGIT": _HEX_DIGIT,
    "HEX_DIGIT": _HEX_DIGIT,
    "IDEOGRAPHIC": Property(r"\p{Ideographic}"),
    "JOINCONTROL": _JOIN_CONTROL,
    "JOIN_CONTROL": _JOIN_CONTROL,
    "LETTER": _categories("L"),
    "LOWERCASE": _LOWERCASE,
    "NONCHARACTERCODEPOINT": Property(r"\p{Noncharacter_Code_Point}"),
    "NONCHARACTER_CODE_POINT": Property(r"\p{Noncharacter_Code_Point}"),
    "TITLECASE": _TITLECASE,
    "PUNCTUATION": _categories("P"),
    "UPPERCASE": _UPPERCASE,
    "WHITESPACE": UNICODE_SPACE,
    "WHITE_SPACE": UNICODE_SPACE,
    "WORD": UNICODE_WORD,
}

_GENERAL_CATEGORIES = frozenset(
    {
        *("So", "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Me", "Mc", "N", "Nd", "Nl", "No", "Z", "Zs", "Zl", "Zp"),
        *("C", "Cn", "Cc", "Cf", "Co", "Cs", "P", "Pd", "Ps", "Pe", "Pc", "Po", "Pi", "Pf", "S", "Sm", "Sc", "Sk"),
    }
)

_PLAIN: dict[str, CharSet] = {
    "LC": _CASED_LETTER,
    "LD": LETTER_OR_DIGIT,
    "L1": explicit([(0x00, 0xFF)]),
    "all": ANYTHING,
    "ASCII": explicit([(0x00, 0x7F)]),
    "Alnum": explicit([(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)]),
    "Alpha": explicit([(0x41, 0x5A), (0x61, 0x7A)]),
    "Blank": chars(" \t"),
    "Cntrl": explicit([(0x00, 0x1F), (0x7F, 0x7F)]),
    "Digit": DIGIT,
    "Graph": explicit([(0x21, 0x7E)]),
    "Lower": explicit([(0x61, 0x7A)]),
    "Print": explicit([(0x20, 0x7E)]),
    "Punct": explicit([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)]),
    "Space": SPACE,
    "Upper": explicit([(0x41, 0x5A)]),
    "XDigit": explicit([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)]),
    "javaLowerCase": _LOWERCASE,
    "javaUpperCase": _UPPERCASE,
    "javaAlphabetic": _ALPHABETIC,
    "javaIdeographic": Property(r"\p{Ideographic}"),
    "javaTitleCase": _TITLECASE,
    "javaDigit": UNICODE_DIGIT,
    "javaDefined": negate(_categories("Cn")),
    "javaLetter": _categories("L"),
    "javaLetterOrDigit": LETTER_OR_DIGIT,
    "javaJavaIdentifierStart": _categories("L", "Nl", "Sc", "Pc"),
    "javaJavaIdentifierPart": _any_of(_categories("L", "Nl", "Sc", "Pc", "Nd", "Mc", "Mn"), _IGNORABLE),
    "javaUnicodeIdentifierStart": _any_of(_categories("L", "Nl"), _OTHER_ID_START),
    "javaUnicodeIdentifierPart": _any_of(
        _categories("L", "Nl", "Pc", "Nd", "Mc", "Mn"), _IGNORABLE, _OTHER_ID_START, _OTHER_ID_CONTINUE
    ),
    "javaIdentifierIgnorable": _IGNORABLE,
    "javaSpaceChar": _categories("Z"),
    "javaWhitespace": _any_of(intersect(_categories("Z"), negate(_NO_BREAK)), explicit([(0x09, 0x0D), (0x1C, 0x1F)])),
    "javaISOControl": explicit([(0x00, 0x1F), (0x7F, 0x9F)]),
    "javaMirrored": Property(r"\p{Bidi_Mirrored}"),
}

# Under (?i) a property that asks for one case accepts all of them.
_ANY_CASE_NAMES: dict[str, CharSet] = {
    "Lu": _CASED_LETTER,
    "Ll": _CASED_LETTER,
    "Lt": _CASED_LETTER,
    "Lower": _PLAIN["Alpha"],
    "Upper": _PLAIN["Alpha"],
    "javaLowerCase": _ANY_CASE,
    "javaUpperCase": _ANY_CASE,
    "javaTitleCase": _ANY_CASE,
}
_ANY_CASE_UNICODE_NAMES = frozenset({"LOWER", "UPPER", "LOWERCASE", "UPPERCASE", "TITLECASE"})


def property_named(name: str, *, ignore_case: bool, unicode: bool) -> CharSet | None:
    r"""Look up what stands in ``\p{...}``; None when Java knows no such property.

    :param unicode: whether ``(?U)`` is on, under which the POSIX names have their Unicode meaning
    """
    key, equals, value = name.partition("=")
    if equals:
        match key.lower():
            case "sc" | "script":
                return _script(value)
            case "blk" | "block":
                return _block(value)
            case "gc" | "general_category":
                return _plain(value, ignore_case=ignore_case)
            case _:
                return None
    if name.startswith("In"):
        return _block(name[2:])
    if name.startswith("Is"):
        short = name[2:]
        return (
            _unicode_named(short.upper(), _UNICODE_BINARY | _UNICODE_POSIX, ignore_case=ignore_case)
            or _plain(short, ignore_case=ignore_case)
            or _script(short)
        )
    posix = _unicode_named(name.upper(), _UNICODE_POSIX, ignore_case=ignore_case) if unicode else None
    return posix or _plain(name, ignore_case=ignore_case)


def _unicode_named(name: str, table: dict[str, CharSet], *, ignore_case: bool) -> CharSet | None:
    if ignore_case and name in table and name in _ANY_CASE_UNICODE_NAMES:
        return _ANY_CASE
    return table.get(name)


def _plain(name: str, *, ignore_case: bool) -> CharSet | None:
    if ignore_case and name in _ANY_CASE_NAMES:
        return _ANY_CASE_NAMES[name]
    if name in _GENERAL_CATEGORIES:
        return _categories(name)
    return _PLAIN.get(name)


def _script(name: str) -> CharSet | None:
    return _known_to_regex("Script", name)


def _block(name: str) -> CharSet | None:
    return _known_to_regex("Block", name)


def _known_to_regex(key: str, name: str) -> CharSet | None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9 _-]*", name):
        return None
    source = f"\\p{{{key}={name}}}"
    try:
        regex.compile(source, regex.V1)
    except regex.error:
        return None
    return Property(source)
