"""How a connection admits us at an agency: its secrets, put to the use that the contract names."""

from functools import partial
from typing import Any
from urllib.parse import quote_plus

from requests.auth import HTTPBasicAuth

from connectors.rest.auth import Admission, Authentication, ClientCredentials, FixedHeaders, Signature, bearer
from connectors.rest.body import together
from connectors.rest.client import Answer, Client
from connectors.rest.paging import on_the_same_host
from connectors.text_rows import UnreadableError, at_path, read_json
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied
from hedui.model.sources import RestSource

_LARGEST = 64 * 1024  # bytes of an answer that holds a token


def admission(source: RestSource, credentials: Credentials, client: Client, host: str) -> Admission:
    """What lets requests in at `host`, which is `https://name:port`.

    Connection: extra `token`; or `login` and `password` (name and secret) with extra `token_path` and perhaps `scope`,
    for client credentials; or `password` with extra `key_header`, for a static key. A signature's key and secret are
    `login` and `password`, or extra `signing_key` and `signing_secret` where these serve for something else.
    """
    return Admission(_authentication(source, credentials, client, host), _signature(source, credentials))


def _authentication(source: RestSource, credentials: Credentials, client: Client, host: str) -> Authentication:
    match source.authentication:
        case "token":
            return FixedHeaders(bearer(credentials.secret("token")))
        case "static_key":
            header = credentials.secret("key_header") or "X-API-Key"
            return FixedHeaders({header: credentials.password.get_secret_value()})
        case "client_credentials":
            return ClientCredentials(partial(_token, credentials, client, host))
        case "none":
            return FixedHeaders({})


def _signature(source: RestSource, credentials: Credentials) -> Signature | None:
    if source.signing == "none":
        return None
    key = credentials.secret("signing_key") or credentials.login
    secret = credentials.secret("signing_secret") or credentials.password.get_secret_value()
    return Signature(source.signing, key, secret)


def _token(credentials: Credentials, client: Client, host: str) -> tuple[str, float | None]:
    # The standard asks for both to be written as in a form before they are joined.
    name, secret = quote_plus(credentials.login), quote_plus(credentials.password.get_secret_value())
    form = {"grant_type": "client_credentials"}
    if scope := credentials.secret("scope"):
        form["scope"] = scope
    return client.post(_token_address(credentials, client, host), form, HTTPBasicAuth(name, secret), _token_in)


def _token_address(credentials: Credentials, client: Client, host: str) -> str:
    stated = credentials.secret("token_path") or credentials.secret("token_url")
    try:
        return host + on_the_same_host(host, stated)
    except UnreadableError:
        raise AccessDenied(
            client.where, "the connection asks for its token on another host", "Set `token_path`, below the same host"
        ) from None


def _token_in(answer: Answer) -> tuple[str, float | None]:
    granted = read_json(together(answer.content, _LARGEST))
    token, life = at_path(granted, "access_token"), at_path(granted, "expires_in")
    if not isinstance(token, str) or not token:
        raise UnreadableError("the service gave us an answer without a token")
    return token, _seconds(life)


def _seconds(life: Any) -> float | None:
    try:
        return max(0.0, float(life))
    except (TypeError, ValueError):
        return None
