r"""Java's ``java.util.regex`` as recovery configs use it: find, and replace all.

A Java pattern is parsed the way Java parses it and written again for the ``regex`` library, with line ends, word
boundaries, classes and letter case spelled out. The reference is Java 17 (so ``\b`` knows non-ASCII letters), and the
comparison in ``tests/conformance/javaregex`` holds both against each other.

Refused at load, because the translation would not be exact:

* back references under ``(?i)`` to groups that may hold letters; ``\b{g}``; ``(?c)``;
* ``\X``, and atomic or possessive parts of varying length, in a look-behind; a look-behind with several unlimited
  repetitions, which Java accepts but never matches;
* ``{n,m}`` behind a group that can match the empty text, and a group that refers to itself;
* ``\G`` in a pattern that can match the empty text; classes that go on behind ``&&`` and a nested class, or end in it;
* repetitions that demand more than 100,000 characters, and groups nested more than some 200 deep;
* asking for the text of a group (in a template or a back reference) that Java does not reset after a failed attempt,
  or sets in another round: groups in negative look-arounds and in look-behinds of varying length, optional groups in
  look-aheads and atomic groups, groups in a repetition that can match the empty text.

Known to differ:

* Characters younger than Unicode 13, which Java 17 does not know, have the properties of the library's newer tables, as
  have some 50 older characters whose properties were corrected since.
* Names of scripts and blocks may vary in blanks, hyphens and underscores more freely than in Java.
* Half a surrogate pair next to ``\b``, ``\B`` or a look-around, after an empty match in front of an emoji, say.
* Java remembers failed rounds of a repetition, so some patterns that run into our time limit end there, and long texts
  that exhaust Java's stack are matched here.
"""

from event_recovery.javaregex.errors import MatchTimeout, PatternError, TemplateError
from event_recovery.javaregex.pattern import TIME_LIMIT_S, JavaPattern, compile_pattern
from event_recovery.javaregex.template import ReplacementTemplate, compile_template

__all__ = [
    "TIME_LIMIT_S",
    "JavaPattern",
    "MatchTimeout",
    "PatternError",
    "ReplacementTemplate",
    "TemplateError",
    "compile_pattern",
    "compile_template",
]
