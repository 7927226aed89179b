"""Java's regex semantics: what patterns find, what replacing gives, what is refused at load."""

import pickle
import time

import pytest
from event_recovery.javaregex import (
    JavaPattern,
    MatchTimeout,
    PatternError,
    ReplacementTemplate,
    TemplateError,
    compile_pattern,
    compile_template,
    pattern,
)

pytestmark = pytest.mark.unit


def replace(regex: str, text: str, template: str = "X") -> str:
    compiled = compile_pattern(regex)
    return compiled.replace_all(text, compile_template(template, compiled))


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        # ASCII classes, and a word boundary that knows other letters
        (r"\d", "1\u0661", "X\u0661"),
        (r"\w", "a_\u00e9", "XX\u00e9"),
        (r"\s", " \x0b\u00a0\x1c", "XX\u00a0\x1c"),
        (r"\bb", "b \u00e9b -b", "X \u00e9b -X"),
        (r"\b", "e\u0301", "Xe\u0301X"),
        # (?U)
        (r"(?U)\w\d\s", "\u00e9\u0661\u00a0", "X"),
        (r"(?U)\p{Alpha}", "\u00e9", "X"),
        # (?i) is ASCII only, unless (?u) or (?U)
        ("(?i)k\u00e9", "K\u00e9 \u212a\u00e9 K\u00c9", "X \u212a\u00e9 K\u00c9"),
        ("(?iu)k\u00e9", "K\u00e9 \u212a\u00e9 K\u00c9", "X X X"),
        ("(?iU)[\u00e0-\u00ff]", "\u00c9", "X"),
        # flags anywhere, scoped and switched off
        ("a(?i)b|c", "aB C A", "X X A"),
        ("(?i:a)b", "Ab AB", "X AB"),
        ("(?i)a(?-i)b", "Ab AB", "X AB"),
        ("(?x) a b # a comment", "ab", "X"),
        ("(?d).", "\r\n", "X\n"),
        ("(?s).", "\n\u2028", "XX"),
        # the dot, and line ends
        (".", "\n\r\x85\u2028\u2029\x0b", "\n\r\x85\u2028\u2029X"),
        ("a$", "a\r\n", "X\r\n"),
        ("a$", "a\u2028", "X\u2028"),
        ("a$", "a\n\n", "a\n\n"),
        (r"a\Z", "a\x85", "X\x85"),
        (r"a\z", "a\n", "a\n"),
        ("(?m)^", "a\nb\r\nc\n", "Xa\nXb\r\nXc\n"),
        ("(?m)$", "a\r\nb\u0085", "aX\r\nbX\u0085X"),
        ("(?m)^", "", ""),
        # possessive and atomic
        ("a++ab|(?>a|ab)c", "aaab abc ac", "aaab abc X"),
        # quotation and escapes
        (r"\Q.*\E+", ".** x", "X x"),
        (r"\h\v\R", "\u00a0\x0b\r\n", "X"),
        (r"\X", "e\u0301", "X"),
        (r"\Ga", "aaba", "XXba"),
        (r"\e\cA\x{41}\x42\u0043\0104\a", "\x1b\x01ABCD\x07", "X"),
        (r"\p{L}\p{Lu}\p{IsLatin}\p{javaLowerCase}\P{Alpha}", "\u00e9Aaa1", "X"),
        (r"\p{script=Greek}\p{InGreek}\p{IsAlphabetic}", "\u03b1\u03b1\u03b1", "X"),
        (r"\p{Alpha}", "\u00e9", "\u00e9"),
        (r"\N{LATIN SMALL LETTER A}", "a", "X"),
        (r"\/\_\-", "/_-", "X"),
        # class operations
        ("[a-c&&[^b]]", "abc", "XbX"),
        ("[[abc][d]]", "ade", "XXe"),
        ("[[:alpha:]]", "al:x", "XXXx"),
        ("[^a[b]]", "abc", "abX"),
        ("[]a]", "]a", "XX"),
        ("[a-]", "-b", "Xb"),
        # named groups and back references
        (r"(?<n>a)b\k<n>", "aba", "X"),
        (r"(a)\11", "aa1", "X"),
        (r"(?i)(['\"])a\1", "'A'", "X"),
        # bounded look-behind
        ("(?<=a{1,3})b|(?<=x+)y|(?<!a)c", "aab xxy ac", "aaX xxX ac"),
        # beyond U+FFFF
        ("[^a]", "\U0001f600a", "Xa"),
    ],
)
def test_dialect(regex: str, text: str, expected: str) -> None:
    assert replace(regex, text) == expected
    assert compile_pattern(regex).found_in(text) is (expected != text)


