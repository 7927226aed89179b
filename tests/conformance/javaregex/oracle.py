"""Ask a live JVM, and our own engine, what a pattern does to a text."""

import base64
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from event_recovery.javaregex import MatchTimeout, PatternError, TemplateError, compile_pattern, compile_template

CORPUS = Path(__file__).with_name("corpus.jsonl")
_SOURCE = Path(__file__).with_name("RegexOracle.java")


@dataclass(frozen=True, slots=True)
class Case:
    """A question: what does this pattern find in the subject, and what does replacing all of it give?"""

    pattern: str
    subject: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``found`` is "refused", "true", "false" or an error's name; ``result`` is None when replacing failed."""

    found: str
    result: str | None = None
    reason: str = ""


def read_corpus() -> list[tuple[Case, Answer]]:
    """Read the recorded cases with Java's answers; a line is ``[pattern, subject, replacement, found, result]``."""
    rows = map(json.loads, CORPUS.read_text().splitlines())
    return [(Case(*row[:3]), Answer(found=row[3], result=row[4])) for row in rows]


def ask_java(cases: Iterable[Case]) -> list[Answer]:
    """Answer with java.util.regex of the ``java`` on the path."""
    lines = ["\t".join(map(_encode, (case.pattern, case.subject, case.replacement))) for case in cases]
    answers = []
    for line in run_oracle(lines):
        found, _, outcome = line.partition("\t")
        result = _decode(outcome[1:]) if outcome.startswith("=") else None
        answers.append(Answer(found, result, "" if result is not None else outcome[1:]))
    return answers


def ask_members(patterns: Iterable[str]) -> list[list[tuple[int, int]]]:
    """List, for each one-character pattern, the ranges of code points that Java matches with it."""
    answers = run_oracle([_encode(pattern) for pattern in patterns], "members")
    return [
        [(int(low, 16), int(high, 16)) for low, high in (item.split("-") for item in line.split())] for line in answers
    ]


def run_oracle(lines: list[str], *arguments: str) -> list[str]:
    """Run the Java program over input lines; gives its output lines, one for each."""
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        ["java", str(_SOURCE), *arguments], input=text, capture_output=True, text=True, check=True, timeout=1800
    )
    return done.stdout.splitlines()


def ask_us(case: Case) -> Answer:
    """Answer with our own engine."""
    try:
        pattern = compile_pattern(case.pattern)
    except PatternError as error:
        return Answer("refused", reason=error.reason)
    try:
        found = str(pattern.found_in(case.subject)).lower()
    except MatchTimeout:
        found = "timeout"
    try:
        result = pattern.replace_all(case.subject, compile_template(case.replacement, pattern))
    except (TemplateError, MatchTimeout) as error:
        return Answer(found, reason=f"{type(error).__name__} {error}")
    return Answer(found, utf16(result))


def utf16(text: str) -> str:
    """Join surrogate halves that meet, as they do in a Java string."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def difference(case: Case, java: Answer, ours: Answer) -> str | None:
    """Say how our answer departs from Java's; None when it does not, or only by refusing early.

    A template is refused by us at load, by Java at the first match: with no match the two cannot be told apart.
    A refusal that says "cannot be t..." is a documented limit, and so is a word
    boundary or a look-around next to half a surrogate pair.
    """
    if ours.found == "refused" and java.found != "refused":
        return None if is_documented(ours.reason) else f"we refuse: {ours.reason}"
    if ours.found != java.found:
        return f"found: java {java.found}, ours {ours.found}"
    if ours.result is None and (is_documented(ours.reason) or java.result in (None, utf16(case.subject))):
        return None
    if ours.result != java.result:
        torn = any("\ud800" <= char <= "\udfff" for char in f"{java.result}{ours.result}")
        if torn and any(mark in case.pattern for mark in (r"\b", r"\B", "(?=", "(?!", "(?<=", "(?<!")):
            return None
        return f"result: java {java.result!r} {java.reason}, ours {ours.result!r} {ours.reason}"
    return None


def is_documented(reason: str) -> bool:
    """Tell whether a refusal is one of those the package announces."""
    return any(mark in reason for mark in ("cannot be translated", "cannot be told", "never works in Java"))


def _encode(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be", "surrogatepass")).decode("ascii")


def _decode(field: str) -> str:
    return base64.b64decode(field).decode("utf-16-be", "surrogatepass")
