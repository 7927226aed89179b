"""Click redirects: the target becomes an event of its own, or a context of the event that comes with it."""

from __future__ import annotations

from typing import Final

from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.verify.collector import Collected
from event_recovery.verify.failures import EnrichException, Violation, input_data, not_json
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import NotJsonError, read_json
from event_recovery.verify.lenient_base64 import decode_text
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.schemas import Schemas

_REDIRECT: Final = "iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0"
_UNSTRUCT: Final = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
_CONTEXTS: Final = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"


def read_redirect(collected: Collected, schemas: Schemas, generation: Generation) -> list[Parameters]:
    """Read a redirect.

    :raises Violation: when it has no target, or contexts that nothing can be added to
    :raises EnrichException: when the parameter for contexts has no value
    """
    if not collected.pairs:
        raise Violation(input_data("querystring", None, "empty querystring: not a valid URI redirect"))
    parameters: Parameters = dict(collected.pairs)
    target = parameters.pop("u", None)
    if target is None:
        shown = "&".join(f"{name}={'null' if value is None else value}" for name, value in collected.pairs)
        raise Violation(input_data("querystring", shown, "missing `u` parameter: not a valid URI redirect"))
    entity = {"schema": _REDIRECT, "data": {"uri": target}}
    added: Parameters = {"tv": "r-tp2"}
    if parameters.get("e") is None:
        added |= {"e": "ue", "ue_pr": no_spaces({"schema": _UNSTRUCT, "data": entity})}
    else:
        added |= _contexts(parameters, entity, generation)
    # The platform is only for those that do not give one.
    return [{"p": "web"} | parameters | added]


def _contexts(parameters: Parameters, entity: Json, generation: Generation) -> Parameters:
    new = no_spaces({"schema": _CONTEXTS, "data": [entity]})
    given = [name for name in ("co", "cx") if name in parameters]
    if not given:
        return {"co": new}
    values = [parameters.get(name) for name in ("co", "cx")]
    if all(value is None for value in values):
        raise EnrichException(f"({', '.join('Some(None)' if name in given else 'None' for name in ('cx', 'co'))})")
    text = decode_text(values[1] or "") if values[0] is None else values[0]
    if not text and values[0] is not None:
        return {"co": new}
    try:
        document = read_json(text, generation)
    except NotJsonError as error:
        raise Violation(not_json("co|cx", text, str(error))) from error
    # Whether these are contexts at all is looked at later, as of any event.
    if type(document) is dict and type(document.get("data")) is list:
        document = document | {"data": [entity, *document["data"]]}
    return {"co": no_spaces(document)} | ({} if values[0] is not None else {"cx": None})
