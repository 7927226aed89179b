"""The API keys of a resolver config: as they are, or by where they are kept. No error here tells a key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from event_recovery.storage.clients import aws_client

#: Makes a client of boto3 for a service in a region.
ClientOf = Callable[[str, str], Any]

#: What stands before the id of an Airflow connection whose password is the key; only Airflow can look there.
CONNECTION: Final = "airflow-connection:"

#: What may stand in place of a key, in words.
FORMS: Final = (
    "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME "
    f"or, in a resolver config that is given to Airflow in place, {CONNECTION}ID"
)

_NAME: Final = "apikey"
_HIDDEN: Final = "***"
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:(?:(?P<secret>secretsmanager):(?P<of_secret>[a-z0-9-]+):[0-9]{12}:secret:\S+"
    r"|(?P<parameter>ssm):(?P<of_parameter>[a-z0-9-]+):[0-9]{12}:parameter/\S+)"
)


class ApikeyError(ValueError):
    """An API key cannot be read; the text names where it is kept, and what is wrong."""


def is_reference(apikey: str) -> bool:
    """Tell whether a text says where a key is kept, and is none itself."""
    return apikey.startswith(("arn:", CONNECTION))


def read_apikey(given: str, client_of: ClientOf | None = None) -> str:
    """Return the key that a resolver config gives, from Secrets Manager or from Systems Manager if it names them.

    A secret that is a JSON object, as the console writes it, has the key as its ``apikey``.

    :param given: the key, or the ARN of a secret or parameter
    :param client_of: makes the clients; by default boto3, with the credentials of the environment
    :raises ApikeyError: when nothing can be read there
    """
    if not is_reference(given):
        return given
    if given.startswith(CONNECTION):
        raise ApikeyError(f"{given}: only Airflow can look there, and only in what is given in place; expected {FORMS}")
    named = _ARN.fullmatch(given)
    if named is None:
        raise ApikeyError(f"{given}: expected {FORMS}")
    service = named["secret"] or named["parameter"]
    text = _stored(given, service, named["of_secret"] or named["of_parameter"], client_of or aws_client)
    return _key_in(given, text)


def _stored(arn: str, service: str, region: str, client_of: ClientOf) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = client_of(service, region)
        if service == "ssm":
            value = client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        else:
            value = client.get_secret_value(SecretId=arn).get("SecretString")
    except ClientError as error:
        told = error.response.get("Error", {})
        # What comes with it may hold more than the code, and never the value: there was none.
        raise ApikeyError(f"{arn}: {told.get('Code', 'refused')}, {told.get('Message', error)}") from None
    except BotoCoreError as error:
        raise ApikeyError(f"{arn}: {error}") from None
    return value if isinstance(value, str) else None


def _key_in(arn: str, text: str | None) -> str:
    if text is None:
        raise ApikeyError(f"{arn}: holds bytes, expected the key as text")
    key: Any = text.strip()
    if key.startswith("{"):
        try:
            key = json.loads(key)[_NAME]
        except (ValueError, KeyError):
            # Its text may hold the key.
            raise ApikeyError(f"{arn}: expected the key as text, or a JSON object that has it as {_NAME!r}") from None
    if not isinstance(key, str) or not key.strip():
        raise ApikeyError(f"{arn}: is empty, expected the key as text")
    return key.strip()


def plain_apikeys(document: Any) -> list[str]:
    """Return the keys that stand in a resolver config as they are, whatever else is wrong with it."""
    return [key for key in _given(document) if isinstance(key, str) and key and not is_reference(key)]


def _given(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name == _NAME:
                yield value
            else:
                yield from _given(value)
    elif isinstance(document, list):
        for value in document:
            yield from _given(value)


def without_apikeys(document: Any) -> Any:
    """Return a resolver config in which no key stands as it is, to be shown."""
    return with_apikeys(document, lambda key: key if is_reference(key) else _HIDDEN)


def with_apikeys(document: Any, replaced: Callable[[str], str]) -> Any:
    """Return a resolver config with other keys.

    :param replaced: returns what stands in place of a key
    """
    if isinstance(document, dict):
        return {
            name: replaced(value) if name == _NAME and isinstance(value, str) else with_apikeys(value, replaced)
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [with_apikeys(value, replaced) for value in document]
    return document
