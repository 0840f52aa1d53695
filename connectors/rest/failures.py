"""What went wrong on the way, in our errors. Exceptions may quote addresses and headers: only their kind goes on."""

import socket
import ssl
from typing import TypeVar

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProxyError

from hedui.model.errors import AccessDenied, AgencyUnavailable, HeduiError

E = TypeVar("E", bound=BaseException)

_EXPIRED, _OTHER_HOST = frozenset({9, 10}), frozenset({62, 64})  # OpenSSL's numbers; 9: not valid yet

_OURS_REFUSED = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "HANDSHAKE_FAILURE")
_ON_THE_WAY = (requests.RequestException, ConnectionError, ssl.SSLError)
_UNUSABLE = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "KEY_VALUES_MISMATCH", "PEM_LIB", "PEM lib"})  # files


class AskAgainError(Exception):
    """Worth another attempt at once; `after` seconds if the agency said how long."""

    def __init__(self, what: str, after: float | None = None) -> None:
        self.what, self.after = what, after


def unavailable(where: str, what: str) -> AgencyUnavailable:
    return AgencyUnavailable(
        where, f"the agency is not available: {what}", "It is tried again; if it lasts, call the agency"
    )


def not_reached(where: str, error: Exception) -> HeduiError | AskAgainError:
    """Why no answer began."""
    if missed := _not_connected(error):
        return unavailable(where, missed)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return AskAgainError("did not answer in time")
    if refused := _refused(error):
        return AccessDenied(where, *refused)
    return AskAgainError("broke off the connection")


def _not_connected(error: Exception) -> str | None:
    if _cause(error, socket.gaierror) or _cause(error, NameResolutionError):
        return "its host name, or the proxy's, is not known"
    if _cause(error, ConnectionRefusedError):
        return "it, or the proxy, refuses connections"
    if isinstance(error, (requests.exceptions.ConnectTimeout, TimeoutError)) or _cause(error, NewConnectionError):
        return "it does not answer"
    return None


def _refused(error: Exception) -> tuple[str, str] | None:
    """What happened and what to do, where trying again is of no use."""
    if distrusted := _cause(error, ssl.SSLCertVerificationError):
        return _distrust(distrusted.verify_code), "Check host and `ca_file` of the connection; ask the agency"
    reason = str(getattr(_cause(error, ssl.SSLError), "reason", ""))
    if "ALERT" in reason and any(word in reason for word in _OURS_REFUSED):
        return (
            "the service accepts no connection with our client certificate, or without one",
            "Check `client_cert_file` and `client_key_file` of the connection",
        )
    if _cause(error, ProxyError) and "407" in str(error):
        return "the proxy refused us", "Check `proxy` of the connection"
    if reason == "WRONG_VERSION_NUMBER":
        return "host and port answer, but not by HTTPS", "Correct host, port or proxy of the connection"
    # What requests itself raises for a file that is not there is a plain OSError.
    of_a_file = isinstance(error, OSError) and not isinstance(error, _ON_THE_WAY)
    if reason in _UNUSABLE or isinstance(error, ValueError) or of_a_file:
        return (
            "host, port, token, proxy or a certificate's file of the connection cannot be right",
            "Correct the connection: `ca_file`, `client_cert_file` and `client_key_file` name files",
        )
    return None


def _distrust(code: int) -> str:
    if code in _EXPIRED:
        return "the service's certificate has expired, or is not valid yet"
    if code in _OTHER_HOST:
        return "the service's certificate is of another host"
    return "nobody we trust vouches for the service's certificate"


def _cause(error: object, kind: type[E]) -> E | None:
    """The first exception of a kind in what an exception wraps."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        one = todo.pop(0)
        if isinstance(one, kind):
            return one
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            todo += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return None
