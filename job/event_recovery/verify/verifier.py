"""Would Enrich take it? The verifier, from the bytes of a payload to a verdict for each event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from event_recovery.iglu.apikeys import ClientOf
from event_recovery.iglu.resolver import Resolver
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.javaregex import MatchTimeout
from event_recovery.verify.adapters import adapter_bad_row_type, raw_events
from event_recovery.verify.collector import Collected, read_collected
from event_recovery.verify.dialect.patience import OutOfPatience
from event_recovery.verify.events import Rules, judge
from event_recovery.verify.failures import (
    FORMAT_VIOLATION,
    GENERIC_ERROR,
    EnrichException,
    NotCheckable,
    Violation,
)
from event_recovery.verify.generations import Generation
from event_recovery.verify.lengths import limits
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas
from event_recovery.verify.verdicts import Verdict, fails, not_checked

_NO_OVERRIDES: Final[Mapping[str, int]] = MappingProxyType({})


class Verifier:
    """Predicts what Enrich would say of collector payloads, without any of a user's enrichments.

    It pickles, and leaves behind what it has learned of schemas; threads may share it.

    :param resolver: where schemas are looked up; without one only those of the tracker protocol are known, and events
        with others are not checked
    :param enrich: the version of Enrich to predict, from 3.8 on, such as ``"6"`` (the newest 6.x) or ``"4.2"``
    :param field_limits: lengths of fields that differ from those that Enrich comes with (``atomicFieldsLimits``)
    :param accept_invalid: whether fields may be longer (``acceptInvalid``)
    :raises ValueError: when there is no such version or limit
    """

    def __init__(
        self,
        resolver: Resolver | None = None,
        *,
        enrich: str = "6",
        field_limits: Mapping[str, int] = _NO_OVERRIDES,
        accept_invalid: bool = False,
    ) -> None:
        self._settings = (resolver, enrich, dict(field_limits), accept_invalid)
        generation = Generation.parse(enrich)
        most = limits(field_limits, generation)
        self._rules = Rules(generation, Schemas(resolver, generation), None if accept_invalid else most)

    @classmethod
    def from_resolver(
        cls, resolver: Mapping[str, Any] | str | bytes | None, *, client_of: ClientOf | None = None, **settings: Any
    ) -> Verifier:
        """Make a verifier of an Iglu resolver config.

        :param resolver: the config, parsed or as JSON text in bytes, or an argument as ``read_json_source`` takes it
        :param client_of: makes the clients of boto3 by which API keys are read that stand in it as ARNs
        :raises ConfigError: with everything that is wrong with the config
        :raises SourceError: when the argument cannot be read
        """
        if isinstance(resolver, Mapping):
            resolver = json.dumps(resolver).encode()
        found = None if resolver is None else load_resolver(resolver, what="resolver", client_of=client_of)
        return cls(found, **settings)

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, self._settings

    def verify(self, payload: bytes) -> list[Verdict]:
        """Return a verdict for each event of a payload, or for each bad row that Enrich would write of it as a whole.

        Never raises, whatever the bytes are.
        """
        try:
            return self._verify(payload)
        except NotCheckable as unseen:
            return [not_checked(str(unseen))]
        except (MatchTimeout, OutOfPatience) as expired:
            return [not_checked(str(expired))]
        except (RecursionError, MemoryError) as limit:
            return [not_checked(f"a payload that is too much for this machine: {type(limit).__name__}")]
        except Exception as error:  # noqa: BLE001 - a fault of ours is no verdict, and must stop nothing
            # Its text may quote a value, and this is counted by.
            return [not_checked(f"unexpected fault of the verification itself: {type(error).__name__}")]

    def _verify(self, payload: bytes) -> list[Verdict]:
        rules = self._rules
        rules.schemas.patience.renew()
        try:
            collected = read_collected(payload, rules.generation)
        except Violation as violation:
            return [fails(FORMAT_VIOLATION, {"loader": "thrift", "message": one}) for one in violation.messages]
        try:
            try:
                events = raw_events(collected, rules.schemas, rules.generation)
            except Violation as violation:
                return [_adapter_failure(collected, violation)]
            return self._judge_all(events, collected)
        except EnrichException as error:
            # Nothing of the payload is left, its other events included.
            return [fails(GENERIC_ERROR, {"errors": [str(error)]})]

    def _judge_all(self, events: list[Parameters], collected: Collected) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for event in events:
            try:
                verdicts.append(judge(event, collected.payload, self._rules))
            except OutOfPatience as error:
                verdicts += [not_checked(str(error))] * (len(events) - len(verdicts))
                break
        return verdicts


def _make(resolver: Resolver | None, enrich: str, field_limits: Mapping[str, int], accept_invalid: bool) -> Verifier:
    return Verifier(resolver, enrich=enrich, field_limits=field_limits, accept_invalid=accept_invalid)


def _adapter_failure(collected: Collected, violation: Violation) -> Verdict:
    failure = {"vendor": collected.vendor, "version": collected.version, "messages": violation.messages}
    return fails(adapter_bad_row_type(collected), failure)
