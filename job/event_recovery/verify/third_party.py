"""Webhooks of third parties: only whether there is a request that they could read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from event_recovery.verify.collector import Collected
from event_recovery.verify.failures import NotCheckable, Violation, input_data
from event_recovery.verify.generations import Generation
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a webhook asks of a request before it reads it.

    :param content_type: None when any will do
    :param may_go_on: whether more may follow behind the content type
    """

    content_type: str | None
    may_go_on: bool = False


#: By vendor and version; those that read the querystring have None.
THIRD_PARTY: Final[Mapping[tuple[str, str], _Wanted | None]] = {
    ("com.callrail", "v1"): None,
    ("com.pingdom", "v1"): None,
    ("com.mailchimp", "v1"): _Wanted(_FORM),
    ("com.mailgun", "v1"): _Wanted(None),
    ("com.mandrill", "v1"): _Wanted(_FORM),
    ("com.olark", "v1"): _Wanted(_FORM),
    ("com.pagerduty", "v1"): _Wanted(_JSON),
    ("com.sendgrid", "v3"): _Wanted(_JSON, may_go_on=True),
    ("com.statusgator", "v1"): _Wanted(_FORM),
    ("com.unbounce", "v1"): _Wanted(_FORM),
    ("com.hubspot", "v1"): _Wanted(_JSON),
    ("com.marketo", "v1"): _Wanted(None),
    ("com.getvero", "v1"): _Wanted(None),
    ("com.urbanairship.connect", "v1"): _Wanted(None),
    ("com.google.analytics", "v1"): _Wanted(None),
    ("com.amazon.aws.cloudfront", "wd_access_log"): _Wanted(None),
}


def check_third_party(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Refuse what the webhook's adapter refuses unread.

    :raises NotCheckable: for everything that it would read
    """
    wanted = THIRD_PARTY[collected.vendor, collected.version]
    name = f"{collected.vendor}/{collected.version}"
    if wanted is None:
        _check_querystring(collected)
        raise NotCheckable(f"the querystring of {name}")
    content_type = collected.payload.content_type
    if collected.payload.body is None:
        if collected.vendor in _OTHER_WORDS_FOR_NO_BODY:
            raise NotCheckable(f"a request of {name} without a body")
        raise Violation(input_data("body", None, "empty body: no events to process"))
    if wanted.content_type is not None:
        if content_type is None:
            expectation = f"no content type: expected {wanted.content_type}"
            raise Violation(input_data("contentType", None, expectation))
        fits = wanted.content_type in content_type if wanted.may_go_on else wanted.content_type == content_type
        if not fits:
            raise Violation(input_data("contentType", content_type, f"expected {wanted.content_type}"))
    raise NotCheckable(f"the body of {name}")


_OTHER_WORDS_FOR_NO_BODY: Final = ("com.google.analytics", "com.amazon.aws.cloudfront", "com.urbanairship.connect")


def _check_querystring(collected: Collected) -> None:
    of_callrail = collected.vendor == "com.callrail"
    if not collected.pairs:
        expectation = "empty querystring" if of_callrail else "empty querystring: no events to process"
        raise Violation(input_data("querystring", None, expectation))
    if not of_callrail and dict(collected.pairs).get("message") is None:
        shown = "&".join(f"{name}={'null' if value is None else value}" for name, value in collected.pairs)
        raise Violation(input_data("querystring", shown, "no `message` parameter provided"))
