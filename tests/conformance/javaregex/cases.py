"""Cases for the comparison: hand-made ones for every construct, and random ones that combine them."""

import random

from conformance.javaregex.oracle import Case

_LETTERS = "aabbcABxyz01_ .-"
_RARE = (
    "\n\r\t\x0b\x85\u2028\u2029\u00e9\u00c9\u00df\u0130\u0131\u017f\u212a\u00a0\u0301\u0660\u01c5\U0001f600\U00010428"
)
_SETS = (
    *r"\d \D \w \W \s \S \h \H \v \V . \p{L} \P{L} \p{Lu} \p{Ll} \p{Alpha} \p{Punct} \P{Alnum} \p{IsLatin} \pN".split(),
    *r"\p{javaLowerCase} \p{Lower} \p{Upper} \p{IsUppercase} \p{InGreek} \p{sc=Grek} \p{Space}".split(),
    *r"\p{Cntrl} \p{L1} \p{javaWhitespace} \P{javaLetterOrDigit} \p{IsWhite_Space} \p{gc=Sc}".split(),
    *r"\p{IsAlphabetic} \p{blk=Latin-1Supplement}".split(),
)
_ANCHORS = ("^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z")
_FLAGS = ("(?i)", "(?m)", "(?s)", "(?d)", "(?u)", "(?U)", "(?iu)", "(?x)", "(?im)", "(?-i)", "(?md)", "(?-m)")
_QUANTIFIERS = ("?", "*", "+", "{2}", "{0,1}", "{1,2}", "{0,2}", "{1,}", "{0}")
_NOISE = (
    *r"( ) [ ] { } * + ? | ^ $ . \\ - & && , # 0 1 2 12 < > = ! : i P a b c é ++ *? ?+ {2} {2,} {2,3} {,2} {".split(),
    *r"(? (?: (?= (?! (?<= (?<! (?> (?<n> (?i) (?-i: (?x) \k<n> \1 \2 \11 \Q \E \Q.*\E \Q1\E [^ [a- \[ [&& ]".split(),
    *r"\x41 \x{61} \u0061 \ud83d\ude00 \012 \0 \cA \e \a \t \n \R \X \G \d \D \w \b \B \z \Z \A \h \c \x \u00".split(),
    *r"\p{L} \pL \P{Lu} \p \p{ \p{} \y \_ \/ \- [[:alpha:]] [a-c&&[^b]] [^a&&b] [] []a] [^] [a-\d] [\v-a]".split(),
    r"\N{LATIN SMALL LETTER A}",
    " ",
    "\n",
)
_TEMPLATES = ("X", "", "[$0]", "<$1>", "$2-$1", r"\$\\", "$12", "${n}", "a$1b", "$", "\\", "$x", "$01", "${1}", r"\t")


