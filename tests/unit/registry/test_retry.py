from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.registry.retry import DEFAULT_POLICY, Fault, Outcome, RetryPolicy, next_delay

CHANCES = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize("status", [408, 425, 429, 499, 500, 502, 503, 504, 522])
def test_a_failure_that_may_pass_is_tried_again(status: int) -> None:
    assert next_delay(1, Outcome("GET", status), 0.5) is not None


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 405, 412, 413, 415, 416, 501, 507])
def test_an_answer_that_stays_the_same_is_not_asked_for_again(status: int) -> None:
    assert next_delay(1, Outcome("GET", status), 0.5) is None


def test_a_stream_and_a_patch_are_never_sent_again() -> None:
    assert next_delay(1, Outcome("PUT", 503, replayable=False), 0.5) is None
    assert next_delay(1, Outcome("PUT", fault=Fault.BROKEN, replayable=False), 0.5) is None
    assert next_delay(1, Outcome("PATCH", 503), 0.5) is None
    assert next_delay(1, Outcome("PUT", 503), 0.5) is not None


def test_a_host_that_never_answered_is_given_up_at_once() -> None:
    assert next_delay(1, Outcome("GET", fault=Fault.REFUSED, known_host=False), 0.5) is None
    assert next_delay(1, Outcome("GET", fault=Fault.REFUSED, known_host=True), 0.5) is not None
    assert next_delay(1, Outcome("GET", fault=Fault.BROKEN, known_host=False), 0.5) is not None


def test_silence_is_borne_twice() -> None:
    assert next_delay(1, Outcome("GET", fault=Fault.SILENT), 0.5) is not None
    assert next_delay(2, Outcome("GET", fault=Fault.SILENT), 0.5) is None
    assert next_delay(1, Outcome("PUT", fault=Fault.SILENT, replayable=False), 0.5) is None


def test_a_wrong_certificate_is_not_tried_again() -> None:
    assert next_delay(1, Outcome("GET", fault=Fault.FINAL), 0.5) is None


def test_attempts_end() -> None:
    assert next_delay(4, Outcome("GET", 503), 0.5) is not None
    assert next_delay(5, Outcome("GET", 503), 0.5) is None


@given(st.integers(1, 4), CHANCES)
def test_delays_double_with_up_to_half_as_much_again(attempt: int, chance: float) -> None:
    delay = next_delay(attempt, Outcome("GET", 503), chance)

    assert delay is not None
    assert 0.25 * 2 ** (attempt - 1) <= delay <= 0.375 * 2 ** (attempt - 1)


@given(st.integers(1, 4), st.floats(0, 90), CHANCES)
def test_retry_after_is_never_undercut(attempt: int, asked: float, chance: float) -> None:
    delay = next_delay(attempt, Outcome("GET", 429, retry_after_s=asked), chance)

    assert delay is not None
    assert delay >= asked
    assert delay > 0


def test_a_registry_that_asks_for_more_than_our_patience_is_not_asked_again() -> None:
    asked = DEFAULT_POLICY.patience_s + 1

    assert next_delay(1, Outcome("GET", 429, retry_after_s=asked), 0.5) is None


def test_a_delay_has_an_upper_end() -> None:
    patient = RetryPolicy(attempts=100)

    assert next_delay(50, Outcome("GET", 503), 0.0, patient) == patient.longest_s
