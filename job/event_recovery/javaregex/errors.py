"""Faults of a pattern, of a replacement template and of a match."""


class PatternError(ValueError):
    """The pattern is one that Java refuses, or one that cannot be translated exactly.

    :param position: 0-based index of the offending character in the pattern
    """

    def __init__(self, pattern: str, reason: str, position: int) -> None:
        super().__init__(pattern, reason, position)
        self.pattern = pattern
        self.reason = reason
        self.position = position

    def __str__(self) -> str:
        return f"regex {self.pattern!r}: {self.reason}, at position {self.position}"


class TemplateError(ValueError):
    """The replacement template is malformed, or asks for a group that the pattern does not offer."""

    def __init__(self, template: str, reason: str, position: int) -> None:
        super().__init__(template, reason, position)
        self.template = template
        self.reason = reason
        self.position = position

    def __str__(self) -> str:
        return f"replacement {self.template!r}: {self.reason}, at position {self.position}"


class MatchTimeout(TimeoutError):  # noqa: N818 - an expired limit, named as such
    """One call of ``found_in`` or ``replace_all`` ran longer than its time limit."""

    def __init__(self, pattern: str, seconds: float) -> None:
        super().__init__(pattern, seconds)
        self.pattern = pattern
        self.seconds = seconds

    def __str__(self) -> str:
        return f"regex {self.pattern!r}: no answer within {self.seconds:g} s"