# Pattern; subjects, each with every template; templates ("X" when there is none).
_HAND_MADE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (r"\d+", ("a1b22", "\u0661\u0662", ""), ("X", "<$0>")),
    (r"\w+", ("ab_1 c", "\u00e9t\u00e9 x", ""), ("X",)),
    (r"\s", ("a b\tc\x0bd\u00a0e\x1cf\u2003", "\x85"), ("_",)),
    (r"[\s]|[^\w-]", ("a b-c\u00e9\x0b",), ("_",)),
    (r"\b", ("ab cd", "\u00e9a \u00fc", "e\u0301 x\u0301", " \u0301a", "a_b\u00b2", "\u203fa"), ("|",)),
    (r"\bb", ("b ab \u00e9b -b",), ("X",)),
    (r"\Bb", ("b ab \u00e9b -b",), ("X",)),
    (r"(?U)\b", ("\u00e9a \u00fc", "e\u0301 x", "a\u203fb\u00b2"), ("|",)),
    (r"(?U)\w+", ("\u00e9t\u00e9 \u0661 \u203f", "e\u0301"), ("X",)),
    (r"(?U)\d\s", ("\u0661\u00a0 1 2\u2003",), ("X",)),
    (r"(?U)^.*$", ("abc\ndef", "abc", "abc\n", ""), ("X", "$0$0")),
    (r"(?U)[[:alpha:]]\p{Alpha}", ("al\u00e9h:\u00e9",), ("X",)),
    (r"(?i)abc", ("xABCaBc",), ("X",)),
    (r"(?i)\u00e9k", ("\u00e9k \u00c9K \u00e9\u212a",), ("X",)),
    (r"(?iu)\u00e9k", ("\u00e9k \u00c9K \u00e9\u212a",), ("X",)),
    (r"(?iU)[\u00e0-\u00ef]s", ("\u00c9\u017f \u00e9S",), ("X",)),
    (r"(?iu)\u00df", ("\u00df \u1e9e ss",), ("X",)),
    (r"(?iu)a\u00df", ("a\u00df A\u1e9e ass",), ("X",)),
    (r"(?iu)i\u0131\u0130", ("iii III \u0131\u0131\u0131", "i"), ("X",)),
    (r"(?i)[K-M]+[^x]", ("klmx KLMy \u212a",), ("X",)),
    (r"(?iu)[K-M]+[^x]", ("klmx KLMy \u212ax",), ("X",)),
    (r"(?i)\p{Lower}+", ("abCD \u00c9",), ("X",)),
    (r"(?i)\p{Lu}+", ("abCD \u00e9\u01c5",), ("X",)),
    (r"a(?i)b|c", ("aB C Ab",), ("X",)),
    (r"a(?:(?i)b)c(?-i)d", ("aBc aBcd aBC",), ("X",)),
    (r"(?i:a)b|(?-i)c(?s-m:.)", ("AbAB c\n",), ("X",)),
    (r"(?x) a b # comment", ("ab a b",), ("X",)),
    ("(?x)a #c\u2028b\nc [ a # ] \\ \\#", ("abca #", "ac # #"), ("X",)),
    (r"(?x)a\Q b#\E+", ("a b##",), ("X",)),
    (r"(?d)^.*$", ("a\r\n", "a\u0085b\n", "a\r"), ("X",)),
    (r"(?dm)^.*$", ("a\rb\nc\n",), ("X",)),
    (r".", ("a\nb\rc\x85d\u2028e\u2029f\x0b\x0c", "\U0001f600"), ("X",)),
    (r"(?s).", ("a\n\r\x85\U0001f600",), ("X",)),
    (r"$", ("abc", "abc\n", "abc\r\n", "abc\r", "abc\x85", "abc\u2028", "abc\n\n", "abc\n\r", "", "\r\n"), ("X",)),
    (r"\Z", ("abc", "abc\n", "abc\r\n", "abc\u2029", "a\x0b"), ("X",)),
    (r"c\z", ("abc", "abc\n"), ("X",)),
    (r"\s+$", ("a  ", "a \n ", "a \r\n", "a\n\n"), ("X",)),
    (r"(?m)^", ("a\nb\r\nc\rd\x85e\u2028f\n", "", "\n", "\r\n"), ("X",)),
    (r"(?m)$", ("a\nb\r\nc\rd\x85e\u2028f\n", "", "\n", "\r\n"), ("X",)),
    (r"(?m)^.*$", ("a\nb\r\n\rc\n",), ("X", "[$0]")),
    (r"^", ("abc", "", "\n", "\U0001f600"), ("X",)),
    (r"^.*$", ("abc", "abc\n", "abc\ndef", ""), ("X", "$0")),
    (r".*", ("abc", "", "a\nb", "\U0001f600"), ("X",)),
    (r"a*", ("baac", "", "aa", "\U0001f600"), ("X", "<$0>")),
    (r"a*?|b", ("aab",), ("X",)),
    (r"|a", ("aa", "\U0001f600a"), ("X",)),
    (r"(?=a)", ("baa",), ("X",)),
    (r"(?<=a)", ("baa",), ("X",)),
    (r"(?!a)", ("baa", "\U0001f600"), ("X",)),
    (r"[\x{80}-\uffff]", ("a\u00e9\U0001f600",), ("X",)),
    (r"[^\x00-\x7F]", ("a\u00e9\U0001f600",), ("X",)),
    (r"\ud83d\ude00|\x{1F601}", ("\U0001f600\U0001f601\ud83d",), ("X",)),
    (r"a++b|(?>a|ab)c|x*+x", ("aab abc ac xx",), ("X",)),
    (r"(?:a|ab){2}+c", ("aabc aac",), ("X",)),
    (r"\Qa.b\E+|\Q*\E", ("a.bb axb *",), ("X",)),
    (r"\Qa\\Eb", ("a\\b",), ("X",)),
    (r"[\Q^-]\E]+", ("a^-]",), ("X",)),
    (r"\1\Q1", ("a",), ("X",)),
    (r"\h+|\v", ("a \t\u00a0\u180e\u3000b\n\x0b\u2029",), ("X",)),
    (r"[\H&&\V]", ("a \n",), ("X",)),
    (r"\R", ("a\r\nb\n\rc\x0b\x85\u2028",), ("X",)),
    (r"\R\n|\R{2}", ("\r\n \n\n \r\n\r\n",), ("X",)),
    (r"\X", ("e\u0301a\r\n\U0001f468\u200d\U0001f469",), ("X",)),
    (r"\Ga", ("aaba", "baa"), ("X",)),
    (r"\e\cA\a\t\f\n\r", ("\x1b\x01\x07\t\x0c\n\r",), ("X",)),
    (r"\c?\ca", ("\x7f!",), ("X",)),
    (r"\x41\x{42}\u0043\0104\012\06", ("ABCD\n\x06",), ("X",)),
    (r"\0377\0400", ("\xff 0",), ("X",)),
    (r"\N{LATIN SMALL LETTER A}\N{WHITE SMILING FACE}", ("a\u263a",), ("X",)),
    (r"\p{Alpha}+", ("ab\u00e9",), ("X",)),
    (r"\p{L}+|\pN", ("ab\u00e9 1\u00b2",), ("X",)),
    (r"\p{IsLatin}+|\p{IsAlphabetic}", ("ab\u00e9 \u03b1",), ("X",)),
    (r"\p{script=Greek}|\p{InGreek}|\p{IsGreek}|\p{blk=Cyrillic}", ("a\u03b1\u1f00\u0431",), ("X",)),
    (r"\p{javaLowerCase}|\p{javaWhitespace}|\p{javaMirrored}", ("aB\u00e9 (\u00a0",), ("X",)),
    (r"\P{Lu}|\p{Punct}|\p{gc=Sc}", ("AB\u00c9a-\u20ac$",), ("X",)),
    (r"[a-c&&[^b]]+", ("abcab",), ("X",)),
    (r"[[abc][d]]+", ("abcde",), ("X",)),
    (r"[[:alpha:]]+", ("alpha:xyz",), ("X",)),
    (r"[^a-c[x-z]]+", ("abcdwxyz",), ("X",)),
    (r"[^a-d&&[b-z]]", ("abcdez ",), ("X",)),
    (r"[a-z&&b-y&&[^m]]", ("abmyz",), ("X",)),
    (r"[a-z&&[^aeiou]&&[^xyz]]", ("abxe",), ("X",)),
    (r"[]a]+|[^]b]", ("]a[bc",), ("X",)),
    (r"[a-]|[-b]|[\w-]|[a\-z]", ("a-bz",), ("X",)),
    (r"[a&b&]|[&&a]", ("&ab",), ("X",)),
    (r"[^^]|[a^]|[.$*+?(){}|]", ("^a.$*{",), ("X",)),
    (r"[\x{1F600}-\x{1F64F}]", ("a\U0001f601",), ("X",)),
    (r"(?<n>a)(?<m>b)?\k<n>", ("aba aa",), ("${n}-${m}", "$1$2", "${x}")),
    (r"(a)(b)?\1", ("aba aa",), ("$1-$2", "$12", "$21", "$3", "$01")),
    (r"(a)\11", ("aa1 a1",), ("X",)),
    (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\11\1", ("abcdefghijkka",), ("$11$10$1$0", "$111", "$12")),
    (r"a\2", ("a",), ("X",)),
    (r"(a)|b\1", ("ab b",), ("<$1>",)),
    (r"(?i)(['\"])x\1", ("'X' 'x\"",), ("$1",)),
    (r"(?i)(-+|[.\d])b\1", ("--B-- .b.",), ("$1",)),
    (r"(a|b)*", ("abx",), ("<$1>",)),
    (r"(a|ab)(c|bcd)(d*)", ("abcd",), ("$1,$2,$3",)),
    (r"(?:(a)|b)*", ("ab",), ("<$1>",)),
    (r"(\w+)\s(\w+)", ("hello world foo bar",), ("$2 $1", "$1\\t$2", "\\$1")),
    (r"(b)(c)", ("abcabc",), ("$12", "$2$1", "$", "\\", "$x", "${", "${1}", "${b}")),
    (r"(?<=a{1,3})b|(?<=x+)y|(?<!a)c", ("aaab xxy ac c",), ("X",)),
    (r"(?<=ab|c)d|(?<!^)e", ("abd cd e e",), ("X",)),
    (r"(?<=(a)(b))c", ("abc",), ("$1$2",)),
    (r"(?<=a*?)b|(?<=(?:a|b){2})c", ("aab",), ("X",)),
    (r"(?=(a))a", ("aa",), ("<$1>",)),
    (r"a{2}|b{2,}|c{1,2}?d|e{0}f", ("aabbbccdf",), ("X",)),
    (r"a{2}{3}|ab{2}{0}c", ("aa abbc",), ("X",)),
    (r"a?{2}|x", ("a",), ("X",)),
    (r"(?:)|(?i)|()", ("a",), ("X",)),
    (r"a|", ("ab",), ("X",)),
    (r"\/\_\-\<\>\ \\\"\'", ("/_-<> \\\"'",), ("X",)),
    (r"]}", ("a]}",), ("X",)),
    (r"H0: .*", ('["H0: a","b"]',), ("H0: b",)),
    (r"^(.*)}$", ('{"x":1,"y":"q"}',), ('$1,"event":"open"}',)),
    (r"iglu:com\.acme/(\w+)/jsonschema/(\d)-\d-\d", ("iglu:com.acme/e/jsonschema/1-0-0",), ("$1/$2-0-1",)),
    (r"(a+)+$|(x|xx)+y", ("aaaa", "xxxxy"), ("X",)),
    (r"\ud800", ("\ud800 \udc00", "\ud800\udc00"), ("X",)),
)
_REFUSED = (
    *r"( ) a) (a [ [] [^] [a [a-\d] [b-a] {a} a{ a{,2} a{2 a{2,1} a{1,x} a** a+* a?? ? * + +a (?) (?i (?z)".split(),
    *r"(?P<n>a) \y \i \q \E \Q \ \x \x4 \x{ \x{110000} \u00 \c \0 \08 \N \N{x} \k \k<n> \k<1> \p \p{ \p{}".split(),
    *r"(?#c) \p{X} \pX \p{Foo=Bar} \p{IsNope} \p{InNope} (?<n>a)(?<n>b) (?<1>a) (?<n_>a) (?<n (?<=\1)(a)".split(),
    *r"(?<=a*b*) (?<=(?:a|b)+) a{99999999999} (?@a) (?$a) (?i-) (?-i (?i:a [&&] [a&&] [&&a] [a&&&&b] [[a] [a]]".split(),
    *r"[\b] [\1] [\R] [\X] [\A] [\z] [\k] [\G] [\B] [\Z] [\E] [\Q [\Qa]\E] [\v-a] [\x] (?>a (?<a) (?<!a \b?".split(),
    *r"a{2}+ a{2}+? a+++ ^* $+ (?=a)* [\pL&&] [a\d&&] [a&&[b]c] [[a]&&b&c] (?i)(a)\1 \b{g} (?c)a (?<=\X)a".split(),
)


