"""Wait for a condition, never for a time."""

import time
from collections.abc import Callable

_PAUSE = 0.4  # seconds


class TooLongError(RuntimeError):
    """A condition did not come about in time."""


class Watch:
    """`check` raises when waiting has become pointless, e.g. because a server has died.

    `limit`, since the beginning or the last `moved`, and `pause`, between one look and the next, are seconds.
    """

    def __init__(self, check: Callable[[], None], limit: float, pause: float = _PAUSE) -> None:
        self._check = check
        self._limit = limit
        self._pause = pause
        self._end = 0.0

    def moved(self) -> None:
        """Something of what is waited for has come about: on a slow machine that is worth waiting on."""
        self._end = time.monotonic() + self._limit

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Return when `condition` holds. Raises TooLongError, which says `what` we waited for, after the time limit."""
        self.moved()
        while not condition():
            self._check()
            if time.monotonic() > self._end:
                raise TooLongError(f"waited {self._limit:.0f} s in vain for {what}")
            time.sleep(self._pause)
