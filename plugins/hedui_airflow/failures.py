"""What becomes of an error: how often the task is tried again, and what of it reaches the log."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException

from hedui.model.errors import HeduiError

RETRIES = 3
MAY_PASS = RetryRule(exception="hedui.model.errors.TransientError", action=RetryAction.RETRY, reason="may work later")
WILL_NOT = RetryRule(exception="hedui.model.errors.TerminalError", action=RetryAction.FAIL, reason="a person must act")
RETRY_POLICY = ExceptionRetryPolicy(rules=[MAY_PASS, WILL_NOT])


class StepError(Exception):
    """A fault of ours or of the machine. Says which error and where in the code, not what the error said of a row."""


@contextmanager
def only_safe_words(where: str) -> Iterator[None]:
    """Let our own errors pass; replace every other one, as libraries name the values they choke on."""
    try:
        yield
    except (HeduiError, AirflowException) as error:
        raise error from None
    except Exception as error:
        place = f"{type(error).__name__} at {_place(error)}"
        raise StepError(f"{where}: {place}. Tell the developers this place; nothing was half done") from None


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-4:]))
