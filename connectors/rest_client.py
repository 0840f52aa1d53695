"""One address after another, asked patiently: what an answer means, and when to ask again."""

from typing import Any, Final

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util import Retry

from connectors.text_rows import read_json
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, HeduiError

_TIMEOUT: Final = (5.0, 60.0)  # seconds to connect, seconds between two bytes
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT: Final = 60.0  # seconds
_back_off: Final = wait_random_exponential(multiplier=0.3, max=_LONGEST_WAIT)


class _AskAgainError(Exception):
    """Worth another attempt at once; `after` seconds if the agency said how long."""

    def __init__(self, what: str, after: float | None = None) -> None:
        self.what, self.after = what, after


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _AskAgainError) and error.after is not None:
        return min(error.after, _LONGEST_WAIT)
    return _back_off(state)


class Client:
    """Gets JSON or says in one of our errors why not. `where` names the dataset."""

    def __init__(self, session: requests.Session, where: str, attempts: int = 6) -> None:
        self._session, self._where, self._attempts = session, where, attempts
        # Not urllib3's own retries: they would repeat the nonce of the signature, which a good server refuses.
        self._patiently = Retrying(
            retry=retry_if_exception_type(_AskAgainError), stop=stop_after_attempt(attempts), wait=_wait, reraise=True
        )

    def get(self, address: str, parameters: dict[str, str]) -> Any:
        """The JSON at an address, its numbers as text. Raises AgencyUnavailable, AccessDenied, DeliveryBroken."""
        try:
            return self._patiently(self._get_once, address, parameters)
        except _AskAgainError as last:
            raise self._unavailable(f"it {last.what}, {self._attempts} times in a row") from None

    def _get_once(self, address: str, parameters: dict[str, str]) -> Any:
        try:
            # A redirect would carry the signed headers elsewhere.
            answer = self._session.get(address, params=parameters, timeout=_TIMEOUT, allow_redirects=False)
        except (OSError, ValueError) as error:  # requests' own exceptions are OSErrors
            raise self._not_reached(error) from None
        self._check_status(answer)
        try:
            return read_json(answer.content)
        except (ValueError, RecursionError):
            kind = answer.headers.get("Content-Type", "nothing it names").split(";")[0]
            raise DeliveryBroken(
                self._where,
                f"the service answered with {kind:.40} that is not JSON",
                "Check host and path; ask the agency",
            ) from None

    def _check_status(self, answer: requests.Response) -> None:
        status = answer.status_code
        if status in _BUSY:
            raise _AskAgainError(f"answered {status}", _retry_after(answer))
        if status in (401, 403):
            raise AccessDenied(
                self._where,
                f"the service refused us ({status})",
                "Check token, key and secret of the connection, and the clock",
            )
        if status != 200:
            raise DeliveryBroken(
                self._where, f"the service answered {status}", "Compare the contract's path with the agency's"
            )

    def _not_reached(self, error: OSError | ValueError) -> HeduiError | _AskAgainError:
        """The exception may quote address and headers: only its kind goes on."""
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error):
            return AccessDenied(
                self._where,
                "nobody we trust vouches for the service's certificate",
                "Check host and `ca_file` of the connection",
            )
        if isinstance(error, ValueError) or not isinstance(error, requests.exceptions.RequestException):
            return AccessDenied(
                self._where,
                "host, port, token or `ca_file` of the connection cannot be right",
                "Correct the connection",
            )
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, NameResolutionError):
            return self._unavailable("its host name is not known")
        if isinstance(reason, NewConnectionError):
            return self._unavailable("it refuses connections")
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return self._unavailable("it does not answer")
        return _AskAgainError("broke off the connection")

    def _unavailable(self, what: str) -> AgencyUnavailable:
        return AgencyUnavailable(
            self._where, f"the agency is not available: {what}", "It is tried again; if it lasts, call the agency"
        )


def _retry_after(answer: requests.Response) -> float | None:
    try:
        return Retry().get_retry_after(answer.raw)
    except ValueError:
        return None