def hand_made() -> list[Case]:
    """List the cases made by hand, patterns that Java refuses included."""
    crossed = [
        Case(pattern, subject, template)
        for pattern, subjects, templates in _HAND_MADE
        for subject in subjects
        for template in templates
    ]
    return crossed + [Case(pattern, "ab", "X") for pattern in _REFUSED]


def random_case(rng: random.Random) -> Case:
    """Make a case: tokens thrown together, a pattern over two letters (which backtracks), or one over all."""
    style = rng.random()
    if style < 0.25:
        alphabet = _LETTERS
        pattern = "".join(rng.choice(_NOISE) for _ in range(rng.randint(1, 6)))
    else:
        alphabet = "ab" if style < 0.6 else _LETTERS
        pattern = _PatternMaker(rng, alphabet).alternation(rng.randint(1, 3))
    subject = "".join(_subject_char(rng, alphabet) for _ in range(rng.randint(0, 10)))
    template = rng.choice(_TEMPLATES[:5] if rng.random() < 0.8 else _TEMPLATES)
    return Case(pattern, subject, template)


def _subject_char(rng: random.Random, alphabet: str) -> str:
    usual = 0.97 if alphabet == "ab" else 0.8
    return rng.choice(alphabet if rng.random() < usual else _RARE)


class _PatternMaker:
    """Builds one well-formed pattern top down."""

    def __init__(self, rng: random.Random, alphabet: str) -> None:
        self._rng = rng
        self._alphabet = alphabet
        self._groups = 0
        self._named = False

    def alternation(self, depth: int) -> str:
        return "|".join(self._sequence(depth) for _ in range(self._rng.choice((1, 1, 1, 2, 3))))

    def _sequence(self, depth: int) -> str:
        return "".join(self._quantified(depth) for _ in range(self._rng.choice((0, 1, 1, 2, 2, 3))))

    def _quantified(self, depth: int) -> str:
        rng = self._rng
        atom = self._atom(depth)
        if atom in _FLAGS or rng.random() < 0.6:
            return atom
        return atom + rng.choice(_QUANTIFIERS) + rng.choice(("", "", "", "?", "+"))

    def _atom(self, depth: int) -> str:
        rng = self._rng
        kind = rng.random()
        if kind < 0.4 or (self._alphabet == "ab" and kind < 0.66):
            char = _subject_char(rng, self._alphabet)
            return "\\" + char if char in ".-" else char
        if kind < 0.52:
            return rng.choice(_SETS)
        if kind < 0.6:
            return self._class(2)
        if kind < 0.68:
            return rng.choice(_ANCHORS)
        if kind < 0.72:
            return rng.choice(_FLAGS)
        if kind < 0.75:
            return rng.choice((r"\R", r"\X", r"\R"))
        if kind < 0.79 and self._groups:
            return f"\\{rng.randint(1, self._groups)}"
        return self._group(depth - 1) if depth else rng.choice("ab")

    def _group(self, depth: int) -> str:
        opening = self._rng.choice(
            ("(", "(", "(", "(?:", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:", "(?s:", "(?<n>")
        )
        if opening == "(?<n>" and self._named:
            opening = "("
        if opening in ("(", "(?<n>"):
            self._groups += 1
        self._named = self._named or opening == "(?<n>"
        return f"{opening}{self.alternation(depth)})"

    def _class(self, depth: int) -> str:
        rng = self._rng
        items = []
        for _ in range(rng.randint(1, 3)):
            kind = rng.random()
            if kind < 0.4:
                items.append(rng.choice("abcABxyz01_kKsS\u00e9\u00df\u00b5\u00ff\u0131\u017f\u212a\U0001f600"))
            elif kind < 0.6:
                items.append(rng.choice(("a-c", "A-Z", "0-9", "b-y", "\u00e0-\u00ff", "Y-b", "\u0100-\u0200", "I-K")))
            elif kind < 0.8:
                items.append(rng.choice(_SETS[:10] + _SETS[11:]))
            elif depth:
                items.append(self._class(depth - 1))
        body = "".join(items) or "a"
        if rng.random() < 0.15:
            body += "&&" + rng.choice((self._class(0), "a-z", "[^b]", r"\w"))
        return f"[{rng.choice(('', '', '^'))}{body}]"


def one_character_patterns() -> list[str]:
    """List the properties, predefined classes and case-insensitive characters to compare code point by code point."""
    names = [
        *"L Lu Ll Lt Lm Lo M Mn Me Mc N Nd Nl No Z Zs Zl Zp C Cc Cf Co Cs Cn P Pd Ps Pe Pc Po Pi Pf S Sm Sc Sk".split(),
        *"So LC LD L1 all ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit".split(),
        *"javaLowerCase javaUpperCase javaAlphabetic javaIdeographic javaTitleCase javaDigit javaDefined".split(),
        *"javaLetter javaLetterOrDigit javaJavaIdentifierStart javaJavaIdentifierPart javaMirrored".split(),
        *"javaUnicodeIdentifierStart javaUnicodeIdentifierPart javaIdentifierIgnorable javaSpaceChar".split(),
        *"javaWhitespace javaISOControl IsAlphabetic IsAssigned IsControl IsHex_Digit IsIdeographic".split(),
        *"IsLetter IsLowercase IsNoncharacter_Code_Point IsTitlecase IsPunctuation IsUppercase IsWhite_Space".split(),
        *"IsWord IsJoin_Control IsGreek IsLatin IsHan IsCyrillic IsCommon InGreek InCyrillic InBasicLatin".split(),
        *"InLatin-1Supplement sc=Thai".split(),
    ]
    unicode_names = "Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit".split()
    any_case_names = "Lu Ll Lt Lower Upper javaLowerCase javaUpperCase javaTitleCase IsLowercase IsTitlecase".split()
    return [
        *(f"\\p{{{name}}}" for name in names),
        *(f"(?U)\\p{{{name}}}" for name in unicode_names),
        *(f"(?i)\\p{{{name}}}" for name in any_case_names),
        *r". (?d). \d \w \s \h \v (?U)\d (?U)\w (?U)\s (?U)\S \P{L} (?i)[X-b]".split(),
        *(
            f"(?iu){char}"
            for char in "kssi\u00df\u00b5\u1fb3\u1e9e\u0131\u0130\u03c2\u03a3\u01c5\u0345\u017f\U00010428"
        ),
        *(
            f"(?iu)[{items}]"
            for items in ("a-z", "\u00e0-\u00ff", "\u0100-\u024f", "\u0370-\u03ff", "^k", "s", "\u017f")
        ),
    ]