@pytest.mark.parametrize(
    "regex",
    [
        *("(", "a)", "[a", "{a}", "a{", "a{,2}", "a{2,1}", "a**", "*a", r"\y", r"\q", "\\", r"[a-\d]", "[b-a]"),
        *("(?P<n>a)", "(?<n_>a)", "(?<n>a)(?<n>b)", r"\k<n>", r"\p{Nope}", r"\x4", r"\N{no such name}", "(?<=(a|b)+)"),
        *(r"(?i)(a)\1", "(?c)a", r"\b{g}", "(a?b?){2}", r"(a|b\1)+", "a{2147483647}", "(" * 3000 + ")" * 3000),
    ],
)
def test_patterns_refused(regex: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(regex)
    assert repr(regex) in str(caught.value)
    assert 0 <= caught.value.position <= len(regex)


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(PatternError, match=r"regex 'ab\[c': a character class is not closed by '\]', at position 3"):
        compile_pattern("ab[c")


@pytest.mark.parametrize(
    ("regex", "text", "template", "expected"),
    [
        ("b", "abc", "X", "aXc"),
        ("zzz", "", "X", ""),
        ("^.*$", "", "X", "X"),
        ("^(.*)}$", '{"x":1,"y":"q"}', '$1,"event":"open"}', '{"x":1,"y":"q","event":"open"}'),
        (".*", "abc", "X", "XX"),
        ("^.*$", "abc\n", "X", "X\n"),
        ("(?U)^.*$", "abc\ndef", "X", "abc\ndef"),
        ("(b)(c)", "abcabc", "$12", "ab2ab2"),
    ],
)
def test_documented_replacements(regex: str, text: str, template: str, expected: str) -> None:
    assert replace(regex, text, template) == expected


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        ("a*", "baac", "XbXXcX"),
        ("x*", "", "X"),
        ("a*?", "aa", "XaXaX"),
        ("|a", "a", "XaX"),
        ("", "ab", "XaXbX"),
        ("(?=a)", "ba", "bXa"),
        # Java steps on by one UTF-16 unit, right into the pair.
        ("x*", "\U0001f600", "X\ud83dX\ude00X"),
        (r"\S*?", "\U0001f600", "X\ud83dX\ude00X"),
    ],
)
def test_empty_matches(regex: str, text: str, expected: str) -> None:
    assert replace(regex, text) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$0", "ab"),
        ("$1$2", "a"),
        ("$01", "a"),
        ("$10", "a0"),
        ("${n}!", "a!"),
        (r"\$\\\t", r"$\t"),
        ("\u0661", "\u0661"),
        ("", ""),
    ],
)
def test_template(template: str, expected: str) -> None:
    assert replace("(?<n>a)(x)?b", "ab", template) == expected


@pytest.mark.parametrize("template", ["$", "$x", "$3", "${", "${}", "${m}", "${1}", "${n", "\\", "$\u0661"])
def test_templates_refused(template: str) -> None:
    compiled = compile_pattern("(?<n>a)(x)?b")
    with pytest.raises(TemplateError):
        compile_template(template, compiled)


def test_a_group_with_unsure_text_is_refused_only_when_asked_for() -> None:
    compiled = compile_pattern("(?!(a))[ab]")
    assert compiled.replace_all("ab", compile_template("X", compiled)) == "aX"
    with pytest.raises(TemplateError, match="group 1"):
        compile_template("$1", compiled)


def test_a_literal_pattern_takes_no_template_for_granted() -> None:
    assert replace("a.b".replace(".", r"\."), "a.b axb", "[$0]") == "[a.b] axb"
    assert replace(r"a\.b", "a.b axb", r"\$1") == "$1 axb"


@pytest.mark.parametrize("regex", ["a", ".", r"\w+|\W", r"\bx*", r"(?iu)\x{e9}", r"\p{L}"])
def test_lone_surrogates_are_characters(regex: str) -> None:
    text = "\ud800a\udc00\u00e9"
    compiled = compile_pattern(regex)
    assert compiled.found_in(text)
    assert "X" in compiled.replace_all(text, compile_template("X", compiled))


def test_a_catastrophic_pattern_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "TIME_LIMIT_S", 0.2)
    compiled = compile_pattern("(a|aa)+$")
    text = "a" * 40 + "b"
    for ask in (compiled.found_in, lambda text: compiled.replace_all(text, compile_template("X", compiled))):
        started, worked = time.monotonic(), time.process_time()
        with pytest.raises(MatchTimeout, match=r"0\.2 s"):
            ask(text)
        assert time.monotonic() - started > 0.15
        assert time.process_time() - worked < 2


def test_nested_quantifiers_that_the_library_sees_through_end_at_once() -> None:
    assert compile_pattern("(a+)+$").found_in("a" * 40 + "b") is False


def test_patterns_and_templates_pickle_and_hash() -> None:
    compiled = compile_pattern(r"(?<n>a)\b")
    template = compile_template("<${n}>", compiled)
    again: tuple[JavaPattern, ReplacementTemplate] = pickle.loads(pickle.dumps((compiled, template)))
    assert again == (compiled, template)
    assert hash(again) == hash((compiled, template))
    assert again[0].replace_all("a", again[1]) == "<a>"


def test_compilation_is_cached() -> None:
    assert compile_pattern("cached+") is compile_pattern("cached+")
