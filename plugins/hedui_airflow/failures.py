"""What becomes of an error: how often the task is tried again, and what of it reaches the log."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException

from hedui.model.errors import HeduiError
from hedui.model.unforeseen import told

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
        raise StepError(f"{where}: {told(error)}. Tell the developers this place, then clear the task") from None
