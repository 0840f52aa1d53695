"""One address after another, asked patiently: what an answer means, and when to ask again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Final, TypeVar, cast

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from connectors.rest.auth import Admission
from connectors.rest.body import unpacked
from connectors.rest.failures import AskAgainError, not_reached, unavailable
from connectors.rest.session import Session
from connectors.text_rows import UnreadableError
from hedui.model.errors import AccessDenied, DeliveryBroken

T = TypeVar("T")
Files = list[tuple[str, tuple[str, bytes, str]]]  # field of the form; name, content and media type of the file
_Request = dict[str, Any]  # what requests takes as arguments

_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT: Final = 60.0  # seconds
_BACK_OFF: Final = wait_random_exponential(multiplier=0.3, max=_LONGEST_WAIT)
_CHUNK: Final = 256 * 1024
_CLOCKS_DIFFER: Final = 60.0  # seconds


@dataclass(frozen=True)
class Patience:
    """How long we wait for an agency, in seconds, and how often we ask."""

    connect: float = 5.0
    between: float = 60.0  # two bytes
    answer: float = 300.0  # until it is whole; a large one has more, see BoundedContext
    attempts: int = 6
    back_off: wait_base = _BACK_OFF
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Answer:
    """A good answer: its unpacked content, as it comes."""

    content: Iterator[bytes]
    says_its_end: bool  # a lost end would be noticed
    next_link: str  # of the header `Link`


class Client:
    """Gets answers or says in one of our errors why not. `where` names the dataset."""

    def __init__(self, session: Session, where: str, patience: Patience, calls_a_second: float | None = None) -> None:
        self.admission: Admission | None = None
        self.where, self._session, self._patience = where, session, patience
        self._pause = 1 / calls_a_second if calls_a_second else 0.0
        self._next_call = 0.0
        self._open: requests.Response | None = None
        # Not urllib3's own retries: they would repeat the nonce of the signature, which a good server refuses.
        self._patiently = Retrying(
            retry=retry_if_exception_type(AskAgainError),
            stop=stop_after_attempt(patience.attempts),
            wait=self._wait,
            sleep=patience.sleep,
            reraise=True,
        )

    def close(self) -> None:
        """Leave no connection open, were an answer read to its end or not."""
        self._leave()
        self._session.close()

    def certificate_until(self, host: str, port: int) -> datetime:
        """The end of the validity of the service's certificate. Raises AgencyUnavailable, AccessDenied."""
        try:
            return self._session.certificate_until(host, port, self._patience.connect)
        except (OSError, ValueError) as error:
            failure = not_reached(self.where, error)
        raise unavailable(self.where, f"it {failure.what}") if isinstance(failure, AskAgainError) else failure

    def get(self, address: str, parameters: dict[str, str], read: Callable[[Answer], T], *fine: int) -> T | None:
        """What `read` makes of the answer, and None for one with a status of `fine`.

        Where the connection breaks off while `read` is at work, we ask again. It may leave content for later: until the
        next call that can be read on, `in_the_middle`.

        Raises AgencyUnavailable, AccessDenied, DeliveryBroken.
        """
        return self._ask(read, fine, {"method": "GET", "url": address, "params": parameters, "auth": self.admission})

    def post(self, address: str, form: dict[str, str], auth: AuthBase, read: Callable[[Answer], T]) -> T:
        """What `read` makes of the answer to a form. Raises as `get`."""
        answered = self._ask(read, (), {"method": "POST", "url": address, "data": form, "auth": auth})
        return cast(T, answered)

    def hand_over(
        self, address: str, form: dict[str, str], files: Files, auth: AuthBase, read: Callable[[Answer], T]
    ) -> T:
        """What `read` makes of the answer to a form with files; asked again, the same goes out. Raises as `get`."""
        request: _Request = {"method": "POST", "url": address, "data": form, "files": files, "auth": auth}
        return cast(T, self._ask(read, (), request))

    @contextmanager
    def in_the_middle(self) -> Iterator[None]:
        """Reading on what an answer left for later: what breaks off now cannot be asked for again."""
        try:
            yield
        except AskAgainError as error:
            raise unavailable(self.where, f"it {error.what} in the middle of an answer") from None
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error, "something") from None

    def _ask(self, read: Callable[[Answer], T], fine: tuple[int, ...], request: _Request) -> T | None:
        try:
            return self._patiently(self._ask_once, read, fine, request)
        except AskAgainError as last:
            times = f", {self._patience.attempts} times in a row" if self._patience.attempts > 1 else ""
            raise unavailable(self.where, f"it {last.what}{times}") from None

    def _ask_once(self, read: Callable[[Answer], T], fine: tuple[int, ...], request: _Request) -> T | None:
        response = self._send(request)
        if response.status_code in fine:
            return None
        self._check_status(response, asks_for_token=request["method"] == "POST" and "files" not in request)
        kind = response.headers.get("Content-Type", "nothing it names").split(";")[0]
        try:
            return read(_answer(response))
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error, f"{kind:.40}") from None

    def _send(self, request: _Request) -> requests.Response:
        self._leave()
        if (early := self._next_call - time.monotonic()) > 0:
            self._patience.sleep(early)
        self._next_call = time.monotonic() + self._pause
        patience = self._patience
        self._session.context.within(patience.answer, patience.between)
        try:
            # A redirect would carry the signed headers elsewhere.
            self._open = self._session.request(
                **request, timeout=(patience.connect, patience.between), allow_redirects=False, stream=True
            )
            return self._open
        except (OSError, ValueError, HTTPError) as error:  # requests' own exceptions are OSErrors
            raise not_reached(self.where, error) from None

    def _leave(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _check_status(self, response: requests.Response, *, asks_for_token: bool) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in _BUSY:
            raise self._busy(f"answered {status}", _retry_after(response))
        if status == 401 and not asks_for_token and self.admission and self.admission.renewed():
            raise AskAgainError("refused the token it gave us", after=0)
        if status in (401, 403) or (status == 400 and asks_for_token):
            raise self._denied(response)
        raise DeliveryBroken(
            self.where, f"the service answered {status}", "Compare the contract's path with the agency's"
        )

    def _denied(self, response: requests.Response) -> AccessDenied:
        refused = f"the service refused us ({response.status_code})"
        if abs(ahead := _seconds_ahead(response)) > _CLOCKS_DIFFER:
            side = "ahead of" if ahead > 0 else "behind"
            what = f"{refused}; its clock is {abs(ahead):.0f} seconds {side} ours"
            return AccessDenied(self.where, what, "Set the clock that is wrong; then check the connection")
        return AccessDenied(self.where, refused, "Check token, key and secret of the connection, and the clock")

    def _busy(self, what: str, after: float | None) -> Exception:
        if after is not None and after > _LONGEST_WAIT:
            return unavailable(self.where, f"it {what} and asks us to wait for {after:.0f} seconds")
        return AskAgainError(what, after)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, AskAgainError) and error.after is not None:
            return error.after
        return self._patience.back_off(state)

    def _unreadable(self, error: Exception, kind: str) -> DeliveryBroken:
        if isinstance(error, UnreadableError):
            return DeliveryBroken(self.where, str(error), "Compare the service with the contract; ask the agency")
        what = f"the service answered with {kind} that is not JSON in UTF-8"
        return DeliveryBroken(self.where, what, "Check host and path; ask the agency")


def _answer(response: requests.Response) -> Answer:
    header = response.headers.get
    if (packing := header("Content-Encoding", "identity").lower()) not in ("identity", "gzip", "x-gzip"):
        raise UnreadableError(f"an answer is packed as {packing:.20}, which we did not ask for")
    return Answer(
        unpacked(_content(response)),
        header("Content-Length", "").isdigit() or header("Transfer-Encoding", "").lower() == "chunked",
        response.links.get("next", {}).get("url", ""),
    )


def _content(response: requests.Response) -> Iterator[bytes]:
    try:
        # One piece as it arrives: to wait for a full one would be to wait for a slow server without asking the clock.
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            yield chunk
    except (HTTPError, OSError, HTTPException):
        raise AskAgainError("broke off the connection") from None


def _retry_after(response: requests.Response) -> float | None:
    try:
        return Retry().get_retry_after(response.raw)
    except (ValueError, HTTPError):
        return None


def _seconds_ahead(response: requests.Response) -> float:
    try:
        its = parsedate_to_datetime(response.headers.get("Date", ""))
        return (its.replace(tzinfo=its.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
