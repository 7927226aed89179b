"""What differs between versions of Enrich, each from the version that brought it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_TEXT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.([0-9]{1,3}))?")
#: A part that is not given stands for the newest of its kind: ``6`` is the newest 6.x.
_NEWEST: Final = 10_000
_OLDEST: Final = (3, 8, 0)


@dataclass(frozen=True)
class Generation:
    """A version of Enrich, from 3.8 on.

    :param version: major, minor and patch; of a part that was left out the newest
    """

    version: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Generation:
        """Read a version such as ``6``, ``4.2`` or ``3.9.0``.

        :raises ValueError: when it is none, or older than 3.8
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"expected a version of Enrich such as 6, 4.2 or 3.9.0, not {text!r}")
        major, minor, patch = (_NEWEST if part is None else int(part) for part in match.groups())
        if (major, minor, patch) < _OLDEST:
            raise ValueError(f"Enrich {text} is older than 3.8, the oldest that can be predicted")
        return cls((major, minor, patch))

    def _from(self, *version: int) -> bool:
        return self.version >= version

    @cached_property
    def parameters_are_schema_violations(self) -> bool:
        """Whether wrong parameters and long fields are schema_violations; before, they are enrichment_failures."""
        return self._from(4, 2)

    @cached_property
    def json_faults_are_their_own(self) -> bool:
        """Whether ``ue`` and ``co`` that are no JSON have a message of their own, and not one of a parameter."""
        return self._from(5)

    @cached_property
    def most_json_depth(self) -> int | None:
        """How deep JSON may nest, a scalar being one level; None for no limit."""
        if self._from(6):
            return 50
        return 40 if self._from(5, 1) else None

    @cached_property
    def knows_headset(self) -> bool:
        """Whether ``headset`` is a platform."""
        return self._from(4)

    @cached_property
    def has_long_urls(self) -> bool:
        """Whether page URLs may have 10,000 characters and click ids 1,000."""
        return self._from(4)

    @cached_property
    def splits_cross_domain_wide(self) -> bool:
        """Whether ``_sp`` has up to seven parts, each of which may be empty."""
        return self._from(4, 1)

    @cached_property
    def stops_when_it_fails(self) -> bool:
        """Whether an exception stops Enrich; before, it is a bad row of the whole payload."""
        return self._from(6)

    @cached_property
    def versions_are_bounded_late(self) -> bool:
        """Whether a version part beyond 32 bits is an exception, and not an invalid version."""
        return not self._from(4)

    @cached_property
    def reads_legacy_payloads(self) -> bool:
        """Whether a payload without a schema is read as the older struct."""
        return not self._from(6, 1)

    @cached_property
    def names_the_end_of_bytes(self) -> bool:
        """Whether a truncated payload has a message of its own."""
        return self._from(5, 4)

    @cached_property
    def bounds_schema_names(self) -> bool:
        """Whether vendor, name and format of a schema may have no more than 128 characters."""
        return self._from(6, 7, 1)

    @cached_property
    def any_of_names_types(self) -> bool:
        """Whether ``anyOf`` reports the types that were expected (validator 1.0.70)."""
        return not self._from(4)

    @cached_property
    def seconds_may_be_missing(self) -> bool:
        """Whether a date-time may end with its minutes (validator 1.0.70)."""
        return not self._from(4)

    @cached_property
    def checks_durations(self) -> bool:
        """Whether the format ``duration`` is checked (validator 1.0.76)."""
        return self._from(4)

    @cached_property
    def has_the_newest_validator(self) -> bool:
        """Whether the validator is of the line that began with 1.5; inferred, since its version is not published."""
        return self._from(6, 5)

    @property
    def references_stand_alone(self) -> bool:
        """Whether what stands beside ``$ref`` is ignored."""
        return self.has_the_newest_validator

    @property
    def union_is_type(self) -> bool:
        """Whether a list of types is reported as ``type``."""
        return self.has_the_newest_validator
