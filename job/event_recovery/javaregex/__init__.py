"""Java's ``java.util.regex``, as far as recovery configs use it: find, and replace all."""

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
