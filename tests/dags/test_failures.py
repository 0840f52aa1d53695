"""What becomes of an error in a task."""

import traceback

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowSkipException

from hedui.model import errors
from hedui_airflow.failures import RETRY_POLICY, StepError, only_safe_words

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HeduiError)]
TRANSIENT = [kind for kind in KINDS if issubclass(kind, errors.TransientError)]
TERMINAL = [kind for kind in KINDS if issubclass(kind, errors.TerminalError)]
SECRET = "620102194503120015"


def action_on(error: Exception) -> RetryAction:
    kept = type(RETRY_POLICY).deserialize(RETRY_POLICY.serialize())
    return kept.evaluate(error, try_number=1, max_tries=3).action


@pytest.mark.parametrize("kind", TRANSIENT)
def test_what_may_pass_is_tried_again(kind: type[errors.HeduiError]) -> None:
    assert action_on(kind("health", "no answer", "Wait")) is RetryAction.RETRY


@pytest.mark.parametrize("kind", TERMINAL)
def test_what_a_person_must_mend_fails_at_once(kind: type[errors.HeduiError]) -> None:
    assert action_on(kind("health", "wrong password", "Correct it")) is RetryAction.FAIL


def test_a_fault_of_ours_has_airflows_usual_retries() -> None:
    assert action_on(StepError("health.settlements: ValueError at reading.py:12")) is RetryAction.DEFAULT


def refuse_after_meeting_a_row() -> None:
    try:
        int(SECRET + "X")
    except ValueError:
        raise errors.AccessDenied("health", "the password is wrong", "Correct it")  # noqa: B904


def test_our_own_error_stays_one_clear_line() -> None:
    line = r"^health: the password is wrong\. Correct it$"
    with pytest.raises(errors.AccessDenied, match=line) as caught, only_safe_words("health.settlements"):
        refuse_after_meeting_a_row()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_what_a_library_says_of_a_row_does_not_reach_the_log() -> None:
    with pytest.raises(StepError) as caught, only_safe_words("health.settlements"):
        int(SECRET + "X")
    said = "".join(traceback.format_exception(caught.value))
    assert SECRET not in said
    assert "health.settlements: ValueError at test_failures.py:" in said


def test_a_skipped_task_stays_skipped() -> None:
    with pytest.raises(AirflowSkipException), only_safe_words("health"):
        raise AirflowSkipException("nothing waits")
